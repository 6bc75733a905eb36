// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("unicdo_dsar_request", {
    steps: () => [
        {
            content: "The board leads to the request",
            trigger: ".o_kanban_record:contains('Ann Lee')",
            run: "click",
        },
        ...["found", "left_out", "packages"].flatMap((name) => [
            {
                content: `The tab ${name} opens`,
                trigger: `.o_notebook .nav-link[name='${name}']`,
                run: "click",
            },
            {
                content: "On a phone it shows cards, which fit its width",
                trigger: ".o_notebook .tab-pane.active .o_kanban_record",
                run: ({ anchor }) => {
                    if (anchor.getBoundingClientRect().right > window.innerWidth) {
                        throw new Error("The card is wider than the phone");
                    }
                },
            },
        ]),
    ],
});
