# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

due = load("unicdo_dsar/tools/due.py")
days = load("unicdo_privacy/tools/days.py")


@pytest.mark.parametrize(
    ("received", "zones", "expected"),
    [
        # 30 days is the earlier one after a month of 31 days
        ("2026-03-10 09:00", ["UTC"], date(2026, 4, 9)),
        ("2026-08-31 09:00", ["UTC"], date(2026, 9, 30)),
        # both agree after a month of 30 days
        ("2026-04-10 09:00", ["UTC"], date(2026, 5, 10)),
        # the month is the earlier one around February
        ("2026-01-28 09:00", ["UTC"], date(2026, 2, 27)),
        ("2026-01-29 09:00", ["UTC"], date(2026, 2, 28)),
        ("2026-01-30 09:00", ["UTC"], date(2026, 2, 28)),
        ("2026-01-31 09:00", ["UTC"], date(2026, 2, 28)),
        ("2026-02-01 09:00", ["UTC"], date(2026, 3, 1)),
        ("2026-02-28 09:00", ["UTC"], date(2026, 3, 28)),
        ("2028-01-29 09:00", ["UTC"], date(2028, 2, 28)),
        ("2028-01-30 09:00", ["UTC"], date(2028, 2, 29)),
        ("2028-01-31 09:00", ["UTC"], date(2028, 2, 29)),
        ("2028-02-29 09:00", ["UTC"], date(2028, 3, 29)),
        ("2026-12-31 09:00", ["UTC"], date(2027, 1, 30)),
        # the day is the one on the wall where it was received
        ("2026-03-10 23:30", ["Europe/Brussels"], date(2026, 4, 10)),
        ("2026-03-10 03:30", ["America/New_York"], date(2026, 4, 8)),
        # two places: the earlier day holds
        ("2026-03-10 23:30", ["Europe/Brussels", "America/New_York"], date(2026, 4, 9)),
        # no or unknown zone
        ("2026-03-10 23:30", [], date(2026, 4, 9)),
        ("2026-03-10 23:30", ["Mars/Olympus", None], date(2026, 4, 9)),
        ("2026-03-10 23:30", ["../etc/passwd"], date(2026, 4, 9)),
    ],
)
def test_due_date_table(received, zones, expected):
    """DSR-1: thirty days, and never later than a calendar month."""
    assert due.due_date(datetime.fromisoformat(received), *zones) == expected


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2090, 1, 1)))
def test_due_is_never_late_and_never_less_than_28_days(received):
    day = due.due_date(received, "UTC")
    assert 28 <= (day - received.date()).days <= 30
    assert day <= days.add_months(received.date(), 1)
