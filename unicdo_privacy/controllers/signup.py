# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.auth_signup.controllers.main import AuthSignupHome

#: policy kind → what signing up does about it; a form field of the kind's name carries the version that was shown
SIGNUP_ACTS = {"terms": "accepted", "privacy": "acknowledged"}


class PrivacySignup(AuthSignupHome):
    """Who signs up accepts the terms and reads the privacy notice, where there are any; each version is recorded."""

    @route()
    def web_auth_signup(self, *args, **kw):
        # the form to reset a password runs through the same methods and asks for nothing
        request.update_context(unicdo_signing_up=True)
        return super().web_auth_signup(*args, **kw)

    def get_auth_signup_qcontext(self):
        """Give the form the policies that apply."""
        versions = {kind: request.env["unicdo.policy"]._current(kind) for kind in SIGNUP_ACTS}
        return super().get_auth_signup_qcontext() | {"signup_policies": [v for v in versions.values() if v]}

    def do_signup(self, qcontext, do_login=True):
        """Refuse to sign up before the policies shown are agreed to; the browser's own check can be bypassed."""
        if request.env.context.get("unicdo_signing_up"):
            self._check_signup_policies(qcontext["signup_policies"])
        return super().do_signup(qcontext, do_login)

    def _check_signup_policies(self, versions):
        for version in versions:
            ticked = request.params.get(f"policy_{version.kind}")
            if not ticked:
                raise UserError(
                    request.env._("Please accept the “%s” to sign up.", version.title)
                    if version.kind == "terms"
                    else request.env._("Please read the “%s” and confirm it to sign up.", version.title)
                )
            if ticked != str(version.id):
                raise UserError(request.env._(
                    "“%s” was published in a new version meanwhile. Please read it and confirm again.", version.title
                ))

    def _signup_with_values(self, token, values, do_login):
        """Record what was agreed to in the transaction that makes the account, so that none lacks it."""
        if not request.env.context.get("unicdo_signing_up"):
            super()._signup_with_values(token, values, do_login)
            return
        partners_sudo = request.env["res.partner"].sudo()
        partner_sudo = partners_sudo._signup_retrieve_partner(token) if token else partners_sudo
        login = values.get("login")
        super()._signup_with_values(token, values, do_login)
        if not partner_sudo:
            users_sudo = request.env["res.users"].sudo()
            partner_sudo = users_sudo.search(users_sudo._get_login_domain(login), limit=1).partner_id
        self._record_signup(partner_sudo)

    def _record_signup(self, partner_sudo):
        trace = {
            "address": request.httprequest.remote_addr,
            "user_agent": request.httprequest.user_agent.string,
        }
        for kind, what in SIGNUP_ACTS.items():
            version = request.env["unicdo.policy"]._current(kind)
            if version:
                request.env["unicdo.consent"]._record_policy_act(partner_sudo, what, version, "signup", trace)
