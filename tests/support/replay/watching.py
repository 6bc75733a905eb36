# SPDX-License-Identifier: LGPL-3.0-or-later
"""Somebody of the usability team opens a recording in the real watching page and looks at moments of it."""
import functools
import json

from tests.support.replay.looking import HEIGHT, WIDTH, frames, look, prepare, wait_for_quiet

FRAME = "document.querySelector('.stage iframe')"
INNER = f"{FRAME}.contentDocument.querySelector('.replayer-wrapper iframe')"
PAGE = f"{INNER}.contentDocument"
#: where the inner frame stands in the tab, and how large it is shown
PLACE = f"""(() => {{
    const [outer, inner] = [{FRAME}.getBoundingClientRect(), {INNER}.getBoundingClientRect()];
    return [outer.x + {FRAME}.clientLeft + inner.x, outer.y + {FRAME}.clientTop + inner.y, inner.width, inner.height];
}})()"""
HIDE_MOUSE = f"""{FRAME}.contentDocument.querySelectorAll("[class^=replayer-mouse]").forEach(
    (item) => (item.hidden = true))"""
SIGN_IN = """fetch("/web/session/authenticate", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", params: { db: "%(database)s", login: "%(login)s", password: "%(login)s" } }),
}).then((answer) => answer.json()).then(({ result }) => Boolean(result.uid))"""
#: all events as text: a JSON list of the pieces, see the module's ``tools/piece.py``
EVENTS = """(async () => {
    const content = await (await fetch(`${location.pathname}/events`)).arrayBuffer();
    const texts = [];
    for (let at = 0, end; (end = at + 4 + new DataView(content).getUint32(at)) > at + 4; at = end) {
        const stream = new Blob([content.slice(at + 4, end)]).stream().pipeThrough(new DecompressionStream("gzip"));
        texts.push(await new Response(stream).text());
    }
    return `[${texts.join()}]`;
})()"""
RANGE = "document.querySelector('.range')"
GO_TO = f"""(() => {{
    const range = {RANGE};
    range.value = %s;
    range.dispatchEvent(new Event("input"));
    range.dispatchEvent(new Event("change"));
}})()"""


class Watching:
    """The page that plays one recording.

    :param browser: Chromium
    :param str base: address of the server
    :param str uuid: of the recording
    """

    def __init__(self, browser, base, uuid):
        self.browser = browser
        self.url = f"{base}/recording/watch/{uuid}"
        self.base = base

    def open(self, database, login, seconds=120):
        """Sign in, press the button, confirm who it is, press it again, and stop what plays; login is the password too."""
        prepare(self.browser)
        self.browser.resize(WIDTH + 600, HEIGHT + 600)
        self.browser.open(f"{self.base}/web/login")
        assert self.browser.run(SIGN_IN % {"database": database, "login": login})
        self.browser.open(self.url)
        self.press("form button.main", "document.querySelector('input[name=password]')")
        self.browser.click("input[name=password]")
        self.browser.type(login)
        self.press("form:has(input[name=password]) button[type=submit]", "document.querySelector('form button.main')")
        self.press("form button.main", "document.querySelector('.play:enabled')", seconds)
        self.browser.click(".play")
        self.browser.until("document.querySelector('.play').textContent.trim() === 'Play'")
        self.fit()

    @functools.cached_property
    def events(self):
        """All that the page knows of the session, as text."""
        return self.browser.run(EVENTS)

    @functools.cached_property
    def start(self):
        """The session's first moment, milliseconds since 1970."""
        return min(event["timestamp"] for piece in json.loads(self.events) for event in piece["events"])

    def press(self, selector, ready, seconds=20):
        """Press a button that leads to another page."""
        self.browser.run("window.unicdoOld = true")
        self.browser.click(selector)
        self.browser.until(f"!window.unicdoOld && {ready}", seconds)

    def fit(self):
        """Give the window the size at which the recording is shown as large as it was."""
        for _try in range(5):  # what stands around the frame may wrap at another width
            width, height, frame_width, frame_height = self.browser.run(
                f"[innerWidth, innerHeight, {FRAME}.clientWidth, {FRAME}.clientHeight]")
            self.browser.resize(width + WIDTH - frame_width, height + HEIGHT - frame_height)
        self.browser.until(f"{PLACE}[2] === {WIDTH}")

    def look_at(self, moment):
        """Go to a moment of the session and look.

        :param float moment: milliseconds since 1970, the recorded browser's clock
        """
        at = moment - self.start
        self.browser.run(GO_TO % json.dumps(at))
        # after the last event there is nothing to go to
        self.browser.until(f"Math.abs(find.value - Math.min({at}, find.max)) < 200".replace("find", RANGE))
        wait_for_quiet(self.browser, PAGE, quiet=500)
        self.browser.run(HIDE_MOUSE)
        x, y, width, height = self.browser.run(PLACE)
        assert (width, height) == (WIDTH, HEIGHT)
        return look(self.browser, PAGE, frames(self.browser)[-1], (x, y))
