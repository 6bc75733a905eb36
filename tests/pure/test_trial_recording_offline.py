# SPDX-License-Identifier: LGPL-3.0-or-later
"""The page that replays offline: nothing in the recording can end a script, and nothing is fetched."""

import gzip
import json
import re
from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st

from conftest import load

offline = load("unicdo_trial_recording/tools/offline.py")


@given(st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_content_stays_what_it_is_and_ends_no_element(value):
    text = offline.for_script(value)
    assert json.loads(text) == value
    assert not re.search(r"[<>&\u2028\u2029]", text)


def test_line_separators_and_ends_of_elements_are_written_in_escapes():
    assert offline.for_script("</script><!--\u2028") == '"\\u003c/script\\u003e\\u003c!--\\u2028"'


def test_events_are_packed_chunk_by_chunk_and_name_the_sheets_they_need():
    text, found = offline.pack(iter([[{"a": "/web/assets/1/é.css"}], [1, "</script>"]]), {"/web/assets/1/é.css", "/other.css"})
    lines = gzip.decompress(b64decode(text)).decode().splitlines()
    assert [json.loads(line) for line in lines] == [[{"a": "/web/assets/1/é.css"}], [1, "</script>"]]
    assert found == {"/web/assets/1/é.css"}
