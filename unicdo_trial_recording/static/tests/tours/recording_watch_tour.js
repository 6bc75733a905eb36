// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("unicdo_recording_watch", {
    steps: () => [
        { content: "Only recordings that nobody has watched", trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { trigger: ".o_filter_menu .dropdown-item:contains(Not watched)", run: "click" },
        { content: "Open what is known", trigger: ".o_data_row td[name=started_at]", run: "click" },
        { trigger: ".o_form_view button[name=action_watch]" },
        { trigger: ".o_form_view .o_data_cell:contains(sale.order)" },
        { content: "Go on to insights", trigger: ".o_menu_sections a:contains(Insights)", run: "click" },
        { trigger: ".o_unicdo_insight button:contains(sale.order · list)", run: "click" },
        { trigger: ".o_unicdo_heat .o_unicdo_cell", content: "The heat map has the click" },
        { trigger: ".o_unicdo_insight button:contains(Its recordings)", run: "click" },
        { trigger: ".o_data_row button[name=action_watch]" },
    ],
});

registry.category("web_tour.tours").add("unicdo_recording_refused", {
    steps: () => [
        { content: "Odoo says that it may not be seen", trigger: ".o_dialog .o_error_dialog, .modal:contains(Access)" },
        { trigger: "body:not(:has(.o_menu_brand:contains(Recordings)))" },
    ],
});
