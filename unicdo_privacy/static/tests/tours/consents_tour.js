// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";

const CARD = "#marketing_email";

registry.category("web_tour.tours").add("unicdo_privacy_consents", {
    url: "/my/home",
    steps: () => [
        {
            content: "The portal has one privacy tile",
            trigger: "a[href='/my/privacy']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Its centre leads to the consents",
            trigger: ".o_unicdo_card_consents",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Nothing is decided beforehand: two answers of equal weight, and no switch",
            trigger: `${CARD}:not(:has(.o_unicdo_switch)) button:contains('Yes, I agree')`,
            run: () => (window.unicdoSamePage = true),
        },
        {
            content: "Say no",
            trigger: `${CARD} button:contains('No, thank you')`,
            run: "click",
        },
        {
            content: "It is saved, and the question is gone",
            trigger: `${CARD}:has(.o_unicdo_saved):not(:has(button:contains('No, thank you'))) .o_unicdo_switch`,
            run: "press Enter",
        },
        {
            content: "The keyboard switched it on",
            trigger: `${CARD} .o_unicdo_switch[aria-checked='true']`,
            run: "click",
        },
        {
            content: "One click withdraws",
            trigger: `${CARD}:has(.o_unicdo_status:contains('You withdrew')) .o_unicdo_switch[aria-checked='false']`,
            run: () => {
                if (!window.unicdoSamePage) {
                    throw new Error("The page was loaded again");
                }
            },
        },
        {
            content: "The history offers a receipt",
            trigger: `${CARD} .o_unicdo_history summary`,
            run: "click",
        },
        {
            trigger: `${CARD} .o_unicdo_receipt:visible`,
        },
    ],
});
