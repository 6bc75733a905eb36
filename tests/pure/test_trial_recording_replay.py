# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the player takes of a recording (REC-2): style sheets for the medium they were for, whole streams, real pages."""

import gzip
import json
import subprocess
import tempfile

import pytest

from conftest import REPO, load

piece = load("unicdo_trial_recording/tools/piece.py")
REPLAY = REPO / "unicdo_trial_recording/static/src/watch/replay.js"
#: writes what is left of a link's attributes
NODE = """
import { readFileSync } from "node:fs";
const [file, attributes, sheets] = process.argv.slice(2);
globalThis.window = {};
(0, eval)(readFileSync(file, "utf8"));
const guard = new window.unicdoReplay.Guard(JSON.parse(sheets));
console.log(JSON.stringify(guard.linkAttributes(JSON.parse(attributes))));
"""
SHEETS = {"/web/assets/1/web.assets_web.min.css": ".a{color:red}"}
[SHEET] = SHEETS


@pytest.mark.parametrize(("attributes", "kept"), [
    ({"rel": "stylesheet", "href": SHEET}, {"_cssText": SHEETS[SHEET]}),
    ({"rel": "stylesheet", "href": SHEET, "media": "print"}, {"_cssText": SHEETS[SHEET], "media": "print"}),
    ({"rel": "stylesheet", "href": SHEET, "media": "(width: 1px), url(x)"}, {"_cssText": SHEETS[SHEET]}),
    ({"rel": "stylesheet", "href": "https://elsewhere.example/a.css", "media": "print"}, {"media": "print"}),
    ({"rel": "stylesheet", "_cssText": ".a{background:url(x)}", "media": "screen"},
     {"_cssText": ".a{background:nothing(x)}", "media": "screen"}),
    (None, {}),
])
def test_a_style_sheet_is_shown_for_its_medium(attributes, kept):
    """REC-2: print styles never change what is watched; nothing is fetched."""
    command = ["node", "--input-type=module", "-", str(REPLAY), json.dumps(attributes), json.dumps(SHEETS)]
    done = subprocess.run(command, input=NODE, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == kept


#: writes what is read of the stream in a file, or how that failed
READ = """
import { readFileSync } from "node:fs";
const [file, content] = process.argv.slice(2);
globalThis.window = {};
(0, eval)(readFileSync(file, "utf8"));
const told = [];
window.unicdoReplay.read(new Uint8Array(readFileSync(content)), {}, (share) => told.push(share)).then(
    (events) => console.log(JSON.stringify({ times: events.map(({ timestamp }) => timestamp), told: told.length })),
    (error) => console.log(JSON.stringify({ error: error.name }))
);
"""
HTML = {"type": 2, "tagName": "html", "attributes": {}, "childNodes": [], "id": 2}


def page_event(timestamp, *nodes):
    return {"type": 2, "timestamp": timestamp, "data": {"node": {"type": 0, "id": 1, "childNodes": list(nodes)}}}


def read(content):
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        command = ["node", "--input-type=module", "-", str(REPLAY), file.name]
        done = subprocess.run(command, input=READ, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_stream_is_read_in_order_of_time_and_without_what_is_no_page():
    """REC-2: a page without a root would stop the player."""
    pieces = [piece.pack(0, [page_event(2, HTML), page_event(3), page_event(4, None, 1)]), piece.pack(1, [page_event(1, HTML)])]
    assert read(b"".join(piece.stream(pieces))) == {"times": [1, 2], "told": 2}


@pytest.mark.parametrize("cut", [0, 1, 4, 50, -1, -4, -5])
def test_a_cut_stream_is_not_taken_for_a_whole_one(cut):
    """REC-2: whoever watches is told that something is missing."""
    content = b"".join(piece.stream([piece.pack(0, [page_event(1, HTML)])]))
    assert "error" in read(content[:cut])


def test_more_than_a_tab_can_take_is_refused():
    """REC-2: little may stand for much; the page around stays."""
    large = gzip.compress(b" " * 90_000_000 + b'{"events":[]}')
    assert read(b"".join(piece.stream([large] * 12))) == {"error": "RangeError"}
