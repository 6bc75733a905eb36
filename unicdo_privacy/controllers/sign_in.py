# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.http import request, route

from odoo.addons.web.controllers.home import Home

from ..apps.auth_oauth import notice


class PrivacySignIn(Home):
    """Who cannot sign in because the vault is missing is told so; the app itself only says "Access Denied"."""

    @route()
    def web_login(self, *args, **kw):
        response = super().web_login(*args, **kw)
        if response.is_qweb and request.params.get("oauth_error"):
            # a name of our own: the order in which modules add to this page is not ours
            response.qcontext["unicdo_refusal"] = notice(request.env)
        return response
