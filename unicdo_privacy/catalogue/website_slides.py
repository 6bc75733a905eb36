# SPDX-License-Identifier: LGPL-3.0-or-later
"""Courses."""

from .source import FOLLOW, _lt, acted, links, source

SOURCES = (
    source(
        "slide.channel.partner", _lt("Courses you take"), "usage",
        links("partner_id"),
        "channel_id create_date member_status completion completed_slides_count last_invitation_date active",
        provided="channel_id create_date member_status completion completed_slides_count",
        purpose="training",
    ),
    source(
        "slide.slide.partner", _lt("Lessons you took"), "usage",
        links("partner_id"),
        "slide_id channel_id create_date vote completed quiz_attempts_count survey_scoring_success",
        provided="slide_id create_date vote completed quiz_attempts_count",
        purpose="training", carries=False,
    ),
    source(
        "slide.channel", _lt("Courses led"), "usage",
        acted("user_id"),
        "name create_date",
        purpose="training", erase=FOLLOW, carries=False,
    ),
    source(
        "slide.slide", _lt("Lessons written"), "usage",
        acted("user_id"),
        "name create_date",
        purpose="training", erase=FOLLOW, carries=False,
        ignore={"partner_ids": _lt("Who took the lesson: found with the lessons taken.")},
    ),
)

EXEMPT = {}
