# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the ground floor itself keeps."""

SOURCES = ()

EXEMPT = {
    "unicdo.subject": "The key that stands for a person in records kept as proof; a copy shows those records themselves.",
    "unicdo.work": "Work list of record numbers, emptied a month after it is done.",
}
