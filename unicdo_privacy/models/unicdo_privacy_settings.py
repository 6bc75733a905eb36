# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import single_email_re

#: days that people are told ahead of a new service provider, where the officer chose nothing else
NOTICE_DAYS = 30


class UnicdoPrivacySettings(models.Model):
    """What the privacy officer of a company decides; Settings administrators do not own it (DESIGN 7)."""

    _name = "unicdo.privacy.settings"
    _description = "Privacy Settings"
    _rec_name = "company_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    privacy_email = fields.Char(
        "Privacy mailbox", help="Where people write about their data; the company's address while it is empty."
    )
    dpo_name = fields.Char("Data protection officer", help="A name or a function; empty if you need not have one.")
    dpo_email = fields.Char("Their e-mail")
    dpo_phone = fields.Char("Their phone")
    authority_name = fields.Char(
        "Supervisory authority", help="Where people may complain: the data protection authority of the company's seat."
    )
    authority_url = fields.Char("Its website")
    response_days = fields.Integer(
        "Answer within", default=30, help="Days from receipt; the law gives one month (GDPR Art. 12(3))."
    )

    provider_notice_days = fields.Integer(
        "Service providers announced", default=NOTICE_DAYS,
        help="Days between the announcement of a new service provider and its first use, so that customers can object "
        "(GDPR Art. 28(2)). Agree on no other number in contracts.",
    )

    _company_uniq = models.Constraint("UNIQUE(company_id)", "A company has its privacy settings already.")
    _response_days_check = models.Constraint(
        "CHECK(response_days BETWEEN 1 AND 30)", "Choose 1 to 30 days: the law gives no more than one month."
    )
    _provider_notice_days_check = models.Constraint(
        "CHECK(provider_notice_days BETWEEN 1 AND 365)", "Announce service providers 1 to 365 days ahead."
    )

    @api.constrains("privacy_email", "dpo_email")
    def _check_addresses(self):
        for settings in self:
            for address in (settings.privacy_email, settings.dpo_email):
                if address and not single_email_re.fullmatch(address):
                    raise ValidationError(self.env._("“%s” is not an e-mail address. Please correct it.", address))

    @api.constrains("authority_url")
    def _check_authority_url(self):
        for settings in self:
            if settings.authority_url and not settings.authority_url.startswith(("https://", "http://")):
                raise ValidationError(self.env._("The authority's website starts with https://"))

    @api.model
    def _for_company(self, company=None):
        """The settings of one company, made at first need.

        :param company: ``res.company`` record; the current one by default
        :return: one record in sudo: packages and portal pages quote it to people without a role
        """
        company = company or self.env.company
        settings_sudo = self.sudo()
        return settings_sudo.search([("company_id", "=", company.id)]) or settings_sudo.create({"company_id": company.id})

    @api.model
    def _article15_contacts(self):
        """Whom a person can turn to, of the current company (GDPR Art. 13(1)(a), (b), (2)(d) and 15(1)(f)).

        :return: dict of str, "" where nothing is known: ``controller_name``, ``controller_address`` (lines),
            ``controller_email``, ``controller_phone``, ``dpo_name``, ``dpo_email``, ``dpo_phone``, ``authority_name``,
            ``authority_url``
        """
        company_sudo = self.env.company.sudo()
        settings_sudo = self.sudo().search([("company_id", "=", company_sudo.id)])
        return {
            "controller_name": company_sudo.name or "",
            "controller_address": company_sudo.partner_id._display_address(without_company=True).strip(),
            "controller_email": settings_sudo.privacy_email or company_sudo.email or "",
            "controller_phone": company_sudo.phone or "",
            **{
                name: settings_sudo[name] or ""
                for name in ("dpo_name", "dpo_email", "dpo_phone", "authority_name", "authority_url")
            },
        }

    @api.model
    def action_open(self):
        """Open the current company's settings."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Privacy settings"),
            "res_model": self._name,
            "res_id": self._for_company().id,
            "views": [(False, "form")],
        }
