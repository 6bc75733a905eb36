# SPDX-License-Identifier: LGPL-3.0-or-later
from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_date


class UnicdoPrivacySettings(models.Model):
    """Whoever wants to be told of new service providers by mail follows the settings of the company (GDPR Art. 28(2))."""

    _name = "unicdo.privacy.settings"
    _inherit = ["unicdo.privacy.settings", "mail.thread"]

    @api.model_create_multi
    def create(self, vals_list):
        """Nobody follows who did not ask for it, also not the person whose visit made the settings."""
        quiet = self.with_context(mail_create_nosubscribe=True, mail_create_nolog=True)
        return super(UnicdoPrivacySettings, quiet).create(vals_list)

    def _is_told_by_mail(self, partner):
        """Whether a person is told of new service providers by mail.

        :param partner: one ``res.partner``
        """
        return partner in self.message_partner_ids

    def _choose_mail(self, partner, wanted):
        """Tell a person of new service providers by mail, or do so no more.

        :param partner: one ``res.partner``
        :param bool wanted: what they want
        """
        if wanted:
            self.message_subscribe(partner.ids)
        else:
            self.message_unsubscribe(partner.ids)

    def _tell_of_provider(self, provider):
        """Mail those who asked for it that a service provider was announced, each in their language.

        :param provider: one ``unicdo.provider``
        """
        contact = self._contact()
        # answers are read where people's other questions are, not in a thread that nobody looks at
        reply = {"reply_to": contact, "reply_to_force_new": True} if contact else {}
        for lang, partners in self.message_partner_ids.grouped("lang").items():
            settings = self.with_context(lang=lang or self.env.lang)
            # on no record: people would read its name and kind, which say nothing to them
            settings.env["mail.thread"].message_notify(
                partner_ids=partners.ids, author_id=self.company_id.partner_id.id, force_email_company=self.company_id,
                subject=settings.env._("A new service provider of %s", self.company_id.name),
                body=settings._provider_mail(provider.with_env(settings.env)),
                email_layout_xmlid="mail.mail_notification_light", **reply,
            )

    def _provider_mail(self, provider):
        """What is mailed about a provider that was announced, as HTML."""
        _ = self.env._
        words = provider.sudo()._public_words()
        named = {"day": format_date(self.env, words["used_from"]), "name": words["name"], "country": words["country"]}
        if words["replaces"]:
            first = _("From %(day)s on this holds for the service provider %(name)s (%(country)s):", **named)
        else:
            first = _("From %(day)s on we use the service provider %(name)s (%(country)s):", **named)
        objection = _("If you object, please write to us before that day: %s", self._contact() or self.company_id.name)
        url = f"{self.get_base_url()}/privacy/providers"
        return Markup("<p>%s</p><p>%s</p><p>%s</p><p>%s</p><p>%s <a href=\"%s\">%s</a></p>") % (
            first, words["what"], _("Purposes: %s", ", ".join(words["purposes"])), objection,
            _("You get this mail because you asked for it. All our service providers, and the end of these mails:"), url, url,
        )

    def _contact(self):
        """The address that people write to, or ""."""
        return self.with_company(self.company_id)._article15_contacts()["controller_email"]
