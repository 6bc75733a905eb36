# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "Privacy: fair end of hosting",
    "version": "19.0.1.0.0",
    "summary": "Cancellation with notice, exact prorated refund, backup instructions, and an end that is proven",
    "category": "Privacy",
    "author": "Unicdo",
    "website": "https://unicdo.example",
    "license": "LGPL-3",
    "depends": ["unicdo_privacy", "account"],
    "data": [
        "security/ir.model.access.csv",
        "security/unicdo_hosting_cancel_security.xml",
        "data/unicdo_notice_rule_data.xml",
        "data/unicdo_cancellation_data.xml",
        "data/mail_template_data.xml",
        "data/mail_alias_data.xml",
        "views/letter_templates.xml",
        "views/unicdo_hosting_subscription_views.xml",
        "views/unicdo_cancellation_views.xml",
        "views/unicdo_notice_rule_views.xml",
        "views/product_template_views.xml",
        "views/res_config_settings_views.xml",
        "views/unicdo_hosting_cancel_menus.xml",
        "views/portal_templates.xml",
        "views/public_templates.xml",
        "views/layout_templates.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "unicdo_hosting_cancel/static/src/interactions/**/*",
            "unicdo_hosting_cancel/static/src/scss/**/*",
        ],
        "web.assets_tests": [
            "unicdo_hosting_cancel/static/tests/tours/**/*",
        ],
    },
    "application": True,
}
