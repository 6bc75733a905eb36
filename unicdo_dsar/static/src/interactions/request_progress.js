// SPDX-License-Identifier: LGPL-3.0-or-later
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const PAUSE = 3000;

/** Keeps the progress bar of a request moving, and shows the page anew once there is more to see. */
export class RequestProgress extends Interaction {
    static selector = ".o_unicdo_progress";
    dynamicContent = {
        ".progress": { "t-att-aria-valuenow": () => this.percent },
        ".progress-bar": { "t-att-style": () => ({ width: `${this.percent}%` }) },
        ".o_unicdo_progress_text": { "t-out": () => `${this.percent} %` },
    };

    setup() {
        this.percent = Number(this.el.querySelector(".progress").getAttribute("aria-valuenow"));
    }

    start() {
        this.waitForTimeout(() => this.ask(), PAUSE);
    }

    async ask() {
        let answer = null;
        try {
            const url = `/my/privacy/requests/${this.el.dataset.request}/progress`;
            answer = await this.waitFor(rpc(url, {}, { silent: true }));
        } catch {
            // offline for a moment: ask again later
        }
        if (answer && answer.state !== this.el.dataset.state) {
            window.location.reload();
            return;
        }
        this.percent = answer ? answer.percent : this.percent;
        this.updateContent();
        this.waitForTimeout(() => this.ask(), PAUSE);
    }
}

registry.category("public.interactions").add("unicdo_dsar.request_progress", RequestProgress);
