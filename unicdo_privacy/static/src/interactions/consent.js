// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/**
 * Saves one choice without loading the page again. Without JavaScript the same form posts and comes back.
 */
export class Consent extends Interaction {
    static selector = ".o_unicdo_consent_form";
    dynamicContent = {
        _root: { "t-on-submit.prevent": this.locked(this.save) },
    };

    async save() {
        const form = this.el;
        const data = new FormData(form);
        data.append("fragment", "1");
        let response;
        try {
            response = await this.waitFor(fetch(form.action, { method: "POST", body: data }));
        } catch {
            response = { ok: false };
        }
        if (!response.ok || response.redirected) {
            // signed out meanwhile, or the network is gone: let the browser say so
            HTMLFormElement.prototype.submit.call(form);
            return;
        }
        this.show(await this.waitFor(response.text()));
    }

    /**
     * @param {string} html the card as the server renders it
     */
    show(html) {
        const card = this.el.closest(".o_unicdo_consent");
        const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(".o_unicdo_consent");
        const open = [...card.querySelectorAll("details")].map((details) => details.open);
        fresh.querySelectorAll("details").forEach((details, index) => (details.open = open[index] || false));
        const { "public.interactions": interactions } = this.services;
        card.after(fresh);
        interactions.startInteractions(fresh);
        // the switch, or the first answer while nothing is decided
        fresh.querySelector("button").focus();
        // stops this very interaction, so it comes last
        interactions.stopInteractions(card);
        card.remove();
    }
}

registry.category("public.interactions").add("unicdo_privacy.consent", Consent);
