# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

notice = load("unicdo_hosting_cancel/tools/notice.py")
days = load("unicdo_privacy/tools/days.py")

DAYS = st.dates(date(1999, 1, 1), date(2101, 12, 31))


@pytest.mark.parametrize(
    ("received", "months", "expected"),
    [
        ("2026-01-30", 0, "2026-03-01"),
        ("2026-01-31", 0, "2026-03-02"),
        ("2026-04-10", 0, "2026-05-10"),
        ("2026-12-15", 0, "2027-01-14"),
        # the shorter of thirty days and one month
        ("2026-01-30", 1, "2026-02-28"),
        ("2026-02-10", 1, "2026-03-10"),
        ("2026-03-10", 1, "2026-04-09"),
        ("2028-01-31", 1, "2028-02-29"),
    ],
)
def test_earliest_end_keeps_thirty_days(received, months, expected):
    """CAN-2"""
    assert notice.earliest_end(date.fromisoformat(received), 30, months) == date.fromisoformat(expected)


@given(DAYS, st.integers(0, 400), st.integers(-400, 400))
def test_notice_is_kept_from_the_earliest_end_on(received, length, away):
    """CAN-2"""
    end = notice.earliest_end(received, length) + timedelta(days=away)
    assert notice.keeps_notice(end, received, length) == (away >= 0)


@pytest.mark.parametrize(
    ("concluded", "told", "expected"),
    [
        ("2026-06-01", "2026-06-01", "2026-06-15"),  # a Monday
        ("2026-06-01", "2026-05-20", "2026-06-15"),  # told before
        ("2026-06-06", "2026-06-06", "2026-06-22"),  # ends on a Saturday: Monday
        ("2026-06-01", None, "2027-06-15"),  # never told: twelve months more
        ("2026-06-01", "2026-09-01", "2026-09-15"),  # told late: fourteen days from then
        ("2026-06-01", "2027-06-10", "2027-06-15"),  # but no later than if never told
    ],
)
def test_a_consumer_has_fourteen_days_from_being_told(concluded, told, expected):
    told = told and date.fromisoformat(told)
    assert notice.withdrawal_end(date.fromisoformat(concluded), told) == date.fromisoformat(expected)


def test_a_withdrawal_period_does_not_end_on_a_holiday():
    is_free = {date(2026, 12, 25), date(2026, 12, 26), date(2026, 12, 27)}.__contains__
    told = date(2026, 12, 11)
    assert notice.withdrawal_end(told, told, is_free) == date(2026, 12, 28)


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        ("2026-07-01", "Europe/Berlin", "2026-06-30 22:00"),
        ("2026-12-01", "Europe/Berlin", "2026-11-30 23:00"),
        ("2026-07-01", "America/New_York", "2026-07-01 04:00"),
        ("2026-07-01", "Pacific/Kiritimati", "2026-06-30 10:00"),
        ("2026-07-01", "", "2026-07-01 00:00"),
        ("2026-07-01", "No/Such", "2026-07-01 00:00"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04 03:00"),  # no midnight on that day
        ("2026-11-01", "America/Havana", "2026-11-01 04:00"),  # two midnights
    ],
)
def test_a_day_begins_at_its_first_instant(day, zone, expected):
    """CAN-6: access ends at the first instant after the effective day, in the customer's time zone."""
    start = days.first_instant(date.fromisoformat(day), zone)
    assert start == datetime.fromisoformat(expected)
    assert days.local_day(start, zone) == date.fromisoformat(day)
    assert days.local_day(start - timedelta(seconds=1), zone) == date.fromisoformat(day) - timedelta(days=1)


@given(DAYS, st.integers(-30, 30))
def test_a_month_later_is_never_more_than_its_last_day(day, months):
    later = days.add_months(day, months)
    assert later.day <= day.day
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
