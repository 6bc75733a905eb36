// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("unicdo_dsar_ask", {
    steps: () => [
        {
            content: "The privacy tile",
            trigger: "a[href='/my/privacy']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Get a copy of my data",
            trigger: ".o_unicdo_card_copy",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Everything is chosen beforehand: go on",
            trigger: ".o_unicdo_dsar_form:has(input[value='access']:checked) button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is asked again who it is",
            trigger: "#recheck_password",
            run: "edit portal",
        },
        {
            trigger: ".o_unicdo_recheck_form button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Send the request",
            trigger: ".o_unicdo_dsar_form button:contains('Send my request')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The page shows how far it is",
            trigger: ".o_unicdo_progress .progress[role='progressbar']",
        },
    ],
});

registry.category("web_tour.tours").add("unicdo_dsar_read", {
    steps: () => [
        {
            content: "The link leads to a page whose button opens the copy; pages of the copy run no script, so fetch them",
            trigger: "button[value='read']",
            run: async ({ anchor }) => {
                const form = anchor.closest("form");
                const answer = await fetch(form.action, { method: "POST", body: new FormData(form, anchor) });
                const page = new DOMParser().parseFromString(await answer.text(), "text/html");
                if (!answer.url.endsWith("/read/index.html") || !page.querySelector("a[href^='data/']")) {
                    throw new Error("The first page of the copy does not show");
                }
                const link = page.querySelector("a[href$='.html']").getAttribute("href");
                const table = await fetch(new URL(link, answer.url));
                if (!(await table.text()).includes("<article>")) {
                    throw new Error("A table of the copy does not show");
                }
            },
        },
        {
            content: "Download it, resuming in the middle",
            trigger: "button[value='download']",
            run: async ({ anchor }) => {
                const form = anchor.closest("form");
                const answer = await fetch(form.action, { method: "POST", body: new FormData(form, anchor) });
                const whole = await answer.arrayBuffer();
                const headers = { Range: "bytes=100-", "If-Range": answer.headers.get("ETag") };
                const rest = await fetch(answer.url, { headers });
                if (rest.status !== 206 || (await rest.arrayBuffer()).byteLength !== whole.byteLength - 100) {
                    throw new Error("The download does not go on in the middle");
                }
            },
        },
    ],
});

registry.category("web_tour.tours").add("unicdo_dsar_review", {
    steps: () => [
        {
            content: "Begin the review",
            trigger: "button[name='action_open_review']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is asked again who reads, and for what",
            trigger: ".o_unicdo_recheck:contains('read what is noted about somebody') #recheck_password",
            run: "edit reader@example.com",
        },
        {
            trigger: ".o_unicdo_recheck_form button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Back in the review: open the note",
            trigger: ".o_list_view .o_data_cell:contains('Late payments')",
            run: "click",
        },
        {
            content: "It says what is noted",
            trigger: ".o_form_view div[name='preview']:contains('Pays late')",
        },
        {
            content: "Black out a word",
            trigger: ".o_form_view div[name='decision'] input[data-value='redact']",
            run: "click",
        },
        {
            trigger: ".o_form_view div[name='phrases'] textarea",
            run: "edit late && press Tab",
        },
        {
            content: "The word is gone from what the person would read",
            trigger: ".o_form_view div[name='preview']:contains('Pays █████')",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Saved",
            trigger: ".o_form_view:not(:has(.o_form_button_save:visible))",
        },
    ],
});
