# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "Privacy: benchmark reference",
    "version": "19.0.1.0.0",
    "summary": "A plain model to compare with; for tests/bench only",
    "category": "Hidden",
    "author": "Unicdo",
    "website": "https://unicdo.example",
    "license": "LGPL-3",
    "depends": ["base"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
