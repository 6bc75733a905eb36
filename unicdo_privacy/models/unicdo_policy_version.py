# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from .unicdo_policy import KINDS, STAFF_KINDS


class UnicdoPolicyVersion(models.Model):
    """One published text in one language, for ever as it was published.

    Numbers run per kind over the whole database, so that ``/privacy/policy/<kind>/<number>`` names one text only.
    """

    _name = "unicdo.policy.version"
    _inherit = ["unicdo.append.only"]
    _description = "Published Policy Version"
    _log_access = False
    _order = "published_on desc, id desc"

    policy_id = fields.Integer(required=True, readonly=True, index=True, aggregator=None)
    kind = fields.Selection(KINDS + STAFF_KINDS, required=True, readonly=True)
    number = fields.Integer("Version", required=True, readonly=True, aggregator=None)
    lang = fields.Char("Language code", required=True, readonly=True)
    title = fields.Char(required=True, readonly=True)
    body = fields.Html(required=True, readonly=True, sanitize=False)
    sha256 = fields.Char("SHA-256", required=True, readonly=True, help="Of the text's UTF-8 bytes.")
    published_on = fields.Datetime("Published", required=True, readonly=True)
    published_by = fields.Integer("Published by (user id)", readonly=True, aggregator=None)
    language = fields.Char(compute="_compute_language")

    _number_uniq = models.Constraint("UNIQUE(kind, number, lang)", "This version is published already.")

    @api.depends("title", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(title)s, version %(number)s", title=version.title, number=version.number
            )

    @api.depends("lang")
    def _compute_language(self):
        for version in self:
            version.language = version._language_name()

    def _in_language(self):
        """Of the languages of one version, the one to show: the reader's, a relative of it, else the first written."""
        lang = self.env.lang or "en_US"
        versions = self.sorted("id")
        exact = versions.filtered(lambda version: version.lang == lang)
        related = versions.filtered(lambda version: version.lang.split("_")[0] == lang.split("_")[0])
        return (exact or related or versions)[:1]

    @api.model
    def _numbered(self, kind, number, lang=None):
        """One published text.

        :param str kind: one of ``KINDS`` or ``STAFF_KINDS``
        :param int number: of the version
        :param str lang: its language; default the reader's
        :return: one record or an empty one
        """
        versions = self.search([("kind", "=", kind), ("number", "=", number)])
        return versions.filtered(lambda version: version.lang == lang)[:1] or versions._in_language()

    def _former(self):
        """The version of the same policy before this one, in the same language where it has one; or empty."""
        siblings = self.search([("policy_id", "=", self.policy_id), ("number", "<", self.number)])
        last = siblings.filtered(lambda version: version.number == max(siblings.mapped("number")))
        return last.filtered(lambda version: version.lang == self.lang) or last._in_language()

    def _act_of(self, partner):
        """What a person did last about this version, in whatever language they read it.

        :return: one ``unicdo.consent.event`` in sudo, or none
        """
        self.ensure_one()
        events_sudo = self.env["unicdo.consent.event"]._of_partner(partner).filtered(lambda event: not event.purpose_key)
        return events_sudo.filtered(
            lambda event: (event.policy_version_id.kind, event.policy_version_id.number) == (self.kind, self.number)
        )[:1]

    def _url(self):
        """Path of the page that shows exactly this text."""
        self.ensure_one()
        return f"/privacy/policy/{self.kind}/{self.number}?lang={self.lang}"

    def action_open(self):
        """Open the public page of this version."""
        return {"type": "ir.actions.act_url", "url": self._url(), "target": "new"}

    def _language_name(self):
        return self.env["res.lang"]._get_data(code=self.lang).name or self.lang

    def _direction(self):
        """Writing direction of the text, which may differ from the page's around it."""
        return self.env["res.lang"]._get_data(code=self.lang).direction or "ltr"
