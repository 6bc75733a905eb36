# SPDX-License-Identifier: LGPL-3.0-or-later
"""The page that replays offline: nothing in the recording can end a script, and nothing is fetched."""

import json
import re
from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st

from conftest import load

offline = load("unicdo_trial_recording/tools/offline.py")
piece = load("unicdo_trial_recording/tools/piece.py")


@given(st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_content_stays_what_it_is_and_ends_no_element(value):
    text = offline.for_script(value)
    assert json.loads(text) == value
    assert not re.search(r"[<>&\u2028\u2029]", text)


def test_line_separators_and_ends_of_elements_are_written_in_escapes():
    assert offline.for_script("</script><!--\u2028") == '"\\u003c/script\\u003e\\u003c!--\\u2028"'


def test_pieces_stand_in_the_page_as_they_are_and_name_the_sheets_they_need():
    pieces = [piece.pack(0, [{"a": "/web/assets/1/é.css"}]), piece.pack(1, [1, "</script>"])]
    text, found = offline.together(iter(pieces), {"/web/assets/1/é.css", "/other.css"})
    assert b64decode(text) == b"".join(piece.stream(pieces))
    assert found == {"/web/assets/1/é.css"}


@given(st.integers(0, 10**7), st.lists(st.dictionaries(st.text(), st.integers() | st.text())))
def test_a_piece_holds_its_events_and_its_number(seq, events):
    packed = piece.pack(seq, events)
    assert json.loads(piece.unpack(packed)) == {"seq": seq, "events": events}
    assert piece.is_number(packed, seq)
    assert not any(piece.is_number(packed, other) for other in (seq + 1, seq * 10, seq // 10 + 1) if other != seq)


def test_a_stream_tells_lengths_and_its_end():
    assert b"".join(piece.stream([b"x" * 258, b"y"])) == b"\0\0\1\2" + b"x" * 258 + b"\0\0\0\1y" + b"\0\0\0\0"
