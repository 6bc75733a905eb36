# SPDX-License-Identifier: LGPL-3.0-or-later
import pytest

from conftest import load

http_range = load("unicdo_dsar/tools/http_range.py")
ETAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "if_range", "expected"),
    [
        (None, None, None),
        ("bytes=0-", None, (0, 1000)),
        ("bytes=0-0", None, (0, 1)),
        ("bytes=500-", None, (500, 1000)),
        ("bytes=500-599", None, (500, 600)),
        ("bytes=500-5000", None, (500, 1000)),
        ("bytes=-100", None, (900, 1000)),
        ("bytes=-5000", None, (0, 1000)),
        ("bytes=500-", ETAG, (500, 1000)),
        ("bytes=500-", '"other"', None),
        ("bytes=500-", 'W/"abc"', None),
        # malformed or several: the whole
        ("bytes=", None, None),
        ("bytes=-", None, None),
        ("bytes=9-5", None, None),
        ("bytes=0-1,5-6", None, None),
        ("items=0-1", None, None),
        ("bytes=٣-", None, None),
        ("bytes=" + "9" * 5000 + "-", None, None),
        ("bytes=-" + "9" * 5000, None, None),
    ],
)
def test_span_table(header, if_range, expected):
    """DSR-1: an interrupted download goes on where it stopped."""
    assert http_range.span(header, 1000, if_range, ETAG) == expected


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_outside_is_unsatisfiable(header):
    with pytest.raises(http_range.Unsatisfiable):
        http_range.span(header, 1000)
