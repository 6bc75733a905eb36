# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "Privacy: fault tests of tokens",
    "version": "19.0.1.0.0",
    "summary": "A page that opens tokens; for tests/faults only, loaded server-wide and never installed",
    "category": "Hidden",
    "author": "Unicdo",
    "website": "https://unicdo.example",
    "license": "LGPL-3",
    "depends": ["unicdo_privacy"],
    "installable": True,
}
