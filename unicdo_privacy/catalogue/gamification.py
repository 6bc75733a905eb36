# SPDX-License-Identifier: LGPL-3.0-or-later
"""Badges, goals and karma."""

from .source import FOLLOW, Part, _lt, acted, links, source

SOURCES = (
    source(
        "gamification.badge.user", _lt("Badges"), "usage",
        (*links("user_id"), Part("employee_id"), *acted("sender_id")),
        "badge_id create_date sender_id challenge_id level comment",
        purpose="training", carries=False,
    ),
    source(
        "gamification.goal", _lt("Goals"), "usage",
        links("user_id"),
        "definition_id challenge_id start_date end_date target_goal current state last_update",
        purpose="training", carries=False,
    ),
    source(
        "gamification.karma.tracking", _lt("Karma"), "usage",
        links("user_id"),
        "tracking_date old_value new_value reason",
        purpose="training", carries=False,
        ignore={"origin_ref": _lt("Who or what gave the points.")},
    ),
    source(
        "gamification.challenge", _lt("Challenges"), "usage",
        (*links("user_ids invited_user_ids"), *acted("manager_id")),
        "name description start_date end_date state",
        purpose="training", erase=FOLLOW, carries=False,
    ),
)

EXEMPT = {
    "gamification.badge": _lt("Configuration: who may give a badge."),
}
