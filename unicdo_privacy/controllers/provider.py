# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.http import Controller, request, route


class ProviderPages(Controller):
    """The service providers, for everybody: who they are, who is to come, who ended (POLICY GOV-2, GDPR Art. 28(2))."""

    @route("/privacy/providers", type="http", auth="public", website=True, readonly=True, sitemap=False)
    def providers(self, **kwargs):
        """Show the list, and to whoever is signed in whether they are told of changes by mail."""
        company, settings_sudo = request.env.company, self._settings()
        signed_in = not request.env.user._is_public()
        return request.render("unicdo_privacy.provider_page", {
            **request.env["unicdo.provider"]._published(company),
            "contact": request.env["unicdo.privacy.settings"]._article15_contacts()["controller_email"],
            "signed_in": signed_in,
            "is_told": signed_in and settings_sudo._is_told_by_mail(request.env.user.partner_id),
        })

    @route("/privacy/providers/tell", type="http", auth="user", methods=["POST"], website=True)
    def tell(self, wanted="", **kwargs):
        """Tell the signed-in person of new service providers by mail, or do so no more.

        :param str wanted: "1" to be told
        """
        settings_sudo = request.env["unicdo.privacy.settings"]._for_company()
        settings_sudo._choose_mail(request.env.user.partner_id, wanted == "1")
        return request.redirect("/privacy/providers#tell", code=303)

    @staticmethod
    def _settings():
        """The settings of the company whose page it is, in sudo; none where nothing was decided yet."""
        return request.env["unicdo.privacy.settings"].sudo().search([("company_id", "=", request.env.company.id)])
