# SPDX-License-Identifier: LGPL-3.0-or-later
from werkzeug.exceptions import NotFound

from odoo.http import Controller, request, route

from ..models.unicdo_policy import KINDS


class PolicyPages(Controller):
    """Published policies, for everybody: the current one of each kind, and each version for ever."""

    @route(
        ["/privacy/policy/<string:kind>", "/privacy/policy/<string:kind>/<int:number>"],
        type="http", auth="public", website=True, readonly=True, sitemap=False,
    )
    def policy(self, kind, number=None, lang=None, **kwargs):
        """Show one published text.

        :param str kind: one of ``KINDS``
        :param int number: a version; default the one that applies now
        :param str lang: a language of that version; default the reader's
        """
        if kind not in dict(KINDS):
            raise NotFound()
        current = request.env["unicdo.policy"]._current(kind)
        versions = request.env["unicdo.policy.version"]
        version = versions._numbered(kind, number, lang) if number else current
        if not version:
            raise NotFound()
        siblings = versions.search([("policy_id", "=", version.policy_id)])
        numbers = {sibling.number: sibling for sibling in siblings.sorted("id", reverse=True)}
        return request.render("unicdo_privacy.policy_page", {
            "version": version,
            "is_current": version.number == current.number and version.policy_id == current.policy_id,
            "translations": siblings.filtered(lambda sibling: sibling.number == version.number) - version,
            "others": [sibling for sibling in numbers.values() if sibling.number != version.number],
        })
