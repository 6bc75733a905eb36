# SPDX-License-Identifier: LGPL-3.0-or-later
import re

from odoo import http
from odoo.exceptions import AccessDenied, UserError
from odoo.http import request

from ..models.unicdo_recheck import CODE_MINUTES, PAGE
from ..tools.local_path import local_path

ACTION = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class RecheckController(http.Controller):
    """The page that asks again who it is: password, passkey, or a mailed code (DESIGN 7)."""

    @http.route(PAGE, type="http", auth="user", website=True, methods=["GET"], sitemap=False)
    def recheck_page(self, action="", next="", **kwargs):  # noqa: A002 - the parameter's public name
        """Show the question; changes nothing."""
        return self._page(action, next)

    @http.route(f"{PAGE}/code", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def recheck_send_code(self, action="", next="", **kwargs):  # noqa: A002
        """Mail a code, then show where to type it."""
        recheck = request.env["unicdo.recheck"]
        if not self._is_action(action) or not recheck._needs()["mail"]:
            raise request.not_found()
        try:
            with request.env.cr.savepoint():
                recheck._send_code(action)
        except UserError as error:
            # a code that came before can still be typed
            return self._page(action, next, error=str(error), code_sent=bool(recheck._own_codes(action)))
        return self._page(action, next, code_sent=True)

    @http.route(PAGE, type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def recheck_verify(self, action="", next="", **answer):  # noqa: A002
        """Check the answer and go on, or say what was wrong."""
        if not self._is_action(action):
            raise request.not_found()
        answer = {key: value for key, value in answer.items() if isinstance(value, str)}
        try:
            request.env["unicdo.recheck"]._verify(action, answer)
        except AccessDenied as error:
            return self._page(action, next, error=str(error), code_sent=bool(answer.get("code")))
        return request.redirect(local_path(next), code=303)

    @staticmethod
    def _is_action(action):
        """Whether it can be the key of an action; a forged form may even send a file."""
        return isinstance(action, str) and bool(ACTION.fullmatch(action))

    def _page(self, action, next_url, error="", code_sent=False):
        if not self._is_action(action):
            raise request.not_found()
        recheck = request.env["unicdo.recheck"]
        changes_sudo, address = recheck._changes(), recheck._address()
        reset = request.env["ir.config_parameter"].sudo().get_param("auth_signup.reset_password") == "True"
        response = request.render("unicdo_privacy.recheck_page", {
            "page_name": "unicdo_recheck",
            "action": action,
            "label": recheck._label(action),
            "next": local_path(next_url),
            "needs": recheck._needs(),
            "changed_on": changes_sudo and max(changes_sudo.mapped("changed_at")),
            "changed_what": changes_sudo._all_in_words(),
            "closed_until": changes_sudo and not address and changes_sudo._over_at(),
            "wait": request.env["unicdo.recheck.tries"]._wait(),
            "error": error,
            "code_sent": code_sent,
            "address": recheck._address_hint(address),
            "pass_minutes": recheck._minutes(action),
            "code_minutes": CODE_MINUTES,
            "reset_password": reset,
        })
        # a page that asks for secrets must not be framed by others (as core's sign-in page)
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
        response.headers["Cache-Control"] = "no-store"
        return response
