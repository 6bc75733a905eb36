# SPDX-License-Identifier: LGPL-3.0-or-later
import gzip
import json
import re
import time
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.http import Application
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME, ChromeBrowser

from odoo.addons.unicdo_privacy.tests.common import PrivacyHttpCase
from odoo.addons.unicdo_privacy.tests.provider_common import ProviderMixin
from odoo.addons.unicdo_privacy.tests.vault_common import VaultMixin

from ..const import ALLOWED, COLLECTOR, IS_TRIAL, PURPOSE
from ..tools.inside import inside
from ..tools.piece import unpack

MODULE = "unicdo_trial_recording"
#: where a website's theme, recorded or not, has its fonts from; a fixed address without anybody's data
THEME_FONTS = re.compile(r"https://fonts\.googleapis\.com/css2?\?family=[A-Za-z0-9:;,+&=@._-]*(display=swap)?")


def events_in(content):
    """All events of a recording as it is sent, see ``tools/piece.py``."""
    events, at = [], 0
    while size := int.from_bytes(content[at:at + 4], "big"):
        events += json.loads(unpack(content[at + 4:at + 4 + size]))["events"]
        at += 4 + size
    assert at + 4 == len(content), "the end is missing"
    return events


class RecordingCase(ProviderMixin, VaultMixin, PrivacyHttpCase):
    """A database on trial, whose administrator has switched recordings on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        parameters = cls.env["ir.config_parameter"].sudo()
        parameters.set_param(ALLOWED, "True")
        parameters.set_param(IS_TRIAL, "True")
        cls.env["unicdo.vault"]._vault_id()  # as installing does
        own = cls.env["unicdo.recording.trial"]._own()
        own.write({"sign_key_id": False, "person_key_id": False, "active": True})

    def _rpc(self, url, **params):
        """The result of a JSON-RPC route, as whoever is signed in."""
        return self.make_jsonrpc_request(url, params)

    def _agree(self, user):
        """Sign a user in and let them agree."""
        self.authenticate(user.login, user.login)
        return self._rpc("/recording/choice", choice="given", shown=self._rpc("/recording/notice")["hash"])

    def _begin(self, **params):
        """Begin a recording as the page does."""
        return self._rpc("/recording/begin", page={"surface": "backend", "width": 1280, "height": 800}, **params)

    def _send(self, grant, number=0, events=None, **other):
        """Send a piece of a recording as the browser does.

        :param other: ``token``, ``seq``, ``uuid`` or ``packed`` in place of the right one
        :return: the answer's status
        """
        packed = other.get("packed")
        if packed is None:
            packed = gzip.compress(json.dumps({"v": 1, "events": self._events() if events is None else events}).encode())
        seq = other.get("seq", grant["base"] + number)
        url = f"{self.base_url()}{grant['upload']}/{other.get('uuid', grant['recording'])}/{seq}"
        body = other.get("token", grant["token"]).encode() + b"\n" + packed
        return self.opener.post(url, data=body, headers={"Content-Type": "text/plain"}, timeout=30).status_code

    @staticmethod
    def _events():
        """The least that can be played: a page and its size."""
        now = int(time.time() * 1000)
        return [{"type": 4, "data": {"href": "http://127.0.0.1/odoo", "width": 1280, "height": 800}, "timestamp": now}]

    def _keep_elsewhere(self, host="recordings.example.com"):
        """Have recordings kept by a collector that the register of service providers names.

        :return: that ``unicdo.provider``
        """
        self.env["ir.config_parameter"].sudo().set_param(COLLECTOR, f"https://{host}")
        return self._used("Recorder Ltd", hosts=host, purpose_ids=self.env["unicdo.purpose"]._by_key(PURPOSE).ids)

    def _watch_network(self):
        """Note in ``self.requested`` the address of everything that the browser requests from now on."""
        self.requested = []
        handle = ChromeBrowser._handle_request_paused

        def watch(browser, **params):
            self.requested.append(params["request"]["url"])
            return handle(browser, **params)

        self._patch(ChromeBrowser, "_handle_request_paused", watch)

    def _let_pieces_in(self):
        """Have pieces of recordings let in: they come without cookies, and a test's requests are known by one."""
        answer = Application.__call__

        def call(application, environ, start_response):
            if environ["PATH_INFO"].startswith("/recording/chunk/"):
                environ.setdefault("HTTP_COOKIE", f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}")
            return answer(application, environ, start_response)

        self._patch(Application, "__call__", call)

    def _patch(self, target, name, value):
        patching = patch.object(target, name, value)
        patching.start()
        self.addCleanup(patching.stop)

    def _hosts(self):
        """Where the browser's requests went: names of hosts with their ports, without that of the website's own fonts."""
        addresses = [urlsplit(url) for url in self.requested if not THEME_FONTS.fullmatch(url)]
        return {address.netloc for address in addresses if address.scheme in ("http", "https", "ws", "wss")}

    def _own_host(self):
        return urlsplit(self.base_url()).netloc

    def _recording(self, grant):
        """The row of a recording that was begun, in sudo; none if it is gone."""
        with inside(past=True):
            return self.env["unicdo.recording"].sudo().search([("uuid", "=", grant["recording"])])
