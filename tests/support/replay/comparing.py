# SPDX-License-Identifier: LGPL-3.0-or-later
"""Says how alike two looks at a page are: the live one and the one in the player."""
import base64
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from tests.support.odoo_process import ROOT
from tests.support.replay.looking import ALLOWED, HEIGHT, WIDTH

PICTURES = (Path(__file__).parent / "pictures.js").read_text().strip().rstrip(";")
BESIDE = f"""async (pictures) => {{
    const canvas = new OffscreenCanvas({2 * WIDTH + 10}, {HEIGHT});
    const context = canvas.getContext("2d");
    for (const [number, base64] of pictures.entries()) {{
        const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
        context.drawImage(await createImageBitmap(new Blob([bytes])), number * {WIDTH + 10}, 0);
    }}
    const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}}"""
#: pixels by which a box may be higher, lower or taller: texts that wrap elsewhere make a line's difference, and count
UPRIGHT = 4
#: pixels by which a box may be further along or wider: a mask has as many letters as its word, up to twelve, but an x is not
#: as wide as any letter; most words come out within 8 pixels of themselves, lines of some words within 16
ALONG = 16
#: pixels of a cell in pictures, and by how much its lightness (0 to 255) may differ: a border of one pixel in the lightest
#: gray, a pixel aside, is no difference; a button that is missing is
CELL, SLACK = 4, 10


@dataclass
class Likeness:
    """Shares, 1 is alike.

    ``there``: of the live page's visible elements that are visible at the same path; ``more``: of those in the player that
    are not in the live page, to the same number; ``classes``: of elements with the same listed classes; ``boxes``: of those
    in the window, with the same size and place within their parent; ``picture``: of cells as light; ``drawn``: of those of
    them where one of the pictures has more than a plain surface.
    """

    elements: int
    there: float
    more: float
    classes: float
    boxes: float
    picture: float
    drawn: float


def compare(browser, live, seen):
    """Compare two looks.

    :param browser: Chromium with any page, which compares the pictures
    :return: :class:`Likeness`
    """
    both = [path for path in live.outline if path in seen.outline]
    inside = [path for path in both if _is_inside(live.outline[path])]
    alike = sum(_listed(live.outline[path][4]) == _shown(seen.outline[path][4]) for path in both)
    placed = sum(_is_placed(live.outline, seen.outline, path) for path in inside)
    texts = [base64.b64encode(look.bare).decode() for look in (live, seen)]
    cells = browser.run(f"({PICTURES})({json.dumps(texts)}, {CELL}, {SLACK})")
    total = len(live.outline)
    return Likeness(
        total, len(both) / total, (len(seen.outline) - len(both)) / total, alike / max(len(both), 1),
        placed / max(len(inside), 1), 1 - cells["different"] / cells["cells"],
        1 - cells["drawnDifferent"] / max(cells["drawn"], 1))


def beside(browser, live, seen):
    """Both pictures side by side, for people: bytes of a PNG."""
    texts = [base64.b64encode(look.picture).decode() for look in (live, seen)]
    return base64.b64decode(browser.run(f"({BESIDE})({json.dumps(texts)})"))


def _css():
    spec = importlib.util.spec_from_file_location("clean_css", ROOT / "unicdo_trial_recording/tools/clean_css.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CssCleaner(ALLOWED)


_CSS = _css()


def _listed(classes):
    """Those classes of the live page that a recording may hold."""
    return {name for name in classes.split() if _CSS.is_class(name)}


def _shown(classes):
    """The player's classes without those that it adds itself."""
    return {name for name in classes.split() if name not in (":hover", "rrweb-paused")}


def _is_inside(item):
    x, y, width, height, _classes = item
    return x < WIDTH and y < HEIGHT and x + width > 0 and y + height > 0


def _is_placed(live, seen, path):
    parent = path.rpartition("/")[0]
    while parent and not (parent in live and parent in seen):
        parent = parent.rpartition("/")[0]
    pairs = [(_within(live, path, parent)), (_within(seen, path, parent))]
    gaps = [abs(one - other) for one, other in zip(*pairs, strict=True)]
    return max(gaps[0], gaps[2]) <= ALONG and max(gaps[1], gaps[3]) <= UPRIGHT


def _within(outline, path, parent):
    """Place of a box from its parent's corner, and its size."""
    x, y, width, height, _classes = outline[path]
    left, top = outline[parent][:2] if parent else (0, 0)
    return x - left, y - top, width, height
