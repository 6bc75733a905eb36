# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the recorder tells of a page is the page: whatever scripts do to it, the copy that is played ends up the same (REC-1)."""
import collections
import difflib
import functools
import gzip
import importlib
import itertools
import json
import sys
import threading
import types
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.chromium import Chromium
from tests.support.odoo_process import ROOT

pytestmark = pytest.mark.quiet

SEEDS, PLAYED, BATCHES = 100, 20, 25
PAGE = b"""<!doctype html><html><head><title>A page</title><meta name="x"/><style>.btn { top: 0 }</style></head>
<body><script src="/lib/record.min.js"></script><script src="/lib/player.min.js"></script>
<script type="module" src="/page/page.js"></script></body></html>"""
FOLDERS = {"recorder": ROOT / "unicdo_trial_recording/static/src/recorder", "page": ROOT / "tests/support/page",
           "lib": ROOT / "unicdo_trial_recording/static/lib/rrweb"}
#: number of a recording → its events, as they were sent
SENT = collections.defaultdict(list)
NUMBERS = itertools.count(1)


def tool(name):
    """A pure file of the module, without Odoo."""
    package = sys.modules.setdefault("recording_tools", types.ModuleType("recording_tools"))
    package.__path__ = [str(ROOT / "unicdo_trial_recording/tools")]
    return importlib.import_module(f"recording_tools.{name}")


def cleaned(sent):
    """Events as the server keeps them."""
    clean = tool("clean")
    cleaner = clean.Cleaner(clean.load_allow_list(), frozenset(["Confirm", "Sales"]))
    return cleaner.clean(tool("fold").unfold(sent, 10_000_000))


class Handler(SimpleHTTPRequestHandler):
    """A page and its scripts."""

    def translate_path(self, path):
        _empty, folder, name = path.split("/")
        return str(FOLDERS[folder] / name)

    def do_GET(self):
        if self.path.count("/") > 1:
            return super().do_GET()
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        return self.wfile.write(PAGE)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        _empty, _upload, recording, _number = self.path.split("/")
        SENT[int(recording)] += json.loads(gzip.decompress(body.partition(b"\n")[2]))["events"]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args):
        pass


@pytest.fixture(scope="module")
def page():
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Chromium() as browser:
        browser.open(f"http://127.0.0.1:{server.server_port}/", "window.tryOut")
        yield browser
    server.shutdown()


def test_whatever_scripts_do_the_copy_is_the_page(page):
    """REC-1: parts that come, go and move, texts, styles, shadow roots, rules of sheets, fields that hide what forms have."""
    for seed in range(SEEDS):
        result = page.run(f"tryOut({seed}, {BATCHES})")
        lines = (result.get(side, "").splitlines() for side in ("expected", "found"))
        difference = "\n".join(difflib.unified_diff(*lines, "the page", "the copy", lineterm="", n=6))
        assert not result["errors"] and not difference, (
            f"seed {seed}, batch {result.get('batch')} ({result.get('done')}): {result['errors']}\n{difference}")


def test_the_player_shows_the_page_without_a_warning(page):
    """REC-1: what the server makes of what is sent is what rrweb's player takes."""
    for seed in range(PLAYED):
        page.run(f"tryOut({seed}, {BATCHES})")
        result = page.run(f"playBack({json.dumps(cleaned(page.run('sent()')))})")
        assert not result["warnings"] and result["expected"] == result["found"], f"seed {seed}: {result}"


def record(page, script):
    """What a script returns that works in a page while it is recorded, and the events that were sent, as JSON.

    The script has ``recorder``, ``main`` (an empty part of the page), ``wait`` and ``settle``.
    """
    number = next(NUMBERS)
    result = page.run(f"""(async () => {{
        const {{ begin, box, settle, wait }} = await import("/page/whole.js");
        const faults = window.faults = [];
        window.onerror = window.onunhandledrejection = (event) => faults.push(String(event.message ?? event.reason ?? event));
        const main = box();
        const recorder = begin({number});
        await settle(recorder);
        const result = await (async () => {{ {script} }})();
        await settle(recorder);
        await recorder.stop("stopped");
        return {{ result, faults, ends: recorder.ends, states: recorder.states }};
    }})()""")
    assert not result["faults"], result["faults"]
    assert len(cleaned(SENT[number])) == len(SENT[number]), "the server refuses some of it"
    return result, [json.dumps(event) for event in SENT[number]]


TYPED = {
    "a part where people write": "main.innerHTML = '<p contenteditable></p>'; await wait(50); main.firstChild.append('Sales')",
    "a part that becomes one": "main.innerHTML = '<p>old</p>'; await wait(50); main.firstChild.contentEditable = 'true';"
                               "main.firstChild.firstChild.data = 'Sales'",
    "an island in it": "main.innerHTML = '<p contenteditable><b contenteditable=false><i></i></b></p>'; await wait(50);"
                       "main.querySelector('i').append('Sales')",
    "a shadow root": "const root = main.attachShadow({ mode: 'open' }); await wait(50);"
                     "root.innerHTML = '<p contenteditable>Sales</p>'; await wait(50); root.firstChild.firstChild.data = 'Sales'",
    "a shadow root in it": "main.contentEditable = 'true'; main.attachShadow({ mode: 'open' }).innerHTML = '<p>Sales</p>'",
    "deep in a shadow root in it": "main.contentEditable = 'true'; const root = main.attachShadow({ mode: 'open' });"
                                   "root.innerHTML = '<p><b>old</b></p>'; await wait(50);"
                                   "root.querySelector('b').firstChild.data = 'Sales'",
    "a closed shadow root": "main.attachShadow({ mode: 'closed' }).innerHTML = '<p>Sales</p>'",
    "a text area": "main.innerHTML = '<textarea>Sales</textarea>'; await wait(50); main.firstChild.value = 'Sales';"
                   "main.firstChild.textContent = 'Sales'",
    "fields": "main.innerHTML = '<input value=Sales><input type=submit value=Sales><select><option value=Sales></select>';"
              "await wait(50); main.firstChild.value = 'Sales'; main.firstChild.setAttribute('value', 'Sales');"
              "main.firstChild.dispatchEvent(new Event('change', { bubbles: true }))",
    "a title": "document.title = 'Sales'",
    "a frame": "main.innerHTML = '<iframe srcdoc=\"Sales\"></iframe><object>Sales</object><noscript>Sales</noscript>';"
               "await wait(200); main.firstChild.contentDocument.body.append('Sales')",
    "a frame in a shadow root": "const root = main.attachShadow({ mode: 'open' }); await wait(50);"
                                "root.innerHTML = '<iframe></iframe>'; await wait(200);"
                                "root.firstChild.contentDocument.body.append('Sales')",
    "a template": "main.innerHTML = '<template><p>Sales</p></template>'",
}


@pytest.mark.parametrize("place", TYPED)
def test_what_is_typed_is_told_to_nobody_whatever_it_equals(page, place):
    """REC-1: the interface has the same word, and there it may be read."""
    _result, sent = record(page, f"{TYPED[place]}; await wait(100); main.after('Confirm')")
    assert not [event for event in sent if "Sales" in event]
    assert [event for event in sent if "Confirm" in event], "nothing was recorded"


def test_each_change_is_told_once_in_shadow_roots_too(page):
    """REC-1: rrweb watches them without being asked."""
    _result, sent = record(page, """
        const root = main.attachShadow({ mode: "open" });
        await wait(50);
        root.innerHTML = "<p style='height: 9px; overflow: auto'><b>a long<br>line</b></p>";
        await wait(50);
        root.firstChild.scrollTop = 5;""")
    assert len([event for event in sent if '"shapes"' in event and '"isShadow"' in event]) == 1
    assert len([event for event in sent if '"source": 3' in event]) == 1


def test_nothing_is_told_and_nothing_is_left_while_it_is_paused(page):
    """REC-1: neither timers nor observers nor changed functions of the browser go on."""
    result, _sent = record(page, """
        const { attachShadow } = Element.prototype;
        const root = main.attachShadow({ mode: "open" });
        root.innerHTML = "<p style='height: 9px; overflow: auto'><b>a long<br>line</b></p>";
        await wait(50);
        root.firstChild.scrollTop = 5;
        await wait(20);
        recorder.pause();
        const told = [];
        const take = recorder._take;
        recorder._take = (event) => told.push(event);
        root.firstChild.scrollTop = 0;
        root.append("Confirm");
        main.append(document.createElement("div"));
        main.lastChild.attachShadow({ mode: "open" }).innerHTML = "<p>Confirm</p>";
        await wait(400);
        recorder._take = take;
        const isNative = String(Element.prototype.attachShadow).includes("[native code]");
        recorder.resume();
        return { told, isNative, isPatched: attachShadow !== Element.prototype.attachShadow };""")
    assert result["result"] == {"told": [], "isNative": True, "isPatched": True}
    assert result["states"][:2] == ["paused", "recording"]


QUIET = {
    "a field that fails": ("const field = document.createElement('input'); main.append(field);"
                           "Object.defineProperty(field, 'value', { get() { throw new Error('no') } })", "stopped"),
    "more than anybody opens": ("main.innerHTML = '<p></p>'.repeat(11000)", "storm"),
    "rules without end": ("const style = main.appendChild(document.createElement('style'));"
                          "for (let number = 0; number < 300; number++) { style.sheet.insertRule('.btn { top: 0 }');"
                          "main.title = number; await wait(0) }", "storm"),
    "a page that is too large": ("recorder.pause(); main.innerHTML = '<i></i>'.repeat(61000); recorder.resume()", "stopped"),
}


@pytest.mark.parametrize("what", QUIET)
def test_a_page_that_cannot_be_recorded_is_left_alone(page, what):
    """REC-1: it ends, and neither the page nor the person hears of it."""
    script, why = QUIET[what]
    result, _sent = record(page, script)
    assert result["ends"] == [why] and result["states"][-1] == "ended"


def test_a_page_that_fails_at_once_does_not_seem_recorded(page):
    """REC-1: the sign says what is true."""
    result, _sent = record(page, f"recorder.pause(); {QUIET['a field that fails'][0]}; recorder.resume()")
    assert result["ends"] == ["stopped"] and result["states"] == ["paused", "recording", "ended"]


def test_nothing_of_a_part_that_went_is_kept(page):
    """REC-1: however deep it was, and whatever its fields are called."""
    result, _sent = record(page, """
        const kept = () => recorder.rrweb.record.mirror.getIds().length;
        const before = kept();
        let place = main.appendChild(document.createElement("form"));
        place.hidden = true;
        place.innerHTML = "<input name=childNodes><input name=lastChild><p></p>";
        for (let depth = 0; depth < 3000; depth++) {
            place = HTMLElement.prototype.appendChild.call(place, document.createElement("div"));
        }
        await wait(50);
        place.append("Confirm");
        await wait(50);
        const between = kept();
        main.firstChild.remove();
        await wait(50);
        return { isKept: between > before + 100, isGone: kept() === before, state: recorder.state };""")
    assert result["result"] == {"isKept": True, "isGone": True, "state": "recording"}
