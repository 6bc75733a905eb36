// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** milliseconds after which somebody who types a date has stopped */
const PAUSE = 500;

/** Shows what an end on another day means as soon as one is chosen. Without JavaScript the same form loads the page anew. */
export class CancelDay extends Interaction {
    static selector = ".o_unicdo_cancel_page:has(.o_unicdo_cancel_day)";
    dynamicContent = {
        ".o_unicdo_show": { "t-att-class": () => ({ "d-none": true }) },
        ".o_unicdo_cancel_day": { "t-on-submit.prevent": this.show, "t-on-input": this.wait },
        ".o_unicdo_day": { "t-on-click.prevent": this.choose },
        ".o_unicdo_said": { "t-out": () => this.said },
        // the browser leads to it, far below the error that we would write
        "#reason": { "t-att-required": () => this.form.elements.kind.value === "good_cause" || undefined },
        ".o_unicdo_cancel_now": { "t-att-disabled": () => this.asking || undefined },
    };

    setup() {
        this.form = this.el.querySelector(".o_unicdo_cancel_day");
        this.place = this.el.querySelector(".o_unicdo_terms_place");
        this.showSoon = this.debounced(this.show, PAUSE);
        this.asking = false;
        this.said = "";
        this.latest = 0;
    }

    /** What cannot be seen yet cannot be confirmed. */
    wait() {
        this.asking = true;
        this.showSoon();
    }

    choose(event) {
        this.form.elements.end.value = event.currentTarget.dataset.day;
        // the link may be gone with what it stands in
        this.form.elements.end.focus();
        return this.show();
    }

    async show() {
        const url = new URL(this.form.action);
        url.search = new URLSearchParams(new FormData(this.form));
        const number = ++this.latest;
        this.asking = true;
        this.updateContent();
        const html = await this.waitFor(this.fetchTerms(`${url}&fragment=1`));
        if (number !== this.latest) {
            return;
        }
        if (html === null) {
            window.location.assign(url);
            return;
        }
        this.place.replaceChildren(new DOMParser().parseFromString(html, "text/html").querySelector(".o_unicdo_terms"));
        history.replaceState(history.state, "", url);
        this.asking = false;
        this.said = this.place.querySelector(".o_unicdo_verdict").innerText;
        this.updateContent();
    }

    /**
     * @param {string} url
     * @returns {Promise<string|null>} what depends on the day; null when signed out or offline
     */
    async fetchTerms(url) {
        try {
            const response = await fetch(url);
            return response.ok && !response.redirected ? await response.text() : null;
        } catch {
            return null;
        }
    }
}

registry.category("public.interactions").add("unicdo_hosting_cancel.cancel_day", CancelDay);
