# SPDX-License-Identifier: LGPL-3.0-or-later
"""Texts that people agree to: how they are written and how they are told apart."""

import hashlib

from markupsafe import Markup


def render_notice(title, summary, details):
    """Write the notice of one purpose as HTML, the same bytes for the same words.

    :param str title: name of the purpose
    :param str summary: what is done, in plain words; blank lines part paragraphs
    :param details: pairs of label and text; pairs without text are left out
    :return: ``Markup``, every word escaped
    """
    html = Markup("<h3>%s</h3>") % (title or "") + _paragraphs(summary)
    rows = [(label, text.strip()) for label, text in details if text and text.strip()]
    if rows:
        items = Markup("").join(Markup("<dt>%s</dt><dd>%s</dd>") % row for row in rows)
        html += Markup("<dl>%s</dl>") % items
    return html


def _paragraphs(text):
    blocks = [block.strip() for block in (text or "").split("\n\n")]
    return Markup("").join(Markup("<p>%s</p>") % block for block in blocks if block)


def text_hash(html):
    """SHA-256 of a text as 64 hexadecimal characters; of exactly the UTF-8 bytes that are kept and shown."""
    return hashlib.sha256(str(html).encode()).hexdigest()
