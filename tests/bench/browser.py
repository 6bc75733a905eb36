# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the recorder costs in the browser: somebody uses lists, cards and forms in a real Chromium, with it and without.

The browser's own sampling profiler says how much of the main thread is spent in the recorder's and its library's code,
and in what they call; so the rest of Odoo, which varies more than that, does not matter.
"""
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket

#: whose time counts as the recorder's
OURS = ("/rrweb/record.min.js", "unicdo_trial_recording.assets_recorder")
#: run in each page before anything else: how long tasks last, what is sent, how long the library takes to begin
WATCH = """
(() => {
window.bench = { tasks: [], bytes: 0, pieces: 0, begins: [] };
new PerformanceObserver((list) => bench.tasks.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: "longtask", buffered: true });
const { fetch } = window;
window.fetch = (url, options) => {
    if (String(url).includes("/recording/chunk/")) {
        bench.bytes += options.body.length;
        bench.pieces++;
    }
    return fetch(url, options);
};
let library = null;
Object.defineProperty(window, "rrwebRecord", {
    get: () => library,
    set: ({ record }) => {
        const timed = (options) => {
            const begin = performance.now();
            const stop = record(options);
            bench.begins.push({ ms: performance.now() - begin, nodes: document.querySelectorAll("*").length });
            return stop;
        };
        library = { record: Object.assign(timed, record) };
    },
});
})();
"""
RPC = """(async () => {
    const body = JSON.stringify({ jsonrpc: "2.0", params: %s });
    const answer = await fetch("%s", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    return (await answer.json()).result;
})()"""


class Page:
    """One page of a Chromium that is started for it, driven through its debugging protocol."""

    def __init__(self, origin):
        self.origin = origin
        self.number = 0
        self.folder = Path(tempfile.mkdtemp(prefix="unicdo_bench_"))
        program = next(filter(None, map(shutil.which, ("google-chrome", "chromium", "chromium-browser"))))
        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-first-run",
             "--window-size=1366,900", f"--user-data-dir={self.folder}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        port = self._wait_for(lambda: (self.folder / "DevToolsActivePort").read_text().split()[0])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            [target] = [one for one in json.load(answer) if one["type"] == "page"]
        self.socket = websocket.create_connection(target["webSocketDebuggerUrl"], suppress_origin=True, timeout=120)
        for domain in ("Page", "Runtime", "Performance", "Profiler"):
            self.call(f"{domain}.enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, **params):
        """One command of the protocol; its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def rpc(self, url, **params):
        return self.evaluate(RPC % (json.dumps(params), url))

    def open(self, path, selector):
        self.call("Page.navigate", url=self.origin + path)
        self.wait(selector)

    def wait(self, selector):
        """Wait for an element; where its middle is."""
        place = f"""(() => {{ const found = document.querySelector({json.dumps(selector)});
            if (!found) return null; found.scrollIntoViewIfNeeded(); const box = found.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2]; }})()"""
        return self._wait_for(lambda: self.evaluate(place), selector)

    @staticmethod
    def _wait_for(what, name="the browser"):
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            with contextlib.suppress(OSError, RuntimeError, IndexError):
                if found := what():
                    return found
            time.sleep(0.1)
        raise SystemExit(f"{name} did not come")

    # ------------------------------------------------------------ what a person does

    def move(self, x, y, steps=15):
        for step in range(steps):
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x + (steps - step) * 12, y=y + (steps - step) * 5)
            time.sleep(0.03)

    def click(self, selector):
        x, y = self.wait(selector)
        self.move(x, y)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def scroll(self, times=6):
        for number in range(times):
            self.call("Input.dispatchMouseEvent", type="mouseWheel", x=600, y=500, deltaX=0, deltaY=300 if number % 4 < 3 else -600)
            time.sleep(0.15)

    def type(self, text):
        for sign in text:
            self.call("Input.dispatchKeyEvent", type="keyDown", text=sign, key=sign)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=sign)
            time.sleep(0.12)


def sign_in(page, login):
    page.open("/web/login", "#login")
    page.evaluate(f"""document.querySelector("#login").value = document.querySelector("#password").value = {json.dumps(login)};
        document.querySelector(".oe_login_form button[type=submit]").click()""")
    page.wait(".o_web_client")


def use(page):
    """About a minute of ordinary work: two lists of 80 rows, cards, two forms that are written in."""
    for _round in range(2):
        page.scroll()
        page.click(".o_list_view .o_data_row:nth-child(4) .o_data_cell[name=complete_name], .o_list_view .o_data_row td:nth-child(2)")
        page.wait(".o_form_view")
        time.sleep(2)
        page.click(".o_field_widget[name=phone] input")
        page.type("0170 5550123 ")
        page.click(".o_field_widget[name=street] input")
        page.type("Long Street number twelve ")
        time.sleep(1)
        page.click(".breadcrumb-item a, .o_back_button")
        page.wait(".o_list_view .o_data_row")
        time.sleep(2)
        page.click(".o_switch_view.o_kanban")
        page.wait(".o_kanban_view .o_kanban_record")
        time.sleep(2)
        page.scroll()
        page.click(".o_switch_view.o_list")
        page.wait(".o_list_view .o_data_row")
        time.sleep(2)


def share(profile):
    """What of a profile is the recorder's.

    :return: dict ``ours`` and ``all`` (milliseconds), ``longest`` (milliseconds in one go)
    """
    nodes = {node["id"]: node for node in profile["nodes"]}
    ours, stack = set(), [(profile["nodes"][0]["id"], False)]
    while stack:
        number, is_ours = stack.pop()
        is_ours = is_ours or any(name in nodes[number]["callFrame"]["url"] for name in OURS)
        if is_ours:
            ours.add(number)
        stack += [(child, is_ours) for child in nodes[number].get("children", ())]
    total = longest = stretch = 0
    for number, after in zip(profile["samples"], profile["timeDeltas"][1:] + [0], strict=True):
        stretch = stretch + after if number in ours else 0
        longest = max(longest, stretch)
        total += after if number in ours else 0
    return {"ours": total / 1000, "all": (profile["endTime"] - profile["startTime"]) / 1000, "longest": longest / 1000}


def measure(origin, login, path, is_recorded):
    """Use Odoo once.

    :return: dict of what was seen
    """
    with contextlib.closing(Page(origin)) as page:
        sign_in(page, login)
        notice = page.rpc("/recording/notice")
        state = page.rpc("/recording/choice", choice="given" if is_recorded else "withdrawn", shown=notice["hash"])
        if is_recorded and state["state"] != "on":
            raise SystemExit("Recordings are not offered there")
        page.call("Profiler.setSamplingInterval", interval=200)
        page.call("Profiler.start")
        page.open(path, ".o_list_view .o_data_row")
        time.sleep(6)
        begin = share(page.call("Profiler.stop")["profile"])
        page.evaluate("bench.tasks = []; bench.before = bench.bytes")
        busy = _busy(page)
        page.call("Profiler.start")
        use(page)
        during = share(page.call("Profiler.stop")["profile"])
        busy = _busy(page) - busy
        if is_recorded:
            page.evaluate("odoo.__WOWL_DEBUG__.root.env.services.unicdo_recording.pause()")
            page.evaluate("odoo.__WOWL_DEBUG__.root.env.services.unicdo_recording.resume()")
        time.sleep(6)
        seen = page.evaluate("bench")
        if bool(seen["begins"]) != is_recorded:
            raise SystemExit("Recorded: " + str(bool(seen["begins"])))
        return {
            "seconds": during["all"] / 1000, "busy": busy, "tasks": sorted(map(round, seen["tasks"])),
            "first": seen["begins"][-1] if is_recorded else None, "begin_ms": begin["ours"], "begin_longest_ms": begin["longest"],
            "ours_ms": during["ours"], "share": during["ours"] / during["all"], "longest_ms": during["longest"],
            "kB_per_minute": (seen["bytes"] - seen["before"]) / 1024 / (during["all"] / 60000),
            "kB_at_begin": seen["before"] / 1024,
        }


def _busy(page):
    """Seconds that the main thread was busy so far."""
    metrics = page.call("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
