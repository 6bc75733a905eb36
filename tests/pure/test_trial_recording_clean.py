# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a recording may hold (REC-1): only what is listed, in the browser and again on the server."""

import gzip
import itertools
import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import REPO, load

clean = load("unicdo_trial_recording/tools/clean.py")
chunk = load("unicdo_trial_recording/tools/chunk.py")
css = load("unicdo_trial_recording/tools/clean_css.py")

TERMS = ["Confirm", "Sales Order", "x"]
CANARY = "canary"
RECORDER = REPO / "unicdo_trial_recording/static/src/recorder"
#: reads one JSON list of events per line, writes what the browser's cleaning makes of each event
NODE = """
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
const [folder, terms] = process.argv.slice(2);
const { Cleaner } = await import(`${folder}/cleaner.js`);
const cleaner = new Cleaner(JSON.parse(readFileSync(`${folder}/allow_list.json`)), JSON.parse(terms));
for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(JSON.parse(line).map((event) => cleaner.event(event))));
}
"""


def cleaner():
    return clean.Cleaner(clean.load_allow_list(), frozenset(TERMS))


def snapshot(*nodes):
    return {"type": 2, "timestamp": 1, "data": {
        "node": {"type": 0, "id": 1, "childNodes": list(nodes)}, "initialOffset": {"left": 0, "top": 0}}}


def element(tag, attributes=None, *children, **more):
    return {"type": 2, "id": 5, "tagName": tag, "attributes": attributes or {}, "childNodes": list(children), **more}


def text(content, **more):
    return {"type": 3, "id": 6, "textContent": content, **more}


def change(**data):
    return {"type": 3, "timestamp": 1, "data": {"source": 0, "texts": [], "attributes": [], "removes": [], "adds": [], **data}}


def only(event):
    [kept] = cleaner().clean([event])
    return kept["data"]


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(("given_text", "kept"), [
    ("Confirm", "Confirm"),
    ("  Confirm\n ", " Confirm\n"),
    ("Sales  Order", "Sales Order"),
    ("confirm", "xxxxxxx"),
    ("Confirm Ann", "xxxxxxx xxx"),
    ("Ann Smith", "xxx xxxxx"),
    ("1,234.50 €", "xxxxxxxx x"),
    ("a-word-of-more-than-twelve-signs", "x" * 12),
    ("😀😀", "xx"),
    ("\ufeff", "\u200b"),
    ("see \ufeff\u200bcanary\u2060.", "xxx \u200bxxxxxx\u200bx"),
    ("", ""),
    (" \n ", "\n"),
])
def test_a_text_stays_only_if_it_equals_a_term(given_text, kept):
    assert cleaner().text(given_text) == kept


@pytest.mark.parametrize(("path", "pattern"), [
    ("/odoo/sales/123", "/odoo/sales/:id"),
    ("/odoo/action-345/7", "/odoo/action-:id/:id"),
    ("/my/orders/12?access_token=canary", "/my/orders/:id"),
    ("/shop/blue-chair-17#attr=1", "/shop/:name"),
    ("/odoo/res.partner/ann", "/odoo/:name/:name"),
    ("/", "/"),
    ("", ""),
    ("no path", ""),
])
def test_an_address_becomes_a_route(path, pattern):
    assert cleaner().route(path) == pattern
    assert cleaner().route(pattern) == pattern
    origin = "https://demo.example:8069"
    assert cleaner().address(f"{origin}{path}") == (f"{origin}{pattern}" if path[:1] in "/" else "")


# ---------------------------------------------------------------- attributes and elements


@pytest.mark.parametrize(("attributes", "kept"), [
    ({"class": "btn o_form_view canary fa-user col-6 canary_x", "id": "canary"}, {"class": "btn o_form_view fa-user col-6"}),
    ({"class": "max-w-100 max-canary form-canary user_canary link-12345 ratio-16x9 mb104"
               " o_tag_color_3 oe_4111111 s_title o-mail-Message"},
     {"class": "max-w-100 ratio-16x9 mb104 o_tag_color_3 s_title o-mail-Message"}),
    ({"title": "canary", "alt": "canary", "placeholder": "Confirm", "data-canary": "1", "aria-label": "canary"},
     {"placeholder": "Confirm"}),
    ({"href": "https://x.example/my/orders/1?access_token=canary"}, {}),
    ({"rel": "stylesheet", "href": "https://x.example/web/assets/1a2b/web.assets_web.min.css?canary"},
     {"rel": "stylesheet", "href": "/web/assets/1a2b/web.assets_web.min.css"}),
    ({"rel": "stylesheet", "href": "/web/assets/12/1a2b/web.assets_frontend.min.css"},  # of a website
     {"rel": "stylesheet", "href": "/web/assets/12/1a2b/web.assets_frontend.min.css"}),
    ({"href": "/web/assets/1/../../canary.css"}, {}),
    ({"rel": "stylesheet", "media": "print"}, {"rel": "stylesheet", "media": "print"}),
    ({"rel": "canary", "media": "(canary: 1px)"}, {}),
    ({"value": "canary", "type": "password", "checked": True}, {"type": "password", "value": "xxxxxxxx"}),
    ({"value": ""}, {"value": ""}),
    ({"style": "width: 10px; background: url(canary); --x: canary; font-family: canary; COLOR: Red"},
     {"style": "width:10px;color:red"}),
    # what a script computes has more decimals than a screen has use for
    ({"style": "width: 33.333333333333336%; height: .12345678em; top: 12345678.5px; left: 1.5.5px"},
     {"style": "width:33.333333%;height:.123456em"}),
    ({"onclick": "canary()", "srcdoc": "canary", "action": "canary", "src": "canary", "name": "canary", "for": "canary"}, {}),
    ({"colspan": "2", "rr_width": "12.5px", "tabindex": -1, "width": "canary", "rr_height": "39.984375px"},
     {"colspan": "2", "rr_width": "12.5px", "tabindex": -1, "rr_height": "39.98px"}),
    ({"role": "dialog", "type": "canary", "lang": "de_DE", "dir": "rtl"}, {"role": "dialog", "lang": "de_DE", "dir": "rtl"}),
    ({"style": "--o-wsale-ppr: 4; --o-wsale-ppg: canary; --o-wsale-canary: 1; --o-wsale-products-grid-gap: url(canary)"},
     {"style": "--o-wsale-ppr:4"}),
    ({"data-vcss": "001", "data-popper-placement": "bottom-start", "data-corner": "canary", "name": "sale_quantity"},
     {"data-vcss": "001", "data-popper-placement": "bottom-start", "name": "sale_quantity"}),
    ({"class": "product_price canary_price", "id": "products_grid"}, {"class": "product_price", "id": "products_grid"}),
    ({"_cssText": ".btn{color:red;content:'canary'}"}, {"_cssText": ".btn{color:red}"}),
])
def test_attributes_go_unless_they_are_listed(attributes, kept):
    node = only(snapshot(element("div", attributes)))["node"]["childNodes"][0]
    assert node["attributes"] == kept
    assert only(change(attributes=[{"id": 5, "attributes": attributes}]))["attributes"][0]["attributes"] == kept


@pytest.mark.parametrize("tag", ["img", "svg", "iframe", "video", "canvas", "object", "embed", "IMG"])
def test_media_become_empty_places_of_their_size(tag):
    sent = element(tag, {"src": "canary", "rr_width": "20px", "rr_height": "30px", "alt": "Confirm"}, text("canary"))
    node = only(snapshot(sent))["node"]["childNodes"][0]
    assert (node["tagName"], node["childNodes"]) == ("img", [])
    assert node["attributes"] == {"rr_width": "20px", "rr_height": "30px"}


@pytest.mark.parametrize("tag", ["script", "noscript", "template", "base"])
def test_what_runs_or_hides_leaves_nothing(tag):
    node = only(snapshot(element(tag, {"src": "canary"}, text("canary"))))["node"]["childNodes"][0]
    assert (node["tagName"], node["attributes"], node["childNodes"]) == ("meta", {}, [])


def test_unknown_elements_lose_their_name():
    assert only(snapshot(element("canary-box", {}, text("Confirm"))))["node"]["childNodes"][0]["tagName"] == "div"


# ---------------------------------------------------------------- events


@pytest.mark.parametrize("event", [
    {"type": 3, "data": {"source": source, "canary": "canary"}} for source in (7, 9, 10, 11, 14, 16, 99)
] + [
    {"type": 6, "data": {"plugin": "rrweb/console", "payload": "canary"}},
    {"type": 5, "data": {"tag": "canary", "payload": {}}},
    {"type": 7, "data": {}},
    change(isAttachIframe=True),
])
def test_what_is_not_listed_is_no_event(event):
    assert cleaner().clean([{"timestamp": 1, **event}]) == []


def test_input_says_only_that_there_is_some():
    data = {"source": 5, "id": 7, "text": "canary in a long text", "isChecked": True, "userTriggered": True}
    kept = only({"type": 3, "timestamp": 1, "data": data})
    assert kept == {"source": 5, "id": 7, "text": "xxxxxxxx", "isChecked": False}


def test_our_own_facts_are_rebuilt():
    payload = {"surface": "backend", "model": "x_canary", "view": "canary", "route": "/odoo/ann/3?canary", "more": "canary"}
    kept = only({"type": 5, "timestamp": 1, "data": {"tag": "unicdo.view", "payload": payload}})
    assert kept["payload"] == {"surface": "backend", "model": "custom", "view": "", "route": "/odoo/:name/:id"}


@pytest.mark.parametrize("event", [
    None, [], "x", {}, {"type": 3}, {"type": 3, "timestamp": 1}, {"type": "3", "timestamp": 1, "data": {}},
    {"type": 3, "timestamp": 1, "data": []}, {"type": 2, "timestamp": 1, "data": {}},
    {"type": 3, "timestamp": float("nan"), "data": {}}, {"type": True, "timestamp": 1, "data": {}},
    {"type": 3, "timestamp": -1, "data": {"source": 3}}, {"type": 3, "timestamp": 1, "data": {"source": 3, "id": "x"}},
    {"type": 3, "timestamp": 1, "data": {"source": 3, "id": 1, "x": 1e9}},
    {"type": 3, "timestamp": 1, "data": {"source": 2, "id": 1, "type": 99}},
    {"type": 3, "timestamp": 1, "data": {"source": 8, "adds": [{"rule": "a{}", "index": -1}]}},
    change(adds="x"), change(adds=[{}]), change(texts=[{"id": 1, "value": 5}]), change(adds=[{"parentId": 1, "node": text(5)}]),
    {"type": 5, "timestamp": 1, "data": {"tag": "unicdo.view", "payload": {"model": 5}}},
])
def test_broken_events_are_refused(event):
    with pytest.raises(chunk.BadChunk):
        cleaner().clean([event])


# ---------------------------------------------------------------- style sheets


@pytest.mark.parametrize(("sheet", "kept"), [
    (".btn { color: red }", ".btn{color:red}"),
    (".btn, .canary { color: red }", ".btn{color:red}"),
    ("a[title='canary'] { color: red }", ""),
    ("@import url(canary); .btn{color:red}", ".btn{color:red}"),
    ("@font-face { font-family: canary; src: url(canary) } .btn{color:red}", ".btn{color:red}"),
    ("/* canary */ .btn{ color:/* canary */ red }", ".btn{color:red}"),
    (".btn:after { content: 'canary'; color: red }", ".btn:after{color:red}"),
    ("@media (max-width: 768px) { .btn { width: calc(100% - 10px) } }",
     "@media (max-width: 768px){.btn{width:calc(100% - 10px)}}"),
    ("@media (canary: 1px) { .btn { color: red } }", ""),
    ("@supports (x: canary) { .btn { color: red } } .btn{order:1}", ".btn{order:1}"),
    (".btn > .o_form ~ a:hover { margin: -1.5rem auto !important }", ".btn>.o_form~a:hover{margin:-1.5rem auto !important}"),
    (".btn { width: 12345678px; color: #canary; animation-name: canary }", ""),
    (".btn { color: red", ".btn{color:red}"),
    ("</style><script>canary</script>", ""),
    (".btn{color:red}</style><img src=canary>", ".btn{color:red}"),
    (r".b\74n{color:red}", ""),
    (".btn{.canary{color:red}}", ""),
])
def test_of_style_sheets_only_what_is_listed_stays(sheet, kept):
    cleaned = css.CssCleaner(clean.load_allow_list()).sheet(sheet)
    assert " ".join(cleaned.split()) == " ".join(kept.split())
    assert CANARY not in cleaned


# ---------------------------------------------------------------- any structure at all

SPOTS = st.sampled_from([
    CANARY, f"btn-{CANARY} max-w-100 user_{CANARY}", f"a {CANARY} b", f"https://x.example/{CANARY}?t={CANARY}", f"url({CANARY})",
    f".{CANARY}{{x:y}}", f"width:1px;--a:{CANARY}", f"<b>{CANARY}", f"/{CANARY}/5",
    f"a\ufeff{CANARY}\u200b\u2060b", "001", "12.3456789px", "1234567.5", "1234567", "Confirm", "btn", "", "/web/assets/1/x.css",
])
NAMES = st.sampled_from([*clean.load_allow_list()["attributes"], "alt", "data-x", "src", "_cssText", "CLASS", CANARY])
TAGS = st.sampled_from([*"div span a input style link svg img script title canary-x IFRAME".split(), CANARY])
VALUES = st.one_of(SPOTS, st.none(), st.booleans(), st.integers(-5, 5), st.dictionaries(
    st.sampled_from(["width", "color", CANARY]), st.one_of(SPOTS, st.just(False), st.lists(SPOTS, max_size=2)), max_size=2))
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=4)
IDS = st.integers(1, 50)


def nodes(children):
    return st.one_of(
        st.fixed_dictionaries(
            {"type": st.just(2), "id": IDS, "tagName": TAGS, "attributes": ATTRIBUTES,
             "childNodes": st.lists(children, max_size=3)},
            optional={"needBlock": st.booleans(), "isShadowHost": st.booleans(), "isSVG": st.booleans(), "extra": SPOTS}),
        st.fixed_dictionaries({"type": st.just(3), "id": IDS, "textContent": SPOTS}, optional={"isStyle": st.booleans()}),
        st.fixed_dictionaries({"type": st.sampled_from([1, 4, 5]), "id": IDS, "textContent": SPOTS, "name": SPOTS}),
    )


NODES = st.recursive(st.fixed_dictionaries({"type": st.just(3), "id": IDS, "textContent": SPOTS}), nodes, max_leaves=12)
SOURCES = st.one_of(
    st.fixed_dictionaries({
        "source": st.just(0),
        "texts": st.lists(st.fixed_dictionaries({"id": IDS, "value": st.one_of(st.none(), SPOTS)}), max_size=2),
        "attributes": st.lists(st.fixed_dictionaries({"id": IDS, "attributes": ATTRIBUTES}), max_size=2),
        "removes": st.just([]),
        "adds": st.lists(st.fixed_dictionaries(
            {"parentId": IDS, "nextId": st.one_of(st.none(), IDS), "node": NODES}), max_size=2),
    }),
    st.fixed_dictionaries({"source": st.just(5), "id": IDS, "text": SPOTS, "isChecked": st.booleans()}),
    st.fixed_dictionaries({"source": st.just(8), "adds": st.lists(st.fixed_dictionaries({"rule": SPOTS}), max_size=2)}),
    st.fixed_dictionaries({"source": st.just(13), "index": st.lists(st.integers(0, 9), min_size=1, max_size=2),
                           "set": st.fixed_dictionaries(
        {"property": st.sampled_from(["width", "content", CANARY]), "value": SPOTS, "priority": SPOTS})}),
    st.fixed_dictionaries({"source": st.integers(0, 20), "id": IDS, "type": st.integers(0, 14),
                           "x": st.floats(-1e6, 1e6), "y": IDS, "href": SPOTS, "positions": st.just([]), "more": SPOTS}),
)
EVENTS = st.one_of(
    st.fixed_dictionaries({"type": st.just(2), "timestamp": IDS, "data": st.fixed_dictionaries(
        {"node": NODES, "initialOffset": st.just({"left": 0, "top": 0})})}),
    st.fixed_dictionaries({"type": st.just(3), "timestamp": IDS, "data": SOURCES}),
    st.fixed_dictionaries({"type": st.just(4), "timestamp": IDS,
                           "data": st.fixed_dictionaries({"href": SPOTS, "width": IDS, "height": IDS})}),
    st.fixed_dictionaries({"type": st.integers(0, 7), "timestamp": IDS, "data": st.fixed_dictionaries(
        {"tag": st.sampled_from(["unicdo.view", "unicdo.end", "unicdo.error", CANARY]),
         "payload": st.dictionaries(st.sampled_from(["surface", "model", "view", "route", "why", CANARY]), SPOTS)})}),
)


def on_server(event):
    """What the server's cleaning makes of an event; None too where it refuses it."""
    try:
        return cleaner().event(event)
    except chunk.BadChunk:
        return None


@given(EVENTS)
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_canary_survives_nowhere(event):
    """REC-1: whatever the structure, what is not of the interface is not in what is kept."""
    kept = on_server(event)
    assert CANARY not in json.dumps(kept).lower()
    assert on_server(kept) == kept if kept else True


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A process that cleans as the browser does."""
    folder = tmp_path_factory.mktemp("recorder")
    for path in RECORDER.glob("clean*.js"):
        (folder / path.name).write_text(path.read_text())
    (folder / "allow_list.json").write_text((RECORDER / "allow_list.json").read_text())
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "main.js").write_text(NODE)
    process = subprocess.Popen(
        ["node", folder / "main.js", folder, json.dumps(TERMS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.stdin.close()
    process.wait(10)


@given(events=st.lists(EVENTS, min_size=1, max_size=4))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_browser_and_server_clean_alike(browser, events):
    browser.stdin.write(json.dumps(events) + "\n")
    browser.stdin.flush()
    assert json.loads(browser.stdout.readline()) == [on_server(event) for event in events]


# ---------------------------------------------------------------- pieces from outside


def pack(content):
    return gzip.compress(content if isinstance(content, bytes) else json.dumps(content).encode())


def parse(packed):
    return chunk.parse_chunk(packed, 100_000, 256, 1000)


def test_a_piece_is_unpacked():
    assert parse(pack({"v": 1, "events": [{"a": 1}]})) == [{"a": 1}]


@pytest.mark.parametrize(("packed", "reason"), [
    (b"", "gzip"), (b"x" * 100, "gzip"), (pack({"v": 1, "events": [1]})[:-4], "gzip"),
    (pack({"v": 1, "events": [1]}) + b"x", "gzip"),
    (pack({"v": 1, "events": [1]}) * 2, "gzip"), (pack(b"\0" * 100_001), "large"), (pack(b"[" * 90_000), "deep"),
    (pack(b'{"v":1,"events":' + b'{"a":' * 300 + b"1" + b"}" * 301), "deep"), (pack(b"nonsense"), "json"),
    (pack(b'{"v":1,"events":[NaN]}'), "json"), (pack(b'{"v":1,"events":["\xff"]}'), "json"), (pack([1]), "envelope"),
    (pack({"v": 2, "events": [1]}), "envelope"), (pack({"v": 1, "events": []}), "envelope"),
    (pack({"v": 1, "events": {}}), "envelope"),
    (pack({"v": 1, "events": [1], "more": 1}), "envelope"), (pack({"v": True, "events": [1]}), "envelope"),
    (pack({"v": 1, "events": [1] * 1001}), "many"),
])
def test_what_is_no_piece_is_refused(packed, reason):
    with pytest.raises(chunk.BadChunk) as refused:
        parse(packed)
    assert refused.value.reason == reason


def test_a_bomb_takes_no_memory():
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000) * 1) + b""
    with pytest.raises(chunk.BadChunk):
        parse(bomb)
    with pytest.raises(chunk.BadChunk):
        parse(gzip.compress(b"\0" * 50_000_000))


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_nothing_else_happens(garbage):
    with pytest.raises(chunk.BadChunk):
        parse(garbage)
    with pytest.raises(chunk.BadChunk):
        parse(gzip.compress(garbage))


def test_the_list_names_only_what_is_clean_itself():
    allow = clean.load_allow_list()
    assert not set(allow["blocked"].split()) & set(allow["tags"].split())
    assert set(allow["replaced"].split()) <= set(allow["blocked"].split())
    assert not [name for name in allow["attributes"] if name.startswith("on") or name in ("src", "srcset", "action", "srcdoc")]
    assert Path(clean.ALLOW_LIST) == RECORDER / "allow_list.json"


# ---------------------------------------------------------------- broken events of any kind

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2**70, 2**70), st.floats(allow_nan=False, allow_infinity=False),
              st.text(max_size=5), SPOTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(
        "type data source id node attributes childNodes tagName textContent positions adds rule index set styles".split()
    ), inner, max_size=4)), max_leaves=10)


@st.composite
def broken(draw):
    """A good event with one of its parts replaced by anything."""
    event = json.loads(json.dumps(draw(EVENTS)))
    place = event
    for _step in range(draw(st.integers(1, 8))):
        keys = list(place) if isinstance(place, dict) else range(len(place))
        if not keys:
            break
        key = draw(st.sampled_from(list(keys)))
        if not isinstance(place[key], (dict, list)) or draw(st.integers(0, 3)) == 0:
            place[key] = draw(JSON)
            break
        place = place[key]
    return event


@given(st.one_of(JSON, broken()))
@settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_broken_event_is_refused_or_cleaned_and_nothing_else_happens(event):
    kept = on_server(event)
    assert CANARY not in json.dumps(kept).lower()


@given(events=st.lists(st.one_of(JSON, broken()), min_size=1, max_size=3))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_browser_and_server_take_broken_events_alike(browser, events):
    browser.stdin.write(json.dumps(events) + "\n")
    browser.stdin.flush()
    assert json.loads(browser.stdout.readline()) == [on_server(event) for event in events]


# ---------------------------------------------------------------- small events

fold = load("unicdo_trial_recording/tools/fold.py")
FOLD = """
import { createInterface } from "node:readline";
const { fold } = await import(`${process.argv[2]}/fold.js`);
for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(fold(JSON.parse(line))));
}
"""


def unfold(event):
    return fold.unfold([event], 100_000)[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A process that makes events small as the browser does."""
    place = tmp_path_factory.mktemp("fold")
    (place / "fold.js").write_text((RECORDER / "fold.js").read_text())
    (place / "package.json").write_text('{"type": "module"}')
    (place / "main.js").write_text(FOLD)
    process = subprocess.Popen(["node", place / "main.js", place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.stdin.close()
    process.wait(10)


def play(adds):
    """The children of each node after steps of ``adds``, as the player does them; 1 to 3 were there before."""
    children = {1: [2, 3]}
    for step in adds:
        row = children.setdefault(step["parentId"], [])
        place = len(row) if step["nextId"] is None else row.index(step["nextId"])
        row.insert(place, step["node"]["id"])
    return children


@st.composite
def additions(draw):
    """Whole parts that come into a page, each beside or within what is there, numbered as the browser does."""
    children, adds, numbers = {1: [2, 3], 2: [], 3: []}, [], itertools.count(4)
    for shape in draw(st.lists(PARTS, min_size=1, max_size=4)):
        parent = draw(st.sampled_from(sorted(children)))
        place = draw(st.integers(0, len(children[parent])))
        following = children[parent][place] if place < len(children[parent]) else None
        node = {**shape, "id": next(numbers)}
        children[parent].insert(place, node["id"])
        children[node["id"]] = []
        adds.append({"parentId": parent, "nextId": following, "node": numbered(node, numbers)})
    return adds


PARTS = st.recursive(
    st.sampled_from([element("div", {"class": "btn"}), element("p"), text("Confirm")]),
    lambda parts: st.lists(parts, max_size=4).map(lambda children: element("div", {"class": "row"}, *children)), max_leaves=12)


def numbered(node, numbers):
    """A copy of a node whose children have their numbers: from the last to the first, then what is in each."""
    children = [{**child, "id": None} for child in node.get("childNodes", [])]
    for child in reversed(children):
        child["id"] = next(numbers)
    return {**node, "childNodes": [numbered(child, numbers) for child in children]} if "childNodes" in node else node


def steps(parent, following, node):
    """A part as single steps, each node without what is in it."""
    yield {"parentId": parent, "nextId": following, "node": {**node, "childNodes": []}}
    children = node.get("childNodes", [])
    for child, neighbour in [*zip(children, [*children[1:], None], strict=False)][::-1]:
        yield from steps(node["id"], neighbour and neighbour["id"], child)


def made_small(folder, event):
    folder.stdin.write(json.dumps(event) + "\n")
    folder.stdin.flush()
    return json.loads(folder.stdout.readline())


def told(event):
    """All new nodes of an event, cleaned, by their numbers."""
    [cleaned] = cleaner().clean([event])
    return {step["node"]["id"]: step["node"] for step in cleaned["data"]["adds"]}


@given(additions())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_event_made_small_builds_the_same_page(folder, adds):
    small = made_small(folder, change(adds=adds))
    assert small["data"]["shapes"]
    again = unfold(small)
    expected = [step for add in adds for step in steps(add["parentId"], add["nextId"], add["node"])]
    assert play(again["data"]["adds"]) == play(expected)
    assert told(again) == told(change(adds=expected))


def test_an_event_that_adds_nothing_stays_as_it_is(folder):
    event = change(texts=[{"id": 5, "value": "x"}])
    assert unfold(made_small(folder, event)) == event


def test_what_is_in_a_shadow_root_stays_a_part_of_its_own(folder):
    light, inner = element("div", id=5), element("div", id=7)
    host, shadow = element("div", None, light, id=4), {**element("div", None, inner, id=6), "isShadow": True}
    small = made_small(folder, change(adds=[
        {"parentId": 1, "nextId": None, "node": host}, {"parentId": 4, "nextId": None, "node": shadow}]))
    assert len(small["data"]["adds"]) == 2
    [again] = cleaner().clean([unfold(small)])
    places = [(add["parentId"], add["nextId"], add["node"]["id"], "isShadow" in add["node"]) for add in again["data"]["adds"]]
    assert places == [(1, None, 4, False), (4, None, 5, False), (4, None, 6, True), (6, None, 7, False)]


NODE_SHAPES = [{"type": 2, "tagName": "div"}, {"type": 3, "textContent": "x" * 1000}]


@pytest.mark.parametrize(("adds", "shapes"), [
    (adds, NODE_SHAPES) for adds in (
        None, 5, [5], [[]], [[1, None]], [[1, None, 0, 0]], [[1, None, "0"]], [[1, None, 2]], [[1, None, -1]], [[1, None, True]],
        [[1, None, []]], [[1, None, [0, "1"]]], [[1, None, [0, 1, 5]]], [[1, None, [0, 1, [None]]]], [[1, None, [0, 1, [], 1]]],
        [[1, None, [0, 1, [0] * (fold.MOST_NODES + 1)]]],  # too many
        [[1, None, [0, 1, [1] * 200]]],  # few bytes that become many
    )
] + [([[1, None, 0]], shapes) for shapes in (None, 5, {}, [], [5], ["x"])])
def test_what_only_says_that_it_was_made_small_is_refused(adds, shapes):
    with pytest.raises(chunk.BadChunk):
        unfold(change(adds=adds, shapes=shapes))
