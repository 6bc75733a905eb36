# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the player takes of a recording (REC-2): style sheets for the medium they were for."""

import json
import subprocess

import pytest

from conftest import REPO

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
