# SPDX-License-Identifier: LGPL-3.0-or-later
"""Manufacturing."""

from .source import FOLLOW, _lt, acted, anonymise, links, source

SOURCES = (
    source(
        "mrp.production", _lt("Manufacturing orders run"), "usage",
        acted("user_id"),
        "name date_start",
        purpose="personnel", retention="claims", erase=FOLLOW, carries=False,
    ),
    source(
        "mrp.workcenter.productivity", _lt("Working time on machines"), "personnel",
        links("user_id"),
        "workcenter_id workorder_id date_start date_end duration loss_id description",
        provided="date_start date_end description", review="*", purpose="personnel", retention="employment",
        erase=anonymise("user_id"), carries=False,
    ),
)

EXEMPT = {}
