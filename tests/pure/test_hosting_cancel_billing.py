# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

billing = load("unicdo_hosting_cancel/tools/billing.py")
days = load("unicdo_privacy/tools/days.py")

DAYS = st.dates(date(1999, 1, 1), date(2101, 12, 31))


@pytest.mark.parametrize(
    ("first", "months", "anchor", "last"),
    [
        ("2026-01-01", 12, None, "2026-12-31"),
        ("2026-02-01", 1, None, "2026-02-28"),
        ("2028-02-29", 12, None, "2029-02-27"),
        ("2026-01-31", 1, None, "2026-02-27"),
        # it goes on with the 31st, not with the 28th
        ("2026-02-28", 1, "2026-01-31", "2026-03-30"),
        ("2026-03-31", 1, "2026-01-31", "2026-04-29"),
        ("2029-02-28", 12, "2028-02-29", "2030-02-27"),
        # what begins on another day has nothing to go on with
        ("2026-03-05", 1, "2026-01-31", "2026-04-04"),
        ("2026-01-05", 1, "2026-01-31", "2026-02-04"),
        ("2025-12-31", 1, "2026-01-31", "2026-01-30"),
    ],
)
def test_a_billed_period_ends_the_day_before_its_months_are_over(first, months, anchor, last):
    """CAN-3: days of the billed period, by calendar months, the last one inclusive."""
    first, last = date.fromisoformat(first), date.fromisoformat(last)
    assert billing.billed_period(first, months, anchor and date.fromisoformat(anchor)) == (first, last)


@given(DAYS, st.lists(st.integers(1, 24), min_size=1, max_size=12))
def test_periods_follow_without_gap_and_without_sliding(start, lengths):
    """CAN-3: whatever the day of the month, many short periods end where one long one does."""
    first = start
    for months in lengths:
        begun, last = billing.billed_period(first, months, start)
        assert begun == first <= last
        first = last + timedelta(days=1)
    assert first == days.add_months(start, sum(lengths))


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("Not given back.", "Setup\nNot given back.", True),
        ("Not given back.", "Setup\nnot  given\nback.", True),
        ("Not given back.", "Setup", False),
        ("Not given back.", "", False),
        ("Not given back.", None, False),
        ("", "Setup", False),
        (None, "Setup", False),
    ],
)
def test_only_words_that_stand_there_were_said(words, text, expected):
    """CAN-7"""
    assert billing.stands_in(words, text) == expected
