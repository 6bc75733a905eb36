# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal


class PrivacyPortal(CustomerPortal):
    """The "Privacy" tile of the portal and the one centre it leads to."""

    @route("/my/privacy", type="http", auth="user", website=True, readonly=True)
    def privacy_centre(self):
        """Show everything a person can see and decide about their data."""
        values = self._prepare_privacy_values("privacy")
        values["cards"] = sorted(self._prepare_privacy_cards(), key=lambda card: card.get("sequence", 50))
        return request.render("unicdo_privacy.portal_privacy_centre", values)

    def _prepare_privacy_values(self, page_name, title=None):
        """Values that every page below the centre needs.

        :param str page_name: tells the page apart; "privacy" is the centre itself
        :param str title: last element of the breadcrumb
        """
        return self._prepare_portal_layout_values() | {"page_name": page_name, "privacy_title": title}

    def _prepare_privacy_cards(self):
        """Cards of the centre; called each time it is shown, as the person who looks at it.

        Widen by ``super() + [{…}]``. A page without anything to show adds no card.

        :return: list of dicts ``key`` (unique word), ``title``, ``text`` (one sentence), ``url``, ``icon`` (name of a
            Font Awesome 4 icon without ``fa-``), ``sequence`` (10 consents, 20 policies, 30 what we hold, 40 requests,
            50 recordings, 60 security, 70 hosting), and at will ``badge`` (a few words that need attention)
        """
        return []
