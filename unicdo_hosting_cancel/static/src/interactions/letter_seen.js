// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Notes that instructions were opened. Without JavaScript a button says so. */
export class LetterSeen extends Interaction {
    static selector = ".o_unicdo_unseen";
    dynamicContent = {
        _root: { "t-on-toggle": this.note },
    };

    async note() {
        const form = this.el.querySelector(".o_unicdo_letter_seen");
        if (!this.el.open || !form) {
            return;
        }
        const data = new FormData(form);
        const response = await this.waitFor(fetch(form.action, { method: "POST", body: data, redirect: "manual" }));
        if (response.type === "opaqueredirect") {
            form.remove();
        }
    }
}

registry.category("public.interactions").add("unicdo_hosting_cancel.letter_seen", LetterSeen);
