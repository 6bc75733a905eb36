# SPDX-License-Identifier: LGPL-3.0-or-later
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

changes = load("unicdo_privacy/tools/text_changes.py")

PARAGRAPHS = st.lists(st.text(alphabet="ab <>&", max_size=12), max_size=6)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("<p>Same.</p>", "<div><b>Same.</b></div>", "<p>Same.</p>"),
        (
            "<p>We keep it two years.</p>", "<p>We keep it three years.</p>",
            "<p>We keep it <del>two</del> <ins>three</ins> years.</p>",
        ),
        ("<p>One.</p>", "<p>One.</p><p>Two.</p>", "<p>One.</p><p><ins>Two.</ins></p>"),
        ("<p>One.</p><p>Two.</p>", "<p>Two.</p>", "<p><del>One.</del></p><p>Two.</p>"),
        ("", "<p>a &lt;b&gt; c</p>", "<p><ins>a &lt;b&gt; c</ins></p>"),
        ("<style>p{}</style><p>x</p>", "<p>x</p>", "<p>x</p>"),
    ],
)
def test_changes_are_shown_where_they_are(old, new, shown):
    """CON-2: a reader of a new version sees what is new."""
    assert changes.text_changes(old, new) == shown


@given(PARAGRAPHS, PARAGRAPHS)
def test_without_what_was_taken_out_the_new_text_remains(old, new):
    """CON-2: nothing of the new text is lost in the comparison, whatever it holds."""
    def page(paragraphs):
        return "".join(f"<p>{changes.Markup.escape(text)}</p>" for text in paragraphs)

    shown = re.sub(r"<del>.*?</del>", "", changes.text_changes(page(old), page(new)))
    words = " ".join(changes.text_blocks(shown)).split()
    assert words == " ".join(" ".join(text.split()) for text in new).split()
