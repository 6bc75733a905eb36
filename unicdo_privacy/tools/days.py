# SPDX-License-Identifier: LGPL-3.0-or-later
"""Calendar days of periods that law and contracts count in."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def _zone(name):
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def local_day(moment, zone):
    """The calendar day on which something happened.

    :param datetime.datetime moment: naive, UTC
    :param str zone: name of a time zone; an unknown or empty one counts as UTC
    :rtype: datetime.date
    """
    return moment.replace(tzinfo=UTC).astimezone(_zone(zone)).date()


def first_instant(day, zone):
    """The moment at which a calendar day begins.

    Where clocks are put forward at midnight the day begins later, where they are put back it begins at the first of
    the two midnights.

    :param datetime.date day: a day
    :param str zone: name of a time zone; an unknown or empty one counts as UTC
    :return: datetime, naive, UTC
    """
    start = datetime.combine(day, time(), _zone(zone)).astimezone(UTC).replace(tzinfo=None)
    while local_day(start, zone) < day:
        start += timedelta(minutes=15)
    return start


def add_months(day, months):
    """The day of the same number some months later, or that month's last day (Regulation 1182/71, Art. 3(2)(c)).

    :param datetime.date day: a day
    :param int months: may be negative
    :rtype: datetime.date
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
