# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import hashlib
import json
import secrets

from odoo import fields
from odoo.http import Controller, content_disposition, request, route
from odoo.tools import email_normalize, format_date

from odoo.addons.unicdo_privacy.controllers.public_form import PublicForm

from ..const import DECLARATIONS_PER_ADDRESS, DECLARATIONS_PER_SOURCE
from .portal_end import FARTHEST, LONGEST_REASON, again_when_locked

#: longest answers, by name of the field
LONGEST = {"name": 200, "contract": 500, "email": 254, "reason": LONGEST_REASON, "end": 10}
#: which form → kinds it takes, the first one by default
FORMS = {"cancel": ("ordinary", "good_cause"), "withdraw": ("withdrawal",)}


class PublicCancellation(PublicForm, Controller):
    """Cancelling and withdrawing without an account (BGB § 312k; Directive 2011/83/EU, Art. 11a; POLICY CAN-1, GOV-9).

    The forms answer the same whatever exists.
    """

    # ------------------------------------------------------------------ the forms

    @route(["/hosting/<any(cancel,withdraw):form>"], type="http", auth="public", website=True, methods=["GET"],
           readonly=True, sitemap=False)
    def declaration_form(self, form, **kwargs):
        """Show an empty form, filled in with who is signed in; changes nothing."""
        self._check_offered()
        if not self._is_encrypted():
            return self._refuse_plain()
        user = request.env.user
        values = {} if user._is_public() else {"name": user.partner_id.name, "email": user.partner_id.email or ""}
        return self._form(form, values)

    @route(["/hosting/<any(cancel,withdraw):form>"], type="http", auth="public", website=True, methods=["POST"],
           csrf=False, sitemap=False)
    @again_when_locked
    def declaration_send(self, form, key="", homepage="", **answers):
        """Receive a declaration and show it as it was received; sent twice, it is the same one.

        :param str key: made for the page that was filled in
        :param str homepage: seen by machines alone, so people leave it empty
        """
        self._check_offered()
        if not self._is_encrypted():
            return self._refuse_plain()
        values = {name: self._text(answers, name) for name in ("kind", *LONGEST)}
        values["kind"] = values["kind"] if values["kind"] in FORMS[form] else FORMS[form][0]
        if form == "withdraw":
            values |= {"reason": "", "end": ""}
        errors = self._errors(values, homepage)
        if errors:
            return self._form(form, values, errors=errors, key=key, status=422)
        token = self._token(key, values)
        declarations = request.env["unicdo.cancellation"]
        if not declarations._declaration(token):
            declarations._reserve(token)
            address = email_normalize(values["email"])
            wait = self._wait("hosting.declaration", address, DECLARATIONS_PER_SOURCE, DECLARATIONS_PER_ADDRESS)
            if wait:
                return self._form(form, values, wait=wait, key=key, status=429)
            declarations._declare(token, values["kind"], **self._declared(values))
        return request.redirect(f"/hosting/declaration/{token}", code=303)

    def _check_offered(self):
        if not request.env.company.sudo().unicdo_public_cancel:
            raise request.not_found()

    def _errors(self, values, homepage):
        """What has to be put right: dict of a field's name → what to do; empty if all is well."""
        _ = request.env._
        errors = self._form_errors(values, LONGEST, homepage)
        needed = {
            "name": _("Please write your name."),
            "contract": _("Please say which contract you mean."),
            "email": _("Please write a mail address: your confirmation goes there."),
        }
        if values["kind"] == "good_cause":
            needed["reason"] = _("Please say what the good cause is.")
        errors |= {name: text for name, text in needed.items() if not values[name]}
        if "email" not in errors and (problem := self._mail_problem(values["email"])):
            errors["email"] = problem
        if "end" not in errors and (problem := self._end_problem(values["end"])):
            errors["end"] = problem
        return errors

    def _end_problem(self, text):
        """What is wrong with the last day wished for, or ""."""
        try:
            day = fields.Date.to_date(text) if text else None
        except ValueError:
            return request.env._("This is no day we can read. Please write it like 2026-12-31, or leave it empty.")
        today = fields.Date.context_today(request.env.user)
        # the day of somebody far west of us may have begun yesterday
        if day and day < fields.Date.subtract(today, days=1):
            return request.env._("This day is over. Leave it empty for the earliest day possible.")
        if day and day > today + FARTHEST:
            return request.env._("Please choose a day within the next five years, or leave it empty.")
        return ""

    def _declared(self, values):
        """Values of the request."""
        return {
            "declared_name": values["name"], "declared_contract": values["contract"],
            "declared_email": email_normalize(values["email"]), "reason": values["reason"] or False,
            "wanted_date": values["end"] or False,
        }

    def _token(self, key, values):
        """The secret of a declaration's page: the same for the same words of the same form."""
        key = key if isinstance(key, str) and 20 <= len(key) <= 100 else secrets.token_urlsafe(24)
        digest = hashlib.sha256(json.dumps([key, sorted(values.items())]).encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _form(self, form, values, errors=None, wait=0, key="", status=200):
        company_sudo = request.env.company.sudo()
        user = request.env.user
        return self._page("public_form", {
            "form": form,
            "values": {"kind": FORMS[form][0], **values},
            "errors": errors or {},
            "wait": wait,
            "key": key if isinstance(key, str) and key else secrets.token_urlsafe(24),
            "longest": LONGEST,
            "today": fields.Date.context_today(user),
            "company_email": company_sudo.email,
            "signed_in": not user._is_public(),
        }, status)

    # ------------------------------------------------------------------ the declaration as received

    def _own_declaration(self, token):
        return request.env["unicdo.cancellation"]._declaration(token)

    @route("/hosting/declaration/<string:token>", type="http", auth="public", website=True, readonly=True, sitemap=False)
    def declaration(self, token, **kwargs):
        """Show a declaration as it was received, to whoever sent it."""
        item_sudo = self._own_declaration(token)
        if not item_sudo:
            return self._page("public_gone", {"what": "declaration"}, 404)
        return self._page("public_declaration", {**self._declaration_values(item_sudo), "token": token})

    @route("/hosting/declaration/<string:token>/file", type="http", auth="public", website=True, readonly=True,
           sitemap=False)
    def declaration_file(self, token, **kwargs):
        """Hand out the declaration as a file that can be kept and read anywhere."""
        item_sudo = self._own_declaration(token)
        if not item_sudo:
            return self._page("public_gone", {"what": "declaration"}, 404)
        values = {**self._declaration_values(item_sudo), "lang": (request.env.lang or "en_US").replace("_", "-")}
        body = request.env["ir.qweb"]._render("unicdo_hosting_cancel.declaration_file", values)
        return request.make_response(f"<!DOCTYPE html>\n{body}".encode(), [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Disposition", content_disposition(f"{item_sudo.name}.html")),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ])

    def _declaration_values(self, item_sudo):
        return {
            "item": item_sudo,
            "is_withdrawal": item_sudo.kind == "withdrawal",
            "kind": item_sudo._kind_words(),
            "received": item_sudo._received_words(),
            "wanted": format_date(request.env, item_sudo.wanted_date, date_format="long") if item_sudo.wanted_date else "",
            "company": item_sudo.company_id,
        }

    # ------------------------------------------------------------------ the link that proves who asked

    @route("/hosting/confirm/<string:token>", type="http", auth="public", website=True, methods=["GET"], readonly=True,
           sitemap=False)
    def confirm(self, token, **kwargs):
        """Ask whoever has the link whether the request was theirs, and say what it means; changes nothing."""
        link_sudo = request.env["unicdo.cancellation.link"]._for_token(token)
        problem = link_sudo._problem() if link_sudo else "unknown"
        if problem in ("unknown", "expired", "void"):
            return self._page("public_gone", {"what": problem}, 404 if problem == "unknown" else 410)
        return self._page("public_confirm", self._confirm_values(link_sudo, token))

    @route("/hosting/confirm/<string:token>", type="http", auth="public", website=True, methods=["POST"], csrf=False,
           sitemap=False)
    @again_when_locked
    def confirm_answer(self, token, answer="", **kwargs):
        """Take the answer, once; the link's secret is what nobody else can make a browser send.

        :param str answer: "yes", "no", or "earliest": yes, but on the first day that keeps the notice
        """
        link_sudo = request.env["unicdo.cancellation.link"]._for_token(token)
        if link_sudo and answer in ("yes", "no", "earliest"):
            link_sudo._answer("no" if answer == "no" else "yes", with_refund=answer == "earliest")
        return request.redirect(f"/hosting/confirm/{token}", code=303)

    def _confirm_values(self, link_sudo, token):
        item_sudo, subscription_sudo = link_sudo.cancellation_id, link_sudo.subscription_id
        received, end = item_sudo._expected(subscription_sudo)
        terms = subscription_sudo._terms(end, item_sudo.kind, received)
        return {
            "link": link_sudo, "item": item_sudo, "subscription": subscription_sudo, "token": token, "terms": terms,
            "words": subscription_sudo._words(terms, item_sudo.kind, received), "kind": item_sudo._kind_words(),
            "received": subscription_sudo._moment_words(item_sudo.received_at),
            "with_refund": request.env._("Yes, but on %s, with refund", subscription_sudo._day_words(terms["earliest"])),
            "is_bound": item_sudo.subscription_id == subscription_sudo,
            "is_late": item_sudo.kind == "withdrawal" and not item_sudo._about(subscription_sudo)._withdraws(),
        }

    # ------------------------------------------------------------------ answers

    def _refuse_plain(self):
        """Keep nothing of what came unencrypted, and lead to where it can be sent (GOV-9)."""
        url = f"https://{request.httprequest.host}{request.httprequest.path}"
        return self._page("public_plain", {"url": url, "company_email": request.env.company.sudo().email}, 403)

    def _page(self, template, values, status=200):
        return self._secret_page(f"unicdo_hosting_cancel.{template}", values, status)
