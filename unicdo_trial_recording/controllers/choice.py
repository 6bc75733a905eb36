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

from ..const import LIMITS, TOKEN_SECONDS
from ..models.unicdo_recording_trial import sign_grant
from ..tools.inside import inside
from ..tools.upload_token import ID
from . import elsewhere, person

UPLOAD = "/recording/chunk"
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
        who = {"person": key, "session": session, "consent": consent_sudo.event_id}
        begin = self._begin_elsewhere if trial_sudo._collector() else self._begin_here
        granted = begin(trial_sudo, who, page, resume)
        return granted and self._surroundings() | granted

    def _begin_here(self, trial_sudo, who, page, resume):
        """Make the recording's row, or find it again.

        :return: dict ``recording``, ``token``, ``base``, ``resume``, ``upload``; False where it is not in the sample
        """
        with inside():
            recording_sudo = person.unnamed(request.env)["unicdo.recording"]
            if isinstance(resume, str) and ID.fullmatch(resume):
                recording_sudo = recording_sudo._continue(trial_sudo, resume, who["person"], who["session"])
            if not recording_sudo:
                if not self._is_in_sample():
                    return False
                recording_sudo = recording_sudo._begin(
                    trial_sudo, who["person"], who["session"], who["consent"], self._page_values(page)
                )
            recording_sudo._plan_cleaning()
            return {
                "recording": recording_sudo.uuid, "token": self._token(recording_sudo), "base": recording_sudo._base(),
                "resume": recording_sudo.uuid, "upload": UPLOAD,
            }

    def _begin_elsewhere(self, trial_sudo, who, page, resume):
        """Sign for a recording that the collector keeps; as :meth:`_begin_here`."""
        if not elsewhere.remembered(trial_sudo, who, resume) and not self._is_in_sample():
            return False
        granted = elsewhere.begin(trial_sudo, who, self._page_values(page), resume)
        return granted | {"upload": f"{trial_sudo._collector()}{UPLOAD}"}

    @staticmethod
    def _is_in_sample():
        return random.randrange(100) < request.env["unicdo.recording.trial"]._sampling()

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

    def _surroundings(self):
        """What every recorder needs."""
        terms = request.env["unicdo.recording.terms"]
        return {
            "expires_in": TOKEN_SECONDS,
            "library": library("record.min.js"),
            "terms": terms._url(request.env.lang or "en_US"),
            "allow": terms._allow_url(),
            "limits": LIMITS,
        }

    @staticmethod
    def _token(recording_sudo):
        return sign_grant(
            recording_sudo.trial_id, recording=recording_sudo.uuid, session=recording_sudo.session,
            consent=recording_sudo.consent_event,
        )

    @route("/recording/renew", type="jsonrpc", auth="user")
    def renew(self, resume):
        """A fresh token for the recording that this session is making; False if it is over.

        :param str resume: what :meth:`begin` answered
        """
        env = request.env
        consent_sudo, trial_sudo = person.may_record(env), env["unicdo.recording.trial"]._own()
        session = person.own_session(env)
        if not consent_sudo or not session:
            return False
        if trial_sudo._collector():
            who = {"person": person.own_pseudonym(env), "session": session, "consent": consent_sudo.event_id}
            known = elsewhere.remembered(trial_sudo, who, resume)
            return known and {"token": elsewhere.token(trial_sudo, known), "expires_in": TOKEN_SECONDS} or False
        with inside():
            found = person.own_recordings(env).filtered(
                lambda item: item.uuid == resume and item.session == session and item.state == "recording"
            )
            return {"token": self._token(found), "expires_in": TOKEN_SECONDS} if found else False

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
