# SPDX-License-Identifier: LGPL-3.0-or-later
from werkzeug.exceptions import NotFound

from odoo.http import Controller, request, route

from ..models.unicdo_policy import KINDS
from ..tools.text_changes import text_changes


class PolicyPages(Controller):
    """Published policies: the current one of each kind, and each version for ever. For everybody, but those for staff."""

    @route(
        ["/privacy/policy/<string:kind>", "/privacy/policy/<string:kind>/<int:number>"],
        type="http", auth="public", website=True, readonly=True, sitemap=False,
    )
    def policy(self, kind, number=None, lang=None, **kwargs):
        """Show one published text.

        :param str kind: one of ``KINDS``, for internal users also of ``STAFF_KINDS``
        :param int number: a version; default the one that applies now
        :param str lang: a language of that version; default the reader's
        """
        self._check_for_them(kind)
        current = request.env["unicdo.policy"]._current(kind)
        versions = request.env["unicdo.policy.version"]
        version = versions._numbered(kind, number, lang) if number else current
        if not version:
            raise NotFound()
        siblings = versions.search([("policy_id", "=", version.policy_id)])
        # one entry per version, newest first, in the language of the page where it has one
        numbers = sorted(set(siblings.mapped("number")), reverse=True)
        others = [versions._numbered(kind, other, version.lang) for other in numbers if other != version.number]
        # what staff undertake is acknowledged where the work is done, not here
        signed_in = kind in dict(KINDS) and not request.env.user._is_public()
        return request.render("unicdo_privacy.policy_page", {
            "version": version,
            "signed_in": signed_in,
            "act": signed_in and version._act_of(request.env.user.partner_id),
            "is_current": version.number == current.number and version.policy_id == current.policy_id,
            "translations": siblings.filtered(lambda sibling: sibling.number == version.number) - version,
            "others": others,
            "former": version._former(),
        })

    @route("/privacy/policy/<string:kind>/<int:number>/changes", type="http", auth="public", website=True,
           readonly=True, sitemap=False)
    def policy_changes(self, kind, number, lang=None, **kwargs):
        """Show what one version changed in the one before it."""
        self._check_for_them(kind)
        versions = request.env["unicdo.policy.version"]
        version = versions._numbered(kind, number, lang)
        former = version._former()
        if not former:
            raise NotFound()
        return request.render("unicdo_privacy.policy_changes_page", {
            "version": version, "former": former, "changes": text_changes(former.body, version.body),
        })

    @staticmethod
    def _check_for_them(kind):
        if not request.env["unicdo.policy"]._is_for(kind, request.env.user):
            raise NotFound()
