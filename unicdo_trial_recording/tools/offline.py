# SPDX-License-Identifier: LGPL-3.0-or-later
"""One recording as one HTML file that replays anywhere, without network: for the person it is about."""

import hashlib
import html
import json
from base64 import b64encode
from functools import lru_cache
from pathlib import Path

from .piece import stream, unpack

STATIC = Path(__file__).parents[1] / "static"
#: scripts in the order in which they run
SCRIPTS = ("lib/rrweb/player.min.js", "src/watch/replay.js", "src/watch/offline.js")
STYLES = ("lib/rrweb/player.min.css", "src/watch/offline.css")
#: nothing runs but the three scripts, nothing is fetched, nothing is sent
POLICY = (
    "default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; font-src data:; connect-src 'none'; "
    "frame-src 'none'; base-uri 'none'; form-action 'none'"
)


@lru_cache
def _read(name):
    return (STATIC / name).read_text("utf-8")


def _script_text(name):
    """A script as it can stand in a page: the comment that names its source map would be fetched."""
    text = _read(name).replace("//# sourceMappingURL=", "// ")
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _hash(text):
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def for_script(value):
    """JSON that can stand in a page's script element: no sign in it can end the element, or a line of JavaScript."""
    text = json.dumps(value, separators=(",", ":"))  # ASCII only
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def together(pieces, paths):
    """A recording as text for a page. It is unpacked one piece at a time: all of it may be hundreds of megabytes.

    :param pieces: iterable of pieces as they are kept, in order, see ``piece.py``
    :param paths: of style sheets
    :return: pair of a text (base64 of their stream), and the set of paths that stand in them
    """
    kept, found = [], set()
    for packed in pieces:
        text = unpack(packed)
        found |= {path for path in paths if json.dumps(path)[1:-1].encode() in text}
        kept.append(packed)
    return b64encode(b"".join(stream(kept))).decode(), found


def offline_page(pieces, sheets, title, problem):
    """A page that replays a recording.

    :param pieces: iterable of cleaned pieces as they are kept, in order
    :param dict sheets: style sheets by their path; those that the recording does not name are left out
    :param str title: for people
    :param str problem: what they read where it cannot be played
    :return: bytes of one HTML file
    """
    content, named = together(pieces, sheets)
    needed = {path: css for path, css in sheets.items() if path in named}
    scripts = [_script_text(name) for name in SCRIPTS]
    policy = POLICY.format(hashes=" ".join(_hash(text) for text in scripts))
    parts = [
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">",
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">',
        f"<title>{html.escape(title)}</title>",
        *(f"<style>{_read(name)}</style>" for name in STYLES),
        f'</head><body><h1>{html.escape(title)}</h1>',
        f'<div id="stage" data-problem="{html.escape(problem)}"></div>',
        f'<script type="text/plain" id="events">{content}</script>',
        f'<script type="application/json" id="sheets">{for_script(needed)}</script>',
        *(f"<script>{text}</script>" for text in scripts),
        "</body></html>\n",
    ]
    return "".join(parts).encode()
