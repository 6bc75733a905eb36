// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";

/** Choose a day as a person does: the page then shows what it means. */
function chooseDay(day) {
    return ({ anchor }) => {
        anchor.value = typeof day === "function" ? day(anchor) : day;
        anchor.dispatchEvent(new Event("input", { bubbles: true }));
    };
}

function fill(selector, text) {
    return { content: `Fill ${selector}`, trigger: selector, run: `edit ${text}` };
}

/** Follow a link or press a button that leads to another page. */
function go(content, trigger) {
    return { content, trigger, run: "click", expectUnloadPage: true };
}

/** The declaration can be saved, with date and time. */
const saved = {
    content: "Save the declaration",
    trigger: ".o_unicdo_save",
    run: async ({ anchor }) => {
        const answer = await fetch(anchor.href);
        const text = await answer.text();
        const moment = document.querySelector(".o_unicdo_received").textContent;
        if (!answer.headers.get("Content-Disposition").startsWith("attachment") || !text.includes(moment)) {
            throw new Error("The file does not hold the declaration with its date and time");
        }
    },
};

const tours = registry.category("web_tour.tours");

tours.add("unicdo_hosting_two_steps", {
    steps: () => [
        go("The contract", ".o_unicdo_link:contains('ann.example')"),
        go("Step one: what it means", ".o_unicdo_cancel"),
        {
            content: "With notice, so with refund; the button to show it is for those without JavaScript",
            trigger: ".o_unicdo_cancel_page:has(.o_good):has(.o_unicdo_show:not(:visible)) .o_unicdo_refunded",
        },
        {
            content: "A later day: the refund follows",
            trigger: "#end",
            run: chooseDay((input) => {
                const later = new Date(input.value);
                later.setUTCDate(later.getUTCDate() + 10);
                return later.toISOString().slice(0, 10);
            }),
        },
        {
            content: "What is shown is what will be sent",
            trigger: ".o_unicdo_cancel_now:enabled",
            run: () => {
                if (document.querySelector("input[type='hidden'][name='end']").value !== document.querySelector("#end").value) {
                    throw new Error("The terms are not those of the chosen day");
                }
            },
        },
        go("Step two", ".o_unicdo_cancel_now:enabled"),
        { content: "The end is confirmed", trigger: ".o_unicdo_end .o_unicdo_end_date" },
        {
            content: "Open the instructions",
            trigger: ".o_unicdo_unseen summary",
            run: "click",
        },
        { content: "They count as read", trigger: ".o_unicdo_unseen[open]:not(:has(.o_unicdo_letter_seen))" },
    ],
});

tours.add("unicdo_hosting_short_notice", {
    steps: () => [
        {
            content: "Today is too soon for a refund",
            trigger: "#end",
            run: chooseDay(({ min }) => min),
        },
        { content: "That is said in plain words", trigger: ".o_unicdo_verdict.o_short:contains('This costs you the refund')" },
        { content: "Nothing is paid back", trigger: ".o_unicdo_refunded:contains('nothing')" },
        go("Cancel all the same", ".o_unicdo_cancel_now:enabled"),
        { content: "The end is confirmed", trigger: ".o_unicdo_end .o_unicdo_refunded:contains('nothing')" },
    ],
});

tours.add("unicdo_hosting_take_back", {
    steps: () => [
        go("Take it back", ".o_unicdo_take_back"),
        go("Yes", ".o_unicdo_take_back_confirm"),
        { content: "It can be cancelled again", trigger: ".o_unicdo_cancel" },
    ],
});

tours.add("unicdo_hosting_withdraw", {
    steps: () => [
        go("Withdraw from contract here", ".o_unicdo_withdraw:contains('Withdraw from contract here')"),
        go("Confirm withdrawal", ".o_unicdo_withdraw_confirm:contains('Confirm withdrawal')"),
        { content: "It is received", trigger: ".o_unicdo_end:contains('Withdrawal from the contract')" },
    ],
});

tours.add("unicdo_hosting_public_cancel", {
    steps: () => [
        go("Straight from the sign-in page", ".o_unicdo_cancel_here:contains('Cancel contracts here')"),
        { content: "For good cause one says why", trigger: "input[value='good_cause']", run: "click" },
        fill("#reason", "Down for a week"),
        { content: "No: with notice", trigger: "input[value='ordinary']", run: "click" },
        { content: "Then no cause is asked for", trigger: ".o_unicdo_public_form:has(#reason:not(:visible))" },
        fill("#name", "Ann Lee"),
        fill("#contract", "https://ann.example/odoo"),
        fill("#email", "ann@elsewhere.example"),
        go("Cancel now", ".o_unicdo_send:contains('Cancel now')"),
        saved,
    ],
});

tours.add("unicdo_hosting_public_withdraw", {
    steps: () => [
        go("Below every page", "footer .o_unicdo_withdraw_here:contains('Withdraw from contract here')"),
        fill("#name", "Ann Lee"),
        fill("#contract", "ann.example"),
        fill("#email", "ann@elsewhere.example"),
        go("Confirm withdrawal", ".o_unicdo_send:contains('Confirm withdrawal')"),
        saved,
    ],
});

tours.add("unicdo_hosting_confirm", {
    steps: () => [
        go("The link leads to a page whose button posts", "button[value='yes']"),
        { content: "Confirmed", trigger: ".o_unicdo_end_date" },
    ],
});

tours.add("unicdo_hosting_confirm_mail", {
    steps: () => [
        { content: "The mail says which contract is meant", trigger: "main:contains('ann.example')" },
        go("Yes, it was me", "button[value='yes']"),
        { content: "Confirmed, with the last day", trigger: ".o_unicdo_end_date" },
    ],
});

tours.add("unicdo_hosting_waits", {
    steps: () => [
        { content: "Ended on its day, whatever is due", trigger: ".o_unicdo_end .o_unicdo_end_date" },
        {
            content: "The closing waits for what is due after the credit, and says so",
            trigger: ".o_unicdo_end .alert-warning:contains('The contract is closed as soon as this is paid')",
        },
        go("To the invoice", ".o_unicdo_end .alert-warning a"),
        { content: "Which is open", trigger: "#wrapwrap:contains('INV/')" },
    ],
});

tours.add("unicdo_hosting_payment", {
    steps: () => [
        { content: "Pay", trigger: "button[name='action_register_payment']", run: "click" },
        { content: "What is still due", trigger: ".modal button[name='action_create_payments']", run: "click" },
        { content: "Paid", trigger: "body:not(:has(.modal)) .o_form_view .ribbon:contains('Paid')" },
    ],
});

tours.add("unicdo_hosting_closed", {
    steps: () => [
        { content: "Nothing is due any more", trigger: ".o_unicdo_end:not(:has(.alert-warning))" },
        { content: "Every step is done", trigger: ".o_unicdo_steps_list:not(:has(li:not(.o_done)))" },
        { content: "The closing statement stays", trigger: ".o_unicdo_letter summary:contains('Closing statement')" },
    ],
});
