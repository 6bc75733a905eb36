// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("unicdo_privacy_role", {
    url: "/odoo/privacy-roles/new",
    steps: () => [
        {
            content: "Who",
            trigger: ".o_field_widget[name='user_id'] input",
            run: "edit Test internal",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Test internal')",
            run: "click",
        },
        {
            content: "Which role",
            trigger: ".o_field_widget[name='group_id'] input",
            run: "edit Helpdesk",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Helpdesk')",
            run: "click",
        },
        {
            content: "Why",
            trigger: ".o_field_widget[name='reason'] input",
            run: "edit Answers the phone",
        },
        {
            content: "There is a button that requests it, though the form is not edited afterwards",
            trigger: ".o_form_statusbar button:contains('Request the role')",
            run: "click",
        },
        {
            content: "It is saved, and waits for an officer",
            trigger: ".o_form_view:contains('Waits for an officer')",
        },
    ],
});
