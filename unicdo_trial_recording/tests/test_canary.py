# SPDX-License-Identifier: LGPL-3.0-or-later
import gzip
import io
import json
import logging
import re
from unittest.mock import patch

from odoo import http
from odoo.tests import tagged
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME
from odoo.tools import file_open

from odoo.addons.unicdo_privacy.tools.guard import opening

from ..tools.inside import inside
from ..tools.piece import unpack
from .common import RecordingCase

_logger = logging.getLogger(__name__)

#: what all marks have in common, and the marks of fields that take numbers and dates only
MARK = re.compile(r"zq[a-z0-9]*|7193715|2031-07|2031-w29|13:37|719371", re.IGNORECASE)
LEAST = 60
MATRIX = "unicdo_trial_recording/static/tests/canary/canary_matrix.js"
LIB = "/unicdo_trial_recording/static/lib/rrweb/player.min.js"
RECORDER = "/unicdo_trial_recording/static/lib/rrweb/record.min.js"
#: plays all events and gives the whole of what is shown, shadow roots and adopted style sheets too
REPLAY = """
(async () => {
    const events = %s;
    console.warn = () => {}; // style sheets of which nothing is left, and what stood in blocked elements
    await new Promise((resolve, reject) => {
        const script = document.createElement("script");
        Object.assign(script, { src: %s, onload: resolve, onerror: reject });
        document.head.append(script);
    });
    const player = new rrwebPlayer.Player({ target: document.body, props: { events, autoPlay: false } });
    const found = new Set();
    const look = () => {
        const page = document.querySelector("iframe").contentDocument;
        const texts = [page.documentElement.outerHTML, page.title];
        for (const root of [page, ...[...page.querySelectorAll("*")].map((el) => el.shadowRoot).filter(Boolean)]) {
            texts.push(root.innerHTML || "");
            const sheets = [...root.styleSheets, ...(root.adoptedStyleSheets || [])];
            texts.push(...sheets.flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText)));
        }
        for (const input of page.querySelectorAll("input, textarea, select")) {
            texts.push(input.value);
        }
        texts.join(" ").match(%s)?.forEach((mark) => found.add(mark));
        return page.querySelectorAll("*").length;
    };
    const total = player.getMetaData().totalTime;
    let most = 0;
    for (let part = 1; part <= 20; part++) {
        player.goto((total * part) / 20 - 1, false);
        await new Promise((resolve) => setTimeout(resolve, 200));
        most = Math.max(most, look());
    }
    console.log(`replay: ${JSON.stringify({ found: [...found], most })}`);
    console.log("test successful");
})().catch((error) => console.error(String(error.stack)));
"""


@tagged("post_install", "-at_install")
class TestCanary(RecordingCase):
    """REC-1: what a person types or sees is in no request, no stored piece and no replay; only what is of Odoo itself."""

    def setUp(self):
        super().setUp()
        self.sent, self.said = [], []
        self.user = self._user_with_role("internal", lang="en_US")
        apps = ("sales_team.group_sale_manager", "base.group_partner_manager", "website.group_website_designer")
        groups = [group for name in apps if (group := self.env.ref(name, raise_if_not_found=False))]
        self.user.write({"group_ids": [(4, group.id) for group in groups]})
        listener = logging.Handler()
        listener.emit = lambda record: self.said.append(record.getMessage())
        logger = self._logger.getChild("browser")
        logger.addHandler(listener)
        self.addCleanup(logger.removeHandler, listener)
        tee = patch.object(http.Application, "__call__", self._tee(http.Application.__call__))
        tee.start()
        self.addCleanup(tee.stop)

    def _tee(self, original):
        """Odoo's web server, but what is sent to the recordings' addresses is kept here, whole."""

        def call(app, environ, start_response):
            if environ["PATH_INFO"].startswith("/recording/"):
                body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                environ["wsgi.input"] = io.BytesIO(body)
                self.sent.append((environ.copy(), body))
                # pieces come without cookies; a test's requests are known by one
                environ.setdefault("HTTP_COOKIE", f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}")
            return original(app, environ, start_response)

        return call

    def _in_browser(self, url, code, ready="", timeout=180):
        """Run code in a page; what it logged with a colon is kept in ``said``."""

        def is_failure(message):
            return "Failed to load resource" not in message and "zq" not in message

        self.said.clear()
        self.browser_js(url, code, ready, login=self.user.login, timeout=timeout, error_checker=is_failure)
        found = [re.match(r"(canaries seen|replay): (\{.*\})", text) for text in self.said]
        return {match[1]: json.loads(match[2]) for match in found if match}

    def _place(self, url, screens=(), begins=True):
        with file_open(MATRIX) as file:
            matrix = re.sub(r"^import .*$", "", file.read(), flags=re.MULTILINE)
        given = json.dumps({"screens": screens, "begins": begins, "recorder": RECORDER})
        code = f"(async () => {{ const CANARY = {given}; {matrix} }})().catch((error) => console.error(String(error.stack)));"
        ready = "odoo.isReady === true" if begins else "document.readyState === 'complete'"
        return self._in_browser(url, code, ready)["canaries seen"]

    def _marked_records(self):
        """Records of real applications, marked in every field that takes text; screens to open them in."""
        screens = []

        def add(model, fields, **values):
            if model not in self.env:
                return self.env["res.partner"]
            record = self.env[model].create({
                name: f"zq{model.replace('.', '')}{name.replace('_', '')}qz" for name in fields
                if name in self.env[model]._fields and name not in values
            } | values)
            screens.append({"model": model, "id": record.id, "view": "form", "fields": fields})
            return record

        text = ["name", "email", "phone", "street", "street2", "zip", "city", "website", "function", "vat", "ref", "comment"]
        partner = add("res.partner", text, vat=False)
        tag = self.env["res.partner.category"].create({"name": "zqtagqz"})
        partner.category_id = tag
        partner.message_post(body="zqchatterqz", subject="zqsubjectqz")
        add("crm.lead", ["name", "contact_name", "email_from", "phone", "description"], partner_id=partner.id)
        add("sale.order", ["client_order_ref", "note"], partner_id=partner.id)
        add("calendar.event", ["name", "location", "description"])
        screens += [{"model": "res.partner", "view": view} for view in ("list", "kanban") ]
        return screens

    def _pieces(self):
        """What was sent to be kept, unpacked; with it all that a server is told besides."""
        found = []
        for environ, body in self.sent:
            if environ["PATH_INFO"].startswith("/recording/chunk/"):
                _token, _line, packed = body.partition(b"\n")
                headers = {name: value for name, value in environ.items() if name.startswith(("HTTP_", "QUERY", "PATH"))}
                self.assertNotIn("HTTP_COOKIE", headers)
                self.assertNotIn("HTTP_REFERER", headers)
                found.append(f"{headers} {gzip.decompress(packed).decode()}")
            else:
                found.append(body.decode())
        return found

    def _marks(self, texts):
        """Marks found, with what stands around them, for whoever has to find out why."""
        found = set()
        for text in map(_without_numbers, texts):
            found |= {text[max(match.start() - 60, 0):match.end() + 20] for match in MARK.finditer(text)}
        return sorted(found)[:20]

    def _recordings(self):
        with inside():
            return self.env["unicdo.recording"].sudo().search([]).filtered(
                lambda one: one.uuid in {environ["PATH_INFO"].split("/")[3] for environ, _body in self.sent
                                         if environ["PATH_INFO"].startswith("/recording/chunk/")}
            )

    def _stored(self, recording):
        """A recording as it lies on the disk, opened by the job's own code: before and after the second cleaning."""
        self.env.cr.execute(
            "SELECT raw FROM unicdo_recording_chunk WHERE recording_id = %s ORDER BY seq", [recording.id])
        with inside(), opening():
            raw = [gzip.decompress(recording.key_id._open(bytes(row[0]))).decode() for row in self.env.cr.fetchall()]
            while not recording._clean_received():
                pass
            events = [event for packed in recording._clean_pieces() for event in json.loads(unpack(packed))["events"]]
        self.env.cr.execute("SELECT state FROM unicdo_recording_chunk WHERE recording_id = %s", [recording.id])
        self.assertEqual({row[0] for row in self.env.cr.fetchall()}, {"clean"})
        return raw, events

    def _rows(self):
        """All rows of the recordings' tables, as text."""
        self.env.cr.execute("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'unicdo_recording%%'")
        texts = []
        for table in [row[0] for row in self.env.cr.fetchall()]:
            self.env.cr.execute(f'SELECT row_to_json(t)::text FROM (SELECT * FROM "{table}") t')
            texts += [row[0] for row in self.env.cr.fetchall()]
        # what is sealed, and Odoo's own fonts, are letters by chance
        return [re.sub(r'"raw":"[^"]*"|base64,[A-Za-z0-9+/=]*', "", text) for text in texts]

    def _check(self):
        """No mark in what was sent, in what is stored and in what is shown.

        :return: all events
        """
        self.assertFalse(self._marks(self._pieces()))
        everything = []
        for recording in self._recordings():
            raw, events = self._stored(recording)
            self.assertFalse(self._marks(raw))
            self.assertFalse(self._marks([json.dumps(events)]))
            everything += events
            played = self._in_browser("/web/login", REPLAY % (
                json.dumps(events).replace("</", "<\\/"), json.dumps(LIB), f"/{MARK.pattern}/gi"))["replay"]
            self.assertEqual(played["found"], [])
            self.assertGreater(played["most"], 50, "the replay shows a page")
        self.assertFalse([mark for mark in self._marks(self._rows()) if "zq" in mark])
        return everything

    def test_what_is_typed_and_seen_in_odoo_is_found_nowhere(self):
        """REC-1: the canary matrix in real screens of the backend."""
        seen = self._place("/odoo", self._marked_records())
        _logger.info("%d places of marks were watched, %d events", len(seen["seen"]), seen["events"])
        self.assertGreaterEqual(len(seen["seen"]), LEAST, f"only these would have been recorded: {seen['seen']}")
        events = self._check()
        texts = json.dumps(events)
        self.assertIn('"Contacts"', texts, "words of Odoo's own interface stay")

    def test_what_stands_on_the_website_is_found_nowhere(self):
        """REC-1: the canary matrix on a page of the website."""
        if "website.page" not in self.env:
            self.skipTest("no website here")
        view = self.env["ir.ui.view"].create({
            "name": "zqviewqz", "type": "qweb", "key": "website.zqkeyqz",
            "arch": """<t t-name="website.zqkeyqz"><t t-call="website.layout"><div id="wrap"><h1>zqheadingqz</h1>
                <a href="/my?token=zqhrefqz">zqlinkqz</a><p data-zqdataqz="1" class="zqclassqz">zqparagraphqz</p>
                </div></t></t>""",
        })
        self.env["website.page"].create({
            "view_id": view.id, "url": "/zqurlqz", "name": "zqnameqz", "is_published": True, "website_published": True,
        })
        self._agree(self.user)
        self._place("/zqurlqz?access_token=zqqueryqz", begins=False)
        self.assertTrue([one for one in self.sent if one[0]["PATH_INFO"].startswith("/recording/chunk/")])
        self._check()


def _without_numbers(text):
    """A text without the numbers that recordings consist of: times, ids and sizes may hold any digits."""
    return re.sub(r'"(?:timestamp|id|parentId|nextId|x|y|timeOffset|rootId|width|height)":\s*-?[0-9.]+', "", text)
