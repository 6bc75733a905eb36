# SPDX-License-Identifier: LGPL-3.0-or-later
"""Style sheets of recordings fetch nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

sheet = load("unicdo_trial_recording/tools/sheet.py")
FONT = "/web/static/lib/odoo_ui_icons/fonts/odoo_ui_icons.woff2"


def font(address):
    return "data:font/woff2;base64,AA==" if address == FONT else None


@pytest.mark.parametrize(("css", "expected"), [
    (".a{color:red}", ".a{color:red}"),
    (".a{background:url(https://out.example/x.png)}", '.a{background:url("data:,")}'),
    (".a{background:url('/web/image/1')}", '.a{background:url("data:,")}'),
    ('.a{background:URL( "//out.example" )}', '.a{background:url("data:,")}'),
    (f'@font-face{{src:url("{FONT}") format("woff2")}}', '@font-face{src:url("data:font/woff2;base64,AA==") format("woff2")}'),
    ("@font-face{src:url(/web/other.woff2)}", '@font-face{src:url("data:,")}'),
    ('.a{background:url("data:image/svg+xml,%3csvg/%3e")}', '.a{background:url("data:image/svg+xml,%3csvg/%3e")}'),
    ("""@import url("https://out.example/a.css") screen;.a{color:red}""", ".a{color:red}"),
    ("@import 'https://out.example/a.css';.a{color:red}", ".a{color:red}"),
    ("@IMPORT \"a;b.css\";.a{color:red}", ".a{color:red}"),
    ('.fa:before{content:"\\f000"}', '.fa:before{content:"\\f000"}'),
    ('.a:before{content:"url(https://kept.as.text)"}', '.a:before{content:"url(https://kept.as.text)"}'),
    (".a{background:u\\72 l(https://out.example)}", ".a{background:u_l(https://out.example)}"),
    (".a{background:u\\rl(https://out.example)}", ".a{background:u_l(https://out.example)}"),
    ("@\\import 'https://out.example';", "@_mport 'https://out.example';"),
    ('.a{background:image-set("https://out.example" 1x)}', '.a{background:nothing("https://out.example" 1x)}'),
    ('.a{background:-webkit-image-set("x" 1x)}', '.a{background:-webkit-nothing("x" 1x)}'),
    ('.a{background:src("https://out.example")}', '.a{background:url("data:,")}'),
    ("/* url(x) */.a{color:red}/* left open", ".a{color:red}"),
    (".a/**/{color:red}", ".a{color:red}"),
    ('.a{content:"open\n;} .b{background:url(/x)}"}', '.a{content:"open\n;} .b{background:url("data:,")}"}'),
    (".w-1\\/2{width:50%}", ".w-1\\/2{width:50%}"),
])
def test_a_sheet_stands_alone(css, expected):
    assert sheet.stand_alone(css, font) == expected


@given(st.lists(st.sampled_from([
    "url(", '"', "'", ")", "https://out.example", "/*", "*/", "\\", "@import ", ";", "{", "}", "u\\72l(", " ", "\n", ".a", ":",
    "image-set(", "data:image/png,", FONT,
]), max_size=30).map("".join))
def test_no_address_is_left_in_a_function_that_fetches(css):
    clean = sheet.stand_alone(css, font)
    bare = re.sub(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', '""', clean)
    assert not re.search(r"(?<![\w-])(?:url|src)\(\s*[^\"]", bare)
    assert "@import" not in bare or "https" not in clean.split("@import", 1)[1].split(";")[0].split('"')[0]
