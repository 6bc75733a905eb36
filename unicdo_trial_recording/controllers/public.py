# SPDX-License-Identifier: LGPL-3.0-or-later
import time

from odoo.exceptions import UserError
from odoo.http import Controller, request, route
from odoo.tools import email_normalize

from odoo.addons.unicdo_privacy.controllers.public_form import PublicForm

from ..models.unicdo_recording_request import MINUTES
from . import person, strangers
from .portal import offline_answer, shown_items

FORM = "/recording/request"
LONGEST = {"database": 500, "email": 254}
#: requests within an hour
PER_SOURCE = 10
PER_ADDRESS = 5
#: what a browser asked, and what it has proven; in its session
ASKED, PROVEN = "unicdo_recording_asked", "unicdo_recording_proven"


class PublicRecordingRequest(PublicForm, Controller):
    """Asking for recordings without an account (POLICY REC-3). Every answer is the same whatever exists."""

    # ------------------------------------------------------------------ the form

    @route(FORM, type="http", auth="public", website=True, methods=["GET"], readonly=True, sitemap=False)
    def form(self, **kwargs):
        """Show an empty form; changes nothing."""
        return self._form({}) if self._is_encrypted() else self._refuse_plain()

    @route(FORM, type="http", auth="public", website=True, methods=["POST"], csrf=False, sitemap=False)
    def send(self, homepage="", **answers):
        """Take a request, and go on to where the code is typed in.

        :param str homepage: seen by machines alone, so people leave it empty
        """
        if not self._is_encrypted():
            return self._refuse_plain()
        values = {name: self._text(answers, name) for name in ("what", *LONGEST)}
        values["what"] = values["what"] if values["what"] in strangers.WHATS else strangers.WHATS[0]
        errors = self._errors(values, homepage)
        if errors:
            return self._form(values, errors=errors, status=422)
        asked = {"what": values["what"], "database": values["database"], "address": email_normalize(values["email"])}
        wait = self._wait("recording.request", asked["address"], PER_SOURCE, PER_ADDRESS)
        if wait:
            return self._form(values, wait=wait, status=429)
        token = request.env["unicdo.recording.request"]._issue(**asked)
        request.session.pop(PROVEN, None)
        request.session[ASKED] = asked | {"token": token}
        return request.redirect(f"{FORM}/code", code=303)

    def _errors(self, values, homepage):
        """What has to be put right: dict of a field's name → what to do; empty if all is well."""
        errors = self._form_errors(values, LONGEST, homepage)
        if not values["database"]:
            errors["database"] = request.env._("Please write the name or the address of the database.")
        if "email" not in errors and (problem := self._mail_problem(values["email"])):
            errors["email"] = problem
        return errors

    def _form(self, values, errors=None, wait=0, status=200):
        return self._page("request_form", {
            "values": {"what": "get", **values}, "errors": errors or {}, "wait": wait, "longest": LONGEST,
            "signed_in": not request.env.user._is_public(),
        }, status)

    # ------------------------------------------------------------------ the code

    @route(f"{FORM}/code", type="http", auth="public", website=True, methods=["GET"], readonly=True, sitemap=False)
    def code(self, **kwargs):
        """Show where the code is typed in, in the browser that asked; changes nothing."""
        asked = request.session.get(ASKED)
        return self._code_page(asked) if asked else request.redirect(FORM, code=303)

    @route(f"{FORM}/code", type="http", auth="public", website=True, methods=["POST"], csrf=False, sitemap=False)
    def check(self, code="", **kwargs):
        """Check the code; removing is done at once, getting goes on to the list."""
        asked = request.session.get(ASKED)
        if not asked or not self._is_encrypted() or self._is_from_elsewhere():
            return request.redirect(FORM, code=303)
        if not self._is_right(asked, code):
            return self._code_page(asked, wrong=True, status=422)
        request.session.pop(ASKED)
        what = {name: asked[name] for name in ("what", "database", "address")}
        if asked["what"] == "get":
            request.session[PROVEN] = what | {"until": int(time.time()) + MINUTES * 60}
            return request.redirect(f"{FORM}/own", code=303)
        may = strangers.proven(request.env, **what)
        try:
            with request.env.cr.savepoint():
                removed = self._remove(may)
        except UserError as error:
            return self._page("request_done", {"removed": None, "problem": str(error)}, 503)
        return self._page("request_done", {"removed": removed, "what": asked["what"], "problem": ""})

    def _is_right(self, asked, code):
        """Count the try, and compare; a right code is used up."""
        requests = request.env["unicdo.recording.request"]
        found = requests._take_try(asked["token"])
        if not found:
            return False
        holder, digest = found
        digits = "".join(filter(str.isdecimal, code)) if isinstance(code, str) else ""
        return strangers.is_code(request.env, holder, asked, digits, digest) and requests._use_up(asked["token"])

    @staticmethod
    def _remove(may):
        if "trials" in may:
            return [person.remove_all(request.env, may["trials"])]
        return person.remove(request.env, may["person"]) if may.get("person") else []

    def _code_page(self, asked, wrong=False, status=200):
        return self._page("request_code", {"asked": asked, "wrong": wrong, "minutes": MINUTES}, status)

    # ------------------------------------------------------------------ what was asked for

    @route(f"{FORM}/own", type="http", auth="public", website=True, methods=["GET"], readonly=True, sitemap=False)
    def own(self, **kwargs):
        """Show the recordings of who proved their address in this browser; changes nothing."""
        key = self._proven_person()
        return self._own_page(key) if key else request.redirect(FORM, code=303)

    @route(f"{FORM}/own", type="http", auth="public", website=True, methods=["POST"], csrf=False, sitemap=False)
    def own_get(self, recording="", **kwargs):
        """Hand out one of them."""
        key = self._proven_person()
        if not key or not self._is_encrypted() or self._is_from_elsewhere():
            return request.redirect(FORM, code=303)
        try:
            content = isinstance(recording, str) and person.offline_file(request.env, key, recording)
        except UserError as error:
            return self._own_page(key, problem=str(error))
        if not content:
            return self._own_page(key, problem=request.env._("This recording is not there any more."))
        return offline_answer(content, recording)

    @staticmethod
    def _proven_person():
        """The pseudonym of who proved their address in this browser, looked up anew each time; "" where it is over."""
        proven = request.session.get(PROVEN)
        if not proven or proven["until"] <= time.time():
            return ""
        what = {name: proven[name] for name in ("what", "database", "address")}
        return strangers.proven(request.env, **what).get("person", "")

    def _own_page(self, key, problem=""):
        try:
            items = person.shown(request.env, key)
        except UserError as error:
            items, problem = [], problem or str(error)
        return self._page("request_own", {"items": shown_items(request.env, items), "problem": problem})

    # ------------------------------------------------------------------ answers

    def _refuse_plain(self):
        """Keep nothing of what came unencrypted, and lead to where it can be sent (GOV-9)."""
        return self._page("request_plain", {"url": f"https://{request.httprequest.host}{FORM}"}, 403)

    def _page(self, template, values, status=200):
        return self._secret_page(f"unicdo_trial_recording.{template}", values, status)
