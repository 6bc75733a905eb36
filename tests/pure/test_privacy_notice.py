# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from conftest import load

notice = load("unicdo_privacy/tools/notice.py")


def test_notice_shows_what_there_is_and_nothing_else():
    """CON-1: labels without text do not appear."""
    html = notice.render_notice("News", "We write.\n\nStop any time.", [("Who", "Us"), ("How long", ""), ("Where", None)])
    assert html == "<h3>News</h3><p>We write.</p><p>Stop any time.</p><dl><dt>Who</dt><dd>Us</dd></dl>"


@given(st.text(), st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_no_word_becomes_markup(title, summary, details):
    """CON-1: whatever an administrator writes, people read it as text."""
    html = notice.render_notice(title, summary, details)
    for tag in ("h3", "p", "dl", "dt", "dd"):
        html = html.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    assert "<" not in html
    assert ">" not in html


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_hash_is_of_exactly_the_bytes_shown(text):
    """CON-2: anybody can compute it again."""
    assert notice.text_hash(text) == hashlib.sha256(text.encode()).hexdigest()
