# SPDX-License-Identifier: LGPL-3.0-or-later
"""A headless Chromium, driven by its DevTools protocol: what the tests of the browser part need and no more."""
import base64
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

    def until(self, script, seconds=20):
        """Wait until a JavaScript expression is true."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            with contextlib.suppress(RuntimeError):  # the page is just being replaced
                if self.run(f"Boolean({script})"):
                    return
            time.sleep(0.1)
        raise RuntimeError(f"The page did not come to: {script}\nIt shows: {self._sight()}")

    def _sight(self):
        """Where the page is and how its text begins, for people who look for the reason of a failure."""
        with contextlib.suppress(RuntimeError):
            return self.run("`${location.href} ${document.readyState}: ${document.body?.innerText.slice(0, 600)}`")
        return "nothing that can be read"

    def open(self, url, ready="document.readyState === 'complete'"):
        """Go to a page and wait until it is there."""
        self.run("window.unicdoOld = true")
        self.send("Page.navigate", url=url)
        self.until(f"!window.unicdoOld && ({ready})")

    def resize(self, width, height):
        """Give the page's window an inner size, CSS pixels."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def middle(self, selector, number=0):
        """Where the middle of an element is: dict ``x``, ``y``. It is waited for, and scrolled to, until it stands still.

        :param int number: which of the visible elements, counted from 0; the last if there are fewer
        """
        self.until(f"[...document.querySelectorAll({json.dumps(selector)})].some((item) => item.checkVisibility())")
        return self.run(f"""(async () => {{
            const visible = [...document.querySelectorAll({json.dumps(selector)})].filter((item) => item.checkVisibility());
            const element = visible[Math.min({number}, visible.length - 1)];
            const place = () => {{
                element.scrollIntoView({{ block: "center", behavior: "instant" }});
                const {{ x, y, width, height }} = element.getBoundingClientRect();
                return {{ x: x + width / 2, y: y + height / 2 }};
            }};
            // a page that is still being laid out moves it away from under the mouse
            for (let last, now = place(), frame = 0; frame < 60; frame += 1, now = place()) {{
                if (last && last.x === now.x && last.y === now.y) {{
                    return now;
                }}
                last = now;
                await new Promise((done) => setTimeout(done, 30));
            }}
            return place();
        }})()""")

    def click(self, selector, number=0):
        """Click into the middle of an element, by the mouse."""
        place = self.middle(selector, number)
        self.move(**place)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def drag(self, start, end, steps=12):
        """Take what is at a place to another, by the mouse; places as :meth:`middle` gives them."""
        self.move(**start)
        self.send("Input.dispatchMouseEvent", type="mousePressed", button="left", clickCount=1, **start)
        for step in range(1, steps + 1):
            place = {axis: start[axis] + (end[axis] - start[axis]) * step / steps for axis in "xy"}
            self.send("Input.dispatchMouseEvent", type="mouseMoved", button="left", buttons=1, **place)
            time.sleep(0.05)
        self.send("Input.dispatchMouseEvent", type="mouseReleased", button="left", clickCount=1, **end)

    def press(self, key):
        """Press a key that writes nothing, such as "Escape"."""
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def picture(self, x, y, width, height):
        """A part of the page as it looks: bytes of a PNG."""
        clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        return base64.b64decode(self.send("Page.captureScreenshot", format="png", clip=clip)["data"])

    def move(self, x, y):
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def wheel(self, x, y, down):
        self.send("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=down)

    def type(self, text):
        """Type on the keyboard."""
        for sign in text:
            self.send("Input.dispatchKeyEvent", type="keyDown", text=sign)
            self.send("Input.dispatchKeyEvent", type="keyUp")
