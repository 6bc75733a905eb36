# SPDX-License-Identifier: LGPL-3.0-or-later
"""How long a recording lives (POLICY REC-4)."""

import calendar

MONTHS = 2


def destroy_at(first_event):
    """When a recording has to be gone: two calendar months after its first event, at the same time of day.

    Where that month has no such day, on its last one: months are counted as in Regulation (EEC, Euratom) 1182/71, Art. 3(2)(c).

    :param datetime.datetime first_event: UTC
    :return: ``datetime.datetime``, UTC; reading is refused from this instant on
    """
    years, month = divmod(first_event.month - 1 + MONTHS, 12)
    year, month = first_event.year + years, month + 1
    day = min(first_event.day, calendar.monthrange(year, month)[1])
    return first_event.replace(year=year, month=month, day=day)
