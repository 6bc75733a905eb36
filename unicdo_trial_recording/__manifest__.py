# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "Privacy: recordings of trial sessions",
    "version": "19.0.1.0.0",
    "summary": "First steps in Odoo recorded with consent only, without personal data, destroyed after two months",
    "category": "Privacy",
    "author": "Unicdo",
    "website": "https://unicdo.example",
    "license": "LGPL-3",
    "depends": ["unicdo_privacy"],
    "data": [
        "security/unicdo_trial_recording_groups.xml",
        "security/ir.model.access.csv",
        "data/unicdo_purpose_data.xml",
        "data/unicdo_recording_update.xml",
        "data/unicdo_recording_data.xml",
        "views/res_config_settings_views.xml",
        "data/unicdo_recording_tag_data.xml",
        "views/unicdo_recording_views.xml",
        "views/unicdo_recording_trial_views.xml",
        "views/unicdo_role_grant_views.xml",
        "views/portal_templates.xml",
        "views/request_templates.xml",
    ],
    "assets": {
        "unicdo_trial_recording.assets_recorder": [
            "unicdo_trial_recording/static/src/recorder/*.js",
        ],
        "web.assets_backend": [
            "unicdo_trial_recording/static/src/ask/backend/**/*",
            "unicdo_trial_recording/static/src/ask/common/**/*",
            "unicdo_trial_recording/static/src/insight/**/*",
        ],
        "web.assets_frontend": [
            "unicdo_trial_recording/static/src/ask/frontend/**/*",
            "unicdo_trial_recording/static/src/ask/common/**/*",
        ],
        "web.assets_tests": [
            "unicdo_trial_recording/static/tests/tours/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
}
