// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const SECONDS = 3;
const TIMES = 20;

/**
 * Looks for a minute whether the code host's first delivery has come. Without JavaScript there is the button.
 */
export class ProjectVerify extends Interaction {
    static selector = ".o_unicdo_verify_form";

    start() {
        this.times = 0;
        this.lookLater();
    }

    lookLater() {
        if (this.times < TIMES) {
            this.times += 1;
            this.waitForTimeout(() => this.look(), SECONDS * 1000);
        }
    }

    async look() {
        let text = "";
        try {
            const answer = await this.waitFor(fetch(this.el.action, { method: "POST", body: new FormData(this.el) }));
            text = await this.waitFor(answer.text());
        } catch {
            text = "";
        }
        if (text && !text.includes("o_unicdo_verify_form")) {
            window.location.reload();
            return;
        }
        this.lookLater();
    }
}

registry.category("public.interactions").add("unicdo_privacy.project_verify", ProjectVerify);
