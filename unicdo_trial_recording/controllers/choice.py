# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import random
from base64 import b64encode
from functools import lru_cache
from pathlib import Path

from odoo import release
from odoo.exceptions import UserError
from odoo.http import Controller, request, route
from odoo.tools import file_path

from ..const import LIMITS, SAMPLING, TOKEN_SECONDS
from ..models.unicdo_recording_trial import sign_grant
from ..tools.inside import inside
from . import person

CHOICES = ("given", "refused", "withdrawn", "asked")
LIB = "unicdo_trial_recording/static/lib/rrweb/"


@lru_cache
def _integrity(path, _changed):
    return "sha384-" + b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def library(name):
    """Where a third-party browser file is and what its content must be: dict ``src``, ``integrity``."""
    path = Path(file_path(LIB + name))
    return {"src": f"/{LIB}{name}", "integrity": _integrity(path, path.stat().st_mtime_ns)}


class RecordingChoice(Controller):
    """The person's own switch, and the start of a recording (POLICY REC-1)."""

    @route("/recording/notice", type="jsonrpc", auth="user", readonly=True)
    def notice(self):
        """The text of the question, for the menu where it is changed: see :func:`~.person.notice`."""
        self._check_offered()
        return person.notice(request.env) | (person.session_state(request.env) or {})

    @route("/recording/choice", type="jsonrpc", auth="user")
    def choice(self, choice, shown=""):
        """Record a choice.

        :return: dict ``state`` as in the session's info, or ``changed`` where the text is another by now
        """
        if choice not in CHOICES:
            raise UserError(request.env._("Please choose yes or no."))
        if choice == "given":
            self._check_offered()
        if not person.choose(request.env, choice, shown):
            return {"changed": True, "notice": person.notice(request.env)}
        return person.session_state(request.env) or {"state": "off"}

    @route("/recording/stop", type="jsonrpc", auth="user")
    def stop(self, stopped=True):
        """Stop recording this session, or go on; the consent stays as it is.

        :return: dict ``state`` as in the session's info
        """
        person.stop_session(request.env, stopped)
        return person.session_state(request.env) or {"state": "off"}

    def _check_offered(self):
        if not request.env["unicdo.recording.trial"]._is_offered():
            raise UserError(request.env._("Recordings are not offered here now. Nothing is recorded."))

    @route("/recording/begin", type="jsonrpc", auth="user")
    def begin(self, page=None, resume=None):
        """Start recording a tab, or go on with it on another page.

        :param dict page: ``surface``, ``width``, ``height``
        :param str resume: the tab's recording so far
        :return: what the recorder needs, or False: nothing may be recorded
        """
        env = request.env
        consent_sudo = person.may_record(env)
        if not consent_sudo:
            return False
        trial_sudo = env["unicdo.recording.trial"]._own()._prepare_own()
        key, session = person.own_pseudonym(env), person.own_session(env)
        if not key or not session:
            return False
        nobody = person.unnamed(env)
        with inside():
            recording_sudo = nobody["unicdo.recording"]
            if isinstance(resume, str):
                recording_sudo = recording_sudo._continue(trial_sudo, resume, key, session)
            if not recording_sudo:
                if not self._is_in_sample():
                    return False
                recording_sudo = recording_sudo._begin(
                    trial_sudo, key, session, consent_sudo.event_id, self._page_values(page)
                )
            nobody["unicdo.work"]._enqueue([{
                "res_model": "unicdo.recording", "res_id": recording_sudo.id, "kind": "clean",
                "priority": 20,
            }])
            return self._grant(trial_sudo, recording_sudo)

    @staticmethod
    def _is_in_sample():
        share = request.env["ir.config_parameter"].sudo().get_param(SAMPLING, "100")
        return random.uniform(0, 100) < (float(share) if share.isdecimal() else 100)

    def _page_values(self, page):
        page = page if isinstance(page, dict) else {}

        def pixels(name):
            value = page.get(name)
            return value if type(value) is int and 0 < value < 20_000 else 0

        modules_sudo = request.env["ir.module.module"].sudo()
        installed = modules_sudo.search([("state", "=", "installed"), ("application", "=", True)]).mapped("name")
        return {
            "surface": "website" if page.get("surface") == "website" else "backend",
            "width": pixels("width"), "height": pixels("height"), "lang": request.env.lang or "en_US",
            "odoo_version": release.version, "modules": " ".join(sorted(installed)),
        }

    def _grant(self, trial_sudo, recording_sudo):
        terms = request.env["unicdo.recording.terms"]
        return {
            "recording": recording_sudo.uuid,
            "token": self._token(trial_sudo, recording_sudo),
            "expires_in": TOKEN_SECONDS,
            "upload": "/recording/chunk",
            "base": recording_sudo._base(),
            "library": library("record.min.js"),
            "terms": terms._url(recording_sudo.lang),
            "allow": terms._allow_url(),
            "limits": LIMITS,
        }

    @staticmethod
    def _token(trial_sudo, recording_sudo):
        return sign_grant(
            trial_sudo, recording=recording_sudo.uuid, session=recording_sudo.session,
            consent=recording_sudo.consent_event,
        )

    @route("/recording/renew", type="jsonrpc", auth="user")
    def renew(self, recording):
        """A fresh token for the recording that this session is making; False if it is over."""
        env = request.env
        if not person.may_record(env):
            return False
        session = person.own_session(env)
        with inside():
            found = person.own_recordings(env).filtered(
                lambda item: item.uuid == recording and item.session == session and item.state == "recording"
            )
            if not found:
                return False
            return {"token": self._token(found.trial_id, found), "expires_in": TOKEN_SECONDS}

    @route("/recording/terms/<string:lang>/<string:digest>.json", type="http", auth="user", methods=["GET"], readonly=True)
    def terms(self, lang, digest):
        """The words that stay readable, for good under this address: JSON list of strings."""
        terms = request.env["unicdo.recording.terms"]
        installed = {code for code, _name in request.env["res.lang"].get_installed()}
        if lang not in installed or digest != terms._digest(lang):
            raise request.not_found()
        return request.make_json_response(
            sorted(terms._of(lang)), headers={"Cache-Control": "private, max-age=31536000, immutable"}
        )
