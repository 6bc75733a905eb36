# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

proration = load("unicdo_hosting_cancel/tools/proration.py")

DAYS = st.dates(date(1999, 1, 1), date(2101, 12, 31))
STEPS = st.sampled_from([D("1"), D("0.01"), D("0.001"), D("0.05")])


@st.composite
def periods(draw):
    """A period, a price in whole steps of its currency, and any last served day."""
    step = draw(STEPS)
    first = draw(DAYS)
    last = first + timedelta(days=draw(st.integers(0, 1500)))
    end = first + timedelta(days=draw(st.integers(-400, 2000)))
    return step * draw(st.integers(0, 10**9)), first, last, end, step


@pytest.mark.parametrize(
    ("price", "first", "last", "end", "step", "expected"),
    [
        ("1200.00", "2026-01-01", "2026-12-31", "2026-06-30", "0.01", "604.93"),  # 184 of 365 days
        ("1200.00", "2028-01-01", "2028-12-31", "2028-06-30", "0.01", "603.28"),  # a leap year: 184 of 366
        ("1200.00", "2026-01-01", "2026-12-31", "2025-12-31", "0.01", "1200.00"),  # nothing served
        ("1200.00", "2026-01-01", "2026-12-31", "2026-12-31", "0.01", "0"),  # all served
        ("1200.00", "2026-01-01", "2026-12-31", "2026-12-30", "0.01", "3.29"),  # the last day alone
        ("30.00", "2026-02-01", "2026-02-28", "2026-02-14", "0.01", "15.00"),
        ("1200", "2026-01-01", "2026-12-31", "2026-06-30", "1", "605"),  # yen
        ("1200.000", "2026-01-01", "2026-12-31", "2026-06-30", "0.001", "604.932"),  # dinar
        ("0.01", "2026-01-01", "2026-01-02", "2026-01-01", "0.01", "0.01"),  # half a cent is rounded up
        ("-0.01", "2026-01-01", "2026-01-02", "2026-01-01", "0.01", "-0.01"),  # and a rebate's likewise
        ("12.00", "2026-05-05", "2026-05-05", "2026-05-04", "0.01", "12.00"),  # a period of one day
    ],
)
def test_refund_excludes_the_effective_day(price, first, last, end, step, expected):
    """CAN-3: exact days of the billed period, rounded once."""
    result = proration.refund(D(price), *map(date.fromisoformat, (first, last, end)), D(step))
    assert result == D(expected)


@given(periods())
def test_refund_is_a_share_of_the_price_in_whole_steps(period):
    """CAN-3"""
    price, *_days, step = period
    refund = proration.refund(*period)
    assert 0 <= refund <= price
    assert refund % step == 0
    assert (price - refund) + refund == price


@given(periods(), st.integers(0, 500))
def test_a_later_end_never_gives_more_back(period, later):
    """CAN-3"""
    price, first, last, end, step = period
    assert proration.refund(price, first, last, end + timedelta(days=later), step) <= proration.refund(*period)


@given(periods())
def test_the_whole_price_before_the_period_and_nothing_after_it(period):
    """CAN-3"""
    price, first, last, _end, step = period
    assert proration.refund(price, first, last, first - timedelta(days=1), step) == price
    assert proration.refund(price, first, last, last, step) == 0


@given(periods())
def test_refund_is_nearest_to_the_exact_share(period):
    """CAN-3: rounded once: never more than half a step away."""
    price, first, last, end, step = period
    days = proration.days_of(first, last)
    exact = price * proration.unused_days(first, last, end)
    assert abs(proration.refund(*period) * days - exact) * 2 <= step * days


@pytest.mark.parametrize(
    ("paid", "expected"),
    [("1452.00", ("731.97", "0", "0")), ("1000.00", ("279.97", "452.00", "0")), ("700.00", ("0", "731.97", "20.03"))],
)
def test_only_what_was_paid_beyond_the_used_part_is_money_back(paid, expected):
    """CAN-3, CAN-4: 1200.00 + 21 % for 2026, ended on 30 June."""
    assert proration.money_back(D("731.97"), D("1452.00") - D(paid)) == tuple(map(D, expected))


@given(st.lists(st.integers(0, 10**6)), st.integers(-100, 10**6))
def test_a_cap_takes_from_the_last_and_never_more_than_needed(amounts, remaining):
    """CAN-3: a credit note never exceeds what remains uncredited."""
    amounts = [D(amount) for amount in amounts]
    capped = proration.cap(amounts, D(remaining))
    assert sum(capped) == min(sum(amounts), max(D(remaining), D(0)))
    assert all(0 <= low <= high for low, high in zip(capped, amounts, strict=True))


@given(st.lists(st.integers(-(10**6), 10**6)), st.integers(-(10**6), 10**6))
def test_a_cap_holds_on_both_sides_of_zero(amounts, limit):
    """CAN-3: rebates and withheld taxes are negative; nothing changes its side, and the sum lies between zero and the limit."""
    amounts, limit = [D(amount) for amount in amounts], D(limit)
    capped = proration.cap(amounts, limit)
    assert min(limit, D(0)) <= sum(capped, D(0)) <= max(limit, D(0))
    for low, high in zip(capped, amounts, strict=True):
        assert low == high or min(high, D(0)) <= low <= max(high, D(0))
    if min(limit, D(0)) <= sum(amounts, D(0)) <= max(limit, D(0)):
        assert capped == amounts


@given(st.dictionaries(st.integers(), st.integers(1, 10**6)), st.integers(0, 10**7))
def test_a_rebate_lowers_each_by_its_part(amounts, reduction):
    """CAN-3: and together by the rebate, but not below zero."""
    amounts = {key: D(amount) for key, amount in amounts.items()}
    whole = sum(amounts.values(), D(0))
    lowered = proration.spread(amounts, D(reduction))
    assert abs(sum(lowered.values(), D(0)) - max(whole - reduction, D(0))) < D("1e-15")
    assert all(0 <= lowered[key] <= amount for key, amount in amounts.items())
    assert all(abs(lowered[key] * whole - amount * sum(lowered.values())) < D("1e-9") for key, amount in amounts.items())


@given(st.decimals(-(10**6), 10**6, places=5), STEPS)
def test_amounts_are_rounded_to_whole_steps_half_away_from_zero(amount, step):
    result = proration.rounded(amount, step)
    assert result % step == 0
    assert abs(result - amount) * 2 <= step
    assert proration.rounded(-amount, step) == -result
