# SPDX-License-Identifier: LGPL-3.0-or-later
"""Looks at a page, live or in the player: outline, picture, and picture without words."""
import json
from dataclasses import dataclass
from pathlib import Path

from tests.support.odoo_process import ROOT

ALLOWED = json.loads((ROOT / "unicdo_trial_recording/static/src/recorder/allow_list.json").read_text())
OUTLINE = (Path(__file__).parent / "outline.js").read_text().strip().rstrip(";")
#: inner size of the window that is recorded, CSS pixels
WIDTH, HEIGHT = 1280, 800
#: seen by nothing in the page, so that it is not recorded: words and pictures go, icons get one colour, all else stays
BARE = """
*, *::before, *::after {
    color: transparent !important; -webkit-text-fill-color: transparent !important; text-shadow: none !important;
    caret-color: transparent !important; transition: none !important; background-image: none !important;
    text-decoration-color: transparent !important;
}
.fa, .oi, .fa::before, .oi::before { color: #444 !important; -webkit-text-fill-color: #444 !important; }
img, svg, picture, video, canvas, iframe, object, embed { visibility: hidden !important; }
"""
#: resolves once nothing has changed for so many milliseconds, at the latest after ten seconds
QUIET = """(async (page) => {{
    const limit = performance.now() + 10000;
    let last = performance.now();
    const observer = new MutationObserver(() => (last = performance.now()));
    observer.observe(page, {{ subtree: true, childList: true, attributes: true, characterData: true }});
    const isBusy = () =>
        performance.now() - last < {quiet} ||
        (page === document && page.readyState !== "complete") || page.fonts.status !== "loaded" ||
        [...page.images].some((image) => image.loading !== "lazy" && !image.complete) ||
        page.getAnimations().some((item) => item.playState === "running" && item.effect.getTiming().iterations < 100);
    while (isBusy() && performance.now() < limit) {{
        await new Promise((resolve) => setTimeout(resolve, 50));
    }}
    observer.disconnect();
}})({page})"""


@dataclass
class Look:
    """What was seen: ``outline`` as ``outline.js`` tells it, ``picture`` and ``bare``: bytes of PNGs."""

    outline: dict
    picture: bytes
    bare: bytes


def wait_for_quiet(browser, page="document", quiet=700):
    """Wait until nothing moves.

    :param str page: JavaScript of the document meant
    :param int quiet: milliseconds without a change
    """
    browser.run(QUIET.format(page=page, quiet=quiet))


def look(browser, page="document", frame=None, place=None):
    """Look at a document.

    :param str page: JavaScript of the document meant
    :param str frame: DevTools id of its frame; None: the main one
    :param place: where its window's corner stands in the tab, CSS pixels; None: where the tab is scrolled to
    :return: :class:`Look`
    """
    outline = browser.run(f"({OUTLINE})({page}, {json.dumps(ALLOWED['tags'].split())})")
    place = place or browser.run("[scrollX, scrollY]")
    picture = browser.picture(*place, WIDTH, HEIGHT)
    frame = frame or frames(browser)[0]
    sheet = browser.send("CSS.createStyleSheet", frameId=frame)["styleSheetId"]
    browser.send("CSS.setStyleSheetText", styleSheetId=sheet, text=BARE)
    bare = browser.picture(*place, WIDTH, HEIGHT)
    browser.send("CSS.setStyleSheetText", styleSheetId=sheet, text="")
    return Look(outline, picture, bare)


def frames(browser):
    """DevTools ids of a frame, its first child, that one's first child, and so on."""
    branch, found = browser.send("Page.getFrameTree")["frameTree"], []
    while branch:
        found.append(branch["frame"]["id"])
        branch = next(iter(branch.get("childFrames", ())), None)
    return found


def prepare(browser):
    """Switch on what looking needs."""
    for domain in ("DOM", "CSS"):
        browser.send(f"{domain}.enable")
