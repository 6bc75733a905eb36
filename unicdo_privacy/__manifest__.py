# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "Privacy: ground floor",
    "version": "19.0.1.0.0",
    "summary": "Data map, consent, policies, audit ledger and vault: what every privacy promise stands on",
    "category": "Privacy",
    "author": "Unicdo",
    "website": "https://unicdo.example",
    "license": "LGPL-3",
    "depends": ["portal"],
    "external_dependencies": {"python": ["cryptography"]},
    "data": [
        "security/unicdo_privacy_groups.xml",
        "security/ir.model.access.csv",
        "data/unicdo_work_data.xml",
        "data/unicdo_vault_data.xml",
        "data/unicdo_purpose_data.xml",
        "views/unicdo_work_views.xml",
        "views/unicdo_privacy_menus.xml",
        "views/unicdo_ledger_views.xml",
        "wizards/unicdo_vault_panel_views.xml",
        "views/unicdo_purpose_views.xml",
        "views/portal_templates.xml",
        "views/unicdo_recheck_templates.xml",
    ],
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
    "assets": {
        "web.assets_frontend": [
            "unicdo_privacy/static/src/scss/**/*",
            "unicdo_privacy/static/src/interactions/**/*",
        ],
        "web.assets_tests": [
            "unicdo_privacy/static/tests/tours/**/*",
        ],
    },
    "application": True,
    "installable": True,
}
