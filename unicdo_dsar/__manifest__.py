# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "Privacy: requests of people about their data",
    "version": "19.0.1.1.0",
    "summary": "A person gets a copy of their data: asked in the portal, sealed, delivered in time",
    "category": "Privacy",
    "author": "Unicdo",
    "website": "https://unicdo.example",
    "license": "LGPL-3",
    "depends": ["unicdo_privacy"],
    "data": [
        "security/ir.model.access.csv",
        "security/unicdo_request_security.xml",
        "data/unicdo_request_data.xml",
        "data/mail_template_data.xml",
        "views/unicdo_request_views.xml",
        "views/package_templates.xml",
        "views/portal_templates.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "unicdo_dsar/static/src/interactions/**/*",
            "unicdo_dsar/static/src/scss/**/*",
        ],
        "web.assets_tests": [
            "unicdo_dsar/static/tests/tours/**/*",
        ],
    },
}
