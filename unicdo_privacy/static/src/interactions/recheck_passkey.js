// SPDX-License-Identifier: LGPL-3.0-or-later
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Core's passkey library; looked up and not imported, because its module need not be installed. */
const LIBRARY = "@auth_passkey/../lib/simplewebauthn";

export class RecheckPasskey extends Interaction {
    static selector = ".o_unicdo_recheck_form[data-passkey]";
    dynamicContent = {
        ".o_unicdo_recheck_passkey": {
            "t-on-click": this.onClick,
            "t-att-class": () => ({ "d-none": !this.library }),
        },
        ".o_unicdo_recheck_no_passkey": {
            "t-att-class": () => ({ "d-none": Boolean(this.library) }),
        },
    };

    setup() {
        this.library = window.PublicKeyCredential && odoo.loader.modules.get(LIBRARY);
    }

    async onClick() {
        if ("codeToo" in this.el.dataset && !this.el.querySelector("#recheck_code").reportValidity()) {
            return;
        }
        const options = await this.waitFor(rpc("/auth/passkey/start-auth"));
        let answer;
        try {
            answer = await this.waitFor(this.library.startAuthentication(options));
        } catch {
            return; // the person closed the browser's question: nothing to say
        }
        this.el.querySelector("input[name='webauthn_response']").value = JSON.stringify(answer);
        this.el.submit();
    }
}

registry.category("public.interactions").add("unicdo_privacy.recheck_passkey", RecheckPasskey);
