# SPDX-License-Identifier: LGPL-3.0-or-later
import csv
import io
import json
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

names = load("unicdo_dsar/tools/names.py")
plain = load("unicdo_dsar/tools/plain.py")
redact = load("unicdo_dsar/tools/redact.py")
schema = load("unicdo_dsar/tools/schema.py")
tables = load("unicdo_dsar/tools/tables.py")

COLUMNS = [
    {"name": "name", "label": "Name", "type": "char"},
    {"name": "amount", "label": "Amount", "type": "float"},
]


@given(st.lists(st.fixed_dictionaries({"name": st.text(max_size=20), "amount": st.none() | st.integers()}), max_size=5))
def test_json_reads_back(rows):
    out = io.BytesIO()
    table = tables.JsonTable(out.write, {"source": "x"}, COLUMNS)
    for row in rows:
        table.add(row)
    table.close()
    read = json.loads(out.getvalue())
    assert read["records"] == rows
    assert read["source"] == "x"
    assert read["fields"]["amount"] == {"label": "Amount", "type": "float"}


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"])), min_size=2, max_size=2)
    )
)
def test_csv_reads_back_but_for_the_guard(rows):
    out = io.BytesIO()
    table = tables.CsvTable(out.write, ["a", "b"])
    for row in rows:
        table.add(row)
    read = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))[1:]
    assert read == [[tables.guard(cell) for cell in row] for row in rows]


def written(row):
    """One row as JSON, as CSV and as a page."""
    words = {"back": "Back", "files": "Files", "lang": "en", "dir": "ltr"}
    outs = [io.BytesIO() for _kind in range(3)]
    as_json, as_csv = tables.JsonTable(outs[0].write, {}, COLUMNS), tables.CsvTable(outs[1].write, ["Name", "Amount"])
    as_html = tables.HtmlTable(outs[2].write, "Title", "", words)
    for _time in range(2):
        as_json.add(row)
        as_csv.add([row["name"], str(row["amount"])])
        as_html.add(row["name"], [("Name", row["name"]), ("Amount", str(row["amount"])), ("Name", row["name"])])
    as_json.close()
    as_html.close()
    return [out.getvalue() for out in outs]


@given(
    st.fixed_dictionaries(
        {
            "name": st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
            | st.text("<&>\"',;\n=é😀", max_size=20),
            "amount": st.integers(),
        }
    )
)
def test_a_long_text_is_written_in_pieces_as_it_would_be_in_one(row):
    whole = written(row)
    with patch.object(tables, "PIECE", 3):
        cut = written(row)
    assert (cut[0], cut[2]) == (whole[0], whole[2])
    read = [list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))) for text in (cut[1], whole[1])]
    assert read[0] == read[1]


@pytest.mark.parametrize("cell", ["=1+1", "+32 1", "-1", "@SUM(A1)", "\tx", "\r=1", '=HYPERLINK("http://x")'])
def test_a_cell_that_could_be_a_formula_is_disarmed(cell):
    assert tables.guard(cell) == "'" + cell


def test_negative_amounts_stay_numbers():
    out = io.BytesIO()
    tables.CsvTable(out.write, ["Name", "Amount"]).add(["-x", "-12.5"], numbers={1})
    assert out.getvalue().decode("utf-8-sig").splitlines()[1] == "'-x,-12.5"


def test_html_escapes_everything():
    out = io.BytesIO()
    evil = "<script>alert(1)</script>\"'"
    words = {"back": evil, "files": evil, "lang": evil, "dir": "ltr"}
    page = tables.HtmlTable(out.write, evil, "", words)
    page.add(evil, [(evil, evil), ("Empty", "")], [(f"files/{evil}#?", evil)])
    page.close()
    text = out.getvalue().decode()
    assert "<script" not in text
    assert "Empty" not in text
    assert "%23%3F" in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Invoice 12.pdf", "Invoice 12.pdf"),
        ("../../etc/passwd", "_._etc_passwd"),
        ("a/b\\c:d.txt", "a_b_c_d.txt"),
        ("", "file"),
        (None, "file"),
        ("...", "file"),
        ("CON.txt", "_CON.txt"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("é" * 100 + ".pdf", "é" * 58 + ".pdf"),
        (".bashrc", "bashrc"),
    ],
)
def test_safe_name_table(name, expected):
    assert names.safe_name(name) == expected


@given(st.text())
def test_safe_name_never_leaves_its_folder(text):
    name = names.safe_name(text)
    assert name and "/" not in name and name not in (".", "..") and len(name.encode()) <= 120


@pytest.mark.parametrize(
    ("text", "phrases", "expected"),
    [
        ("Ann met Joann", ["Ann"], "█████ met Joann"),
        ("Annual talk with ann.", ["Ann"], "Annual talk with █████."),
        ("Ann Lee and Ann", ["Ann", "Ann Lee"], "█████ and █████"),
        ("call +32 1 (x)", ["+32 1 (x)"], "call █████"),
        ("nothing", ["", "  "], "nothing"),
        ("", ["x"], ""),
    ],
)
def test_black_out_table(text, phrases, expected):
    assert redact.black_out(text, phrases) == expected


def test_black_out_reaches_nested_values():
    value = {"author": {"id": 3, "name": "Ann"}, "lines": ["Ann", 4, None]}
    assert redact.black_out_value(value, ["Ann"]) == {"author": {"id": 3, "name": "█████"}, "lines": ["█████", 4, None]}


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("plain", "plain"),
        ("<p>One</p><p>Two &amp; three</p>", "One\nTwo & three"),
        ("a<br/>b<br>c", "a\nb\nc"),
        ("<ul>\n  <li>x</li>\n  <li>y</li>\n</ul>", "x\ny"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<style>p{}</style><!-- no --><b>x</b>", "x"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("&lt;b&gt;&nbsp;x", "<b> x"),
        ("", ""),
    ],
)
def test_plain_text_table(markup, expected):
    assert plain.plain_text(markup) == expected


TAGS = ("<p>", "</p>", "<br>", "<br> ", " <hr/>", "<td>a</td>", "<b title='<i>'>", "<style>p{}</style>", "<!-- > -->")
TEXTS = (" ", "\n\n", "\xa0", "a", "é", "b > c", "&amp;", "&lt;b&gt;", "&nbsp;")


@given(st.lists(st.sampled_from(TAGS + TEXTS), max_size=30).map("".join), st.integers(0, 8))
def test_a_long_text_is_taken_apart_in_pieces_as_it_would_be_in_one(markup, piece):
    whole = plain.plain_text(markup)
    with patch.object(plain, "PIECE", piece):
        assert plain.plain_text(markup) == whole


def test_schema_describes_what_the_table_writes():
    """DSR-4: another provider can check what it reads."""
    shape = schema.table_schema("Orders", COLUMNS)["properties"]["records"]["items"]["properties"]
    assert shape["amount"] == {"description": "Amount", "anyOf": [{"type": "number"}, {"type": "null"}]}
    assert schema.package_schema({"a": {}})["$schema"].startswith("https://json-schema.org/")
