// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onWillStart, useState } from "@odoo/owl";

const LOOK = {
    error: { icon: "fa-times-circle", tone: "danger" },
    warning: { icon: "fa-exclamation-triangle", tone: "warning" },
    ok: { icon: "fa-check-circle", tone: "success" },
};

export class HealthPage extends Component {
    static template = "unicdo_privacy.HealthPage";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.look = LOOK;
        this.state = useState({ checks: [] });
        onWillStart(() => this.load());
    }

    get open() {
        return this.state.checks.filter((check) => check.state !== "ok").length;
    }

    async load() {
        this.state.checks = await this.orm.call("unicdo.health", "get_checks", []);
    }

    goTo(check) {
        return this.action.doAction(check.action, { onClose: () => this.load() });
    }
}

registry.category("actions").add("unicdo_health", HealthPage);
