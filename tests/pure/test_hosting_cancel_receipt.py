# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

receipt = load("unicdo_hosting_cancel/tools/receipt.py")

NOW = datetime(2026, 3, 5, 12)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["from a.example by mx.example; Mon, 02 Mar 2026 23:30:00 +0100"], datetime(2026, 3, 2, 22, 30)),
        (["by mx.example with LMTP; Mon, 2 Mar 2026 22:30:00 -0000", "by old; Sun, 1 Feb 2026 00:00:00 +0000"],
         datetime(2026, 3, 2, 22, 30)),
        # a comment after the zone, as many servers write it
        (["by mx.example; Mon, 2 Mar 2026 14:30:00 -0800 (PST)"], datetime(2026, 3, 2, 22, 30)),
        # a clock that runs ahead, or a forged header: never later than now
        (["by mx.example; Mon, 2 Mar 2037 22:30:00 +0000"], NOW),
        (["by mx.example; yesterday"], NOW),
        (["no date at all"], NOW),
        ([""], NOW),
        ([], NOW),
    ],
)
def test_the_time_our_own_server_received_it_counts(headers, expected):
    """CAN-1"""
    assert receipt.received_at(headers, NOW) == expected


@given(st.lists(st.text(), max_size=3))
def test_no_header_makes_a_receipt_fail_or_lie_in_the_future(headers):
    """CAN-1"""
    assert receipt.received_at(headers, NOW) <= NOW


@pytest.mark.parametrize(
    ("auto_submitted", "precedence", "autoreply", "expected"),
    [
        (None, None, None, False),
        ("no", "", "", False),
        ("No", "", "", False),
        ("auto-replied", "", "", True),
        ("auto-generated", "", "", True),
        ("auto-notified; owner=x", "", "", True),
        ("", "bulk", "", True),
        ("", "first-class", "", False),
        ("", "", "yes", True),
    ],
)
def test_machines_are_told_from_people(auto_submitted, precedence, autoreply, expected):
    """CAN-1"""
    assert receipt.is_automatic(auto_submitted, precedence, autoreply) == expected
