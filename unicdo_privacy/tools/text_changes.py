# SPDX-License-Identifier: LGPL-3.0-or-later
"""What changed between two texts, shown so that a person sees it at once."""

import difflib
import re
from html.parser import HTMLParser

from markupsafe import Markup

BLOCKS = frozenset(
    "address article blockquote dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre section table td th tr ul".split()
)
SKIPPED = frozenset(("script", "style"))


class _Blocks(HTMLParser):
    """Collects the words of an HTML text, one list entry per block."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.blocks = [""]
        self.skipping = 0

    def handle_starttag(self, tag, attrs):
        self.skipping += tag in SKIPPED
        if tag in BLOCKS or tag == "br":
            self.blocks.append("")

    def handle_endtag(self, tag):
        self.skipping -= tag in SKIPPED
        if tag in BLOCKS:
            self.blocks.append("")

    def handle_data(self, data):
        if self.skipping <= 0:
            self.blocks[-1] += data


def text_blocks(html):
    """The blocks of words of an HTML text, white space made one; empty ones left out."""
    parser = _Blocks()
    parser.feed(str(html or ""))
    parser.close()
    return [" ".join(block.split()) for block in parser.blocks if block.strip()]


def text_changes(old, new):
    """Show what was taken out and put in between two HTML texts.

    :param str old: the former text
    :param str new: the later text
    :return: ``Markup`` of paragraphs with ``<del>`` and ``<ins>``; the words of ``new`` without ``<del>`` are all of
        ``new``, in order. Layout and links are not compared
    """
    before, after = text_blocks(old), text_blocks(new)
    html = Markup("")
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            html += _paragraphs(map(Markup.escape, after[j1:j2]))
        elif kind == "replace" and i2 - i1 == j2 - j1:
            html += _paragraphs(map(_word_changes, before[i1:i2], after[j1:j2]))
        else:
            html += _paragraphs(Markup("<del>%s</del>") % block for block in before[i1:i2])
            html += _paragraphs(Markup("<ins>%s</ins>") % block for block in after[j1:j2])
    return html


def _word_changes(old, new):
    before, after = (re.findall(r"\S+\s*", text) for text in (old, new))
    html = Markup("")
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            html += "".join(after[j1:j2])
            continue
        if i2 > i1:
            html += Markup("<del>%s</del> ") % "".join(before[i1:i2]).rstrip()
        if j2 > j1:
            html += Markup("<ins>%s</ins> ") % "".join(after[j1:j2]).rstrip()
    return html


def _paragraphs(blocks):
    return Markup("").join(Markup("<p>%s</p>") % block for block in blocks)
