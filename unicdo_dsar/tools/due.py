# SPDX-License-Identifier: LGPL-3.0-or-later
"""When a request must be answered."""

import calendar
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: DSR-1: what the policy promises
PROMISED_DAYS = 30


def local_day(received, zone):
    """The calendar day on which something reached us.

    :param datetime.datetime received: naive, UTC
    :param str zone: name of a time zone; an unknown or empty one counts as UTC
    :rtype: datetime.date
    """
    try:
        info = ZoneInfo(zone) if zone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        info = UTC
    return received.replace(tzinfo=UTC).astimezone(info).date()


def month_later(day):
    """The day of the same number in the next month, or that month's last day (Regulation 1182/71, Art. 3(2)(c))."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def due_date(received, *zones):
    """The last day, inclusive, on which an answer is in time.

    Thirty days by the policy (POLICY DSR-1), and never later than one calendar month (GDPR Art. 12(3)): the earlier of
    both. The day of receipt is not counted. Given several time zones, the earliest result holds.

    :param datetime.datetime received: naive, UTC
    :param str zones: time zones of the person and of the company; none: UTC
    :rtype: datetime.date
    """
    days = {local_day(received, zone) for zone in zones or ("UTC",)}
    return min(min(day + timedelta(days=PROMISED_DAYS), month_later(day)) for day in days)
