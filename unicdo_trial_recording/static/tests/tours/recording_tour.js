// SPDX-License-Identifier: LGPL-3.0-or-later
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

const tours = registry.category("web_tour.tours");
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const go = (path) => ({
    content: `Go to ${path}`,
    trigger: "body",
    run: () => browser.location.assign(path),
    expectUnloadPage: true,
});

/** Three pages more, so many milliseconds on each; the test watches what is requested meanwhile. */
function roam(milliseconds) {
    const stay = { content: "Stay a while", trigger: "body", run: () => wait(milliseconds), timeout: milliseconds + 10_000 };
    return ["/my", "/my/privacy", "/odoo"].flatMap((path) => [stay, go(path)]).concat(stay);
}

tours.add("unicdo_recording_roam_minute", { steps: () => roam(15_500) });
tours.add("unicdo_recording_roam", { steps: () => roam(1_500) });

tours.add("unicdo_recording_refuse", {
    steps: () => [
        {
            content: "Both answers weigh the same, none is chosen beforehand, and nobody's focus is taken",
            trigger: ".o_unicdo_question button[data-choice='given']",
            run({ anchor }) {
                const other = document.querySelector(".o_unicdo_question button[data-choice='refused']");
                const look = (el) => {
                    const { width, height } = el.getBoundingClientRect();
                    const { color, backgroundColor, fontSize, fontWeight } = window.getComputedStyle(el);
                    return JSON.stringify([Math.round(width), height, color, backgroundColor, fontSize, fontWeight]);
                };
                if (look(anchor) !== look(other)) {
                    throw new Error(`The answers do not look alike: ${look(anchor)} ${look(other)}`);
                }
                if (document.querySelector(".o_unicdo_question").contains(document.activeElement)) {
                    throw new Error("The question took the focus");
                }
                if (document.querySelector(".modal, .modal-backdrop")) {
                    throw new Error("The question stands in the way");
                }
            },
        },
        {
            content: "More shows the whole text",
            trigger: ".o_unicdo_question_more[aria-expanded='false']",
            run: "click",
        },
        {
            trigger: ".o_unicdo_question:has(.o_unicdo_question_more[aria-expanded='true']) dl dd:contains('Two months')",
        },
        {
            content: "No, thank you",
            trigger: ".o_unicdo_question button[data-choice='refused']",
            run: "click",
        },
        {
            content: "It is gone, and nothing is recorded",
            trigger: "body:not(:has(.o_unicdo_question)):not(:has(.o_unicdo_sign))",
        },
        go("/my"),
        {
            content: "It does not come back",
            trigger: ".o_portal_my_home",
            run: () => wait(1000),
        },
        { trigger: "body:not(:has(.o_unicdo_question)):not(:has(.o_unicdo_sign))" },
    ],
});

tours.add("unicdo_recording_close", {
    steps: () => [
        {
            content: "Escape closes the question, from within",
            trigger: ".o_unicdo_question_close",
            run({ anchor }) {
                anchor.focus();
                anchor.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
            },
        },
        { trigger: "body:not(:has(.o_unicdo_question))" },
        go("/odoo"),
        { trigger: ".o_main_navbar", run: () => wait(1000) },
        { content: "It does not come back by itself", trigger: "body:not(:has(.o_unicdo_question))" },
    ],
});

tours.add("unicdo_recording_agree", {
    steps: () => [
        {
            content: "Yes, I agree",
            trigger: ".o_unicdo_question button[data-choice='given']",
            run: "click",
        },
        {
            content: "The sign is there as soon as the page is recorded",
            trigger: ".o_menu_systray .o_unicdo_sign[data-sign='recording']",
            run: "click",
        },
        {
            content: "Pause",
            trigger: ".o_unicdo_sign_pause",
            run: "click",
        },
        { trigger: ".o_menu_systray .o_unicdo_sign[data-sign='paused']" },
        go("/my"),
        {
            content: "Still paused on the website",
            trigger: ".o_unicdo_pill .o_unicdo_sign[data-sign='paused']",
            run: "click",
        },
        {
            content: "Go on",
            trigger: ".o_unicdo_sign_resume",
            run: "click",
        },
        {
            content: "Recorded again: give it time to be sent",
            trigger: ".o_unicdo_pill .o_unicdo_sign[data-sign='recording']",
            run: () => wait(6000),
        },
    ],
});

/** What becomes of a recording that waits for its lists while another tab of the browser stops all. */
tours.add("unicdo_recording_regret", {
    steps: () => [
        {
            content: "Yes, and no before anything was recorded",
            trigger: ".o_unicdo_question button[data-choice='given']",
            async run({ anchor }) {
                const { fetch } = window;
                const isAsked = new Promise((resolve) => {
                    window.fetch = async (url, ...options) => {
                        if (/allow_list/.test(url)) {
                            resolve();
                            await wait(500);
                        }
                        return fetch(url, ...options);
                    };
                });
                anchor.click();
                await isAsked;
                const key = `unicdo_recording_${user.userId}`;
                window.dispatchEvent(new window.StorageEvent("storage", { key, newValue: "stopped" }));
                await wait(7000);
                window.fetch = fetch;
            },
            timeout: 30_000,
        },
        { content: "Nothing is recorded", trigger: "body:not(:has(.o_unicdo_sign))" },
    ],
});

tours.add("unicdo_recording_withdraw", {
    steps: () => [
        {
            content: "Recorded, since the person agreed before",
            trigger: ".o_menu_systray .o_unicdo_sign[data-sign='recording']",
            run: () => wait(6000),
        },
        {
            trigger: ".o_menu_systray .o_unicdo_sign",
            run: "click",
        },
        {
            content: "Stop for good says what it does",
            trigger: ".o_unicdo_sign_withdraw:contains('everything recorded of you is destroyed')",
            run: "click",
        },
        { content: "It stops at once", trigger: "body:not(:has(.o_unicdo_sign))" },
        {
            content: "The menu says how it stands",
            trigger: ".o_user_menu button",
            run: "click",
        },
        {
            trigger: "[data-menu='unicdo_recording']",
            run: "click",
        },
        { trigger: ".o_unicdo_recording_dialog:contains('Nothing is recorded') #unicdo_recording_switch:not(:checked)" },
    ],
});

tours.add("unicdo_recording_stop", {
    steps: () => [
        {
            trigger: ".o_menu_systray .o_unicdo_sign[data-sign='recording']",
            run: "click",
        },
        {
            content: "Stop for this session",
            trigger: ".o_unicdo_sign_stop",
            run: "click",
        },
        { trigger: "body:not(:has(.o_unicdo_sign))" },
        go("/my"),
        { content: "Nor is the next page recorded", trigger: ".o_portal_my_home", run: () => wait(2000) },
        { trigger: "body:not(:has(.o_unicdo_sign)):not(:has(.o_unicdo_question))" },
        go("/my/privacy/recordings"),
        {
            content: "But the choice stands, and this session can go on",
            trigger: ".o_unicdo_recordings_switch form[action$='/again'] button",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".o_unicdo_pill .o_unicdo_sign[data-sign='recording']" },
    ],
});

tours.add("unicdo_recording_portal", {
    steps: () => [
        {
            content: "The privacy centre leads to the recordings",
            trigger: ".o_unicdo_card_recordings",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "When, how long, until when, watched when and by which role",
            trigger: ".o_unicdo_recording:contains('Destroyed on'):contains('by the role R&D usability')",
        },
        {
            content: "Get it",
            trigger: ".o_unicdo_recording_get",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is asked again who it is",
            trigger: ".o_unicdo_recheck:contains('get the recordings of your sessions') #recheck_password",
            run: "edit test_portal@example.com",
        },
        {
            trigger: ".o_unicdo_recheck_form button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Now it is handed out, as one file",
            trigger: ".o_unicdo_recordings .alert:contains('we know that it is you')",
            async run() {
                const button = document.querySelector(".o_unicdo_recording_get");
                const answer = await fetch(button.form.action, { method: "POST", body: new FormData(button.form, button) });
                if (!answer.headers.get("Content-Disposition")?.includes("attachment")) {
                    throw new Error("The recording is not handed out");
                }
            },
        },
        {
            content: "Remove it, and not the one that is just being made",
            trigger: ".o_unicdo_recording:contains('by the role R&D usability') .o_unicdo_recording_remove",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Destroyed, with a certificate", trigger: ".o_unicdo_certificates li:contains('No. ')" },
    ],
});

tours.add("unicdo_recording_remove_by_url", {
    steps: () => [
        {
            content: "Any form of the address will do",
            trigger: "#database",
            run: () => {
                const { host } = browser.location;
                document.querySelector("#database").value = `HTTPS://anybody@${host.toUpperCase()}./odoo/sales?x=1#top`;
            },
        },
        {
            trigger: "#email",
            run: "edit TEST_portal@example.com",
        },
        {
            content: "Remove the recordings of my own sessions",
            trigger: "input[name='what'][value='remove']",
            run: "click",
        },
        {
            trigger: ".o_unicdo_send",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "A wrong code does nothing",
            trigger: "#code",
            run: "edit 0000 0000",
        },
        {
            trigger: "form[action='/recording/request/code'] button",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The mailed code does",
            trigger: "#code.is-invalid",
            run: "edit 1234 5678",
        },
        {
            trigger: "form[action='/recording/request/code'] button",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Destroyed, with a certificate", trigger: ".o_unicdo_certificates li:contains('No. ')" },
    ],
});
