# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "Privacy: fault tests",
    "version": "19.0.1.0.0",
    "summary": "Work to kill and a column to add; for tests/faults only",
    "category": "Hidden",
    "author": "Unicdo",
    "website": "https://unicdo.example",
    "license": "LGPL-3",
    "depends": ["unicdo_dsar", "unicdo_trial_recording"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
