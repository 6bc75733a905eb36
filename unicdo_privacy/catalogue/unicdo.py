# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the ground floor itself keeps."""

from .source import links, source

SOURCES = (
    source(
        "unicdo.recheck.tries", "Wrong tries at proving who you are", "credentials",
        links("user_id"),
        "tries last_at",
        purpose="security", retention="short", carries=False,
    ),
)

EXEMPT = {
    "unicdo.recheck": "Codes that prove who somebody is, gone within minutes.",
    "unicdo.subject": "The key that stands for a person in records kept as proof; a copy shows those records.",
    "unicdo.work": "Work list of record numbers, emptied a month after it is done.",
}
