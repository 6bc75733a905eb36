# SPDX-License-Identifier: LGPL-3.0-or-later
import time

from odoo.exceptions import UserError
from odoo.http import Controller, request, route
from odoo.tools import config, email_normalize

from odoo.addons.unicdo_privacy.tools.public_form import is_encrypted, is_from_elsewhere, source_of

from ..models.unicdo_recording_request import MINUTES
from . import person, strangers
from .portal import offline_answer, shown_items

FORM = "/recording/request"
LONGEST = {"database": 500, "email": 254}
#: requests within an hour
PER_SOURCE = 10
PER_ADDRESS = 5
HOUR = 60
#: what a browser asked, and what it has proven; in its session
ASKED, PROVEN = "unicdo_recording_asked", "unicdo_recording_proven"


class PublicRecordingRequest(Controller):
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
        wait = self._wait(asked["address"])
        if wait:
            return self._form(values, wait=wait, status=429)
        token = request.env["unicdo.recording.request"]._issue(**asked)
        request.session.pop(PROVEN, None)
        request.session[ASKED] = asked | {"token": token}
        return request.redirect(f"{FORM}/code", code=303)

    @staticmethod
    def _text(answers, name):
        """One answer, trimmed; a forged form may send a file."""
        value = answers.get(name, "")
        return value.replace("\0", "").strip() if isinstance(value, str) else ""

    def _errors(self, values, homepage):
        """What has to be put right: dict of a field's name → what to do; empty if all is well."""
        _ = request.env._
        errors = {
            name: _("Please shorten this to %s characters.", longest)
            for name, longest in LONGEST.items() if len(values[name]) > longest
        }
        if not values["database"]:
            errors["database"] = _("Please write the name or the address of the database.")
        if "email" not in errors and "." not in (email_normalize(values["email"]) or "").rpartition("@")[2]:
            errors["email"] = _("This is no mail address. Please write one like name@example.com.")
        if homepage:
            errors["homepage"] = _("Please leave this field empty. It is there to be filled in by machines.")
        elif self._is_from_elsewhere():
            errors["form"] = _("This came from another page. Please check what stands here, and send it from here.")
        return errors

    @staticmethod
    def _wait(address):
        """Minutes until a further request is taken; 0 if now. Counted once, also when Odoo runs the request again."""
        environ = request.httprequest.environ
        if "unicdo.wait" not in environ:
            limit = request.env["unicdo.rate.limit"]
            source = source_of(request.httprequest.remote_addr)
            environ["unicdo.wait"] = limit._take("recording.request", source, PER_SOURCE, HOUR) or limit._take(
                "recording.request.address", address, PER_ADDRESS, HOUR
            )
        return environ["unicdo.wait"]

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

    @staticmethod
    def _is_from_elsewhere():
        return is_from_elsewhere(request.httprequest.headers, request.httprequest.host)

    @staticmethod
    def _is_encrypted():
        httprequest = request.httprequest
        base_url = request.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        return is_encrypted(httprequest.scheme, httprequest.host, config["proxy_mode"], base_url)

    def _refuse_plain(self):
        """Keep nothing of what came unencrypted, and lead to where it can be sent (GOV-9)."""
        return self._page("request_plain", {"url": f"https://{request.httprequest.host}{FORM}"}, 403)

    @staticmethod
    def _page(template, values, status=200):
        response = request.render(f"unicdo_trial_recording.{template}", values, status=status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex"
        return response
