# SPDX-License-Identifier: LGPL-3.0-or-later
"""A headless Chromium, driven by its DevTools protocol: what the benchmarks of the browser part need and no more."""
import contextlib
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket

OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)


class Chromium:
    """One page of a browser of its own. Use it as a context manager.

    :param int width: of the window, CSS pixels
    :param int height: of the window, CSS pixels
    """

    def __init__(self, width=1280, height=800):
        self.size = width, height
        self.events = []
        self._numbers = itertools.count(1)

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="unicdo-chromium-", ignore_cleanup_errors=True)
        program = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
        size = f"--window-size={self.size[0]},{self.size[1]}"
        self._process = subprocess.Popen(
            [program, *OPTIONS, size, f"--user-data-dir={self._folder.name}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = self._port()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            page = next(item for item in json.load(answer) if item["type"] == "page")
        self._socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=120, suppress_origin=True)
        for domain in ("Page", "Runtime", "Network"):
            self.send(f"{domain}.enable")
        return self

    def __exit__(self, *exc_info):
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._socket.close()
        self._process.terminate()
        self._process.wait(20)
        self._folder.cleanup()

    def _port(self):
        file = Path(self._folder.name) / "DevToolsActivePort"
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            if file.exists() and "\n" in (text := file.read_text()):
                return text.splitlines()[0]
            time.sleep(0.05)
        raise RuntimeError("Chromium did not start")

    def send(self, method, **parameters):
        """One command of the protocol; its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error'].get('message')}")
                return message["result"]
            if "method" in message:
                self.events.append(message)

    def run(self, script):
        """The value of a JavaScript expression, awaited."""
        result = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", "JavaScript failed"))
        return result["result"].get("value")

    def until(self, script, seconds=60):
        """Wait until a JavaScript expression is true."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            with contextlib.suppress(RuntimeError):  # the page is just being replaced
                if self.run(f"Boolean({script})"):
                    return
            time.sleep(0.1)
        raise RuntimeError(f"The page did not come to: {script}")

    def open(self, url, ready="document.readyState === 'complete'"):
        """Go to a page and wait until it is there."""
        self.run("window.unicdoOld = true")
        self.send("Page.navigate", url=url)
        self.until(f"!window.unicdoOld && ({ready})")

    def click(self, selector):
        """Click into the middle of an element, by the mouse."""
        place = self.run(f"""(() => {{
            const element = [...document.querySelectorAll({json.dumps(selector)})].find((item) => item.offsetParent);
            element.scrollIntoView({{ block: "center", behavior: "instant" }});
            const {{ x, y, width, height }} = element.getBoundingClientRect();
            return {{ x: x + width / 2, y: y + height / 2 }};
        }})()""")
        self.move(**place)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def move(self, x, y):
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def wheel(self, x, y, down):
        self.send("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=down)

    def type(self, text):
        """Type on the keyboard."""
        for sign in text:
            self.send("Input.dispatchKeyEvent", type="keyDown", text=sign)
            self.send("Input.dispatchKeyEvent", type="keyUp")
