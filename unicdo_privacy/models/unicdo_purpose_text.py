# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ..tools.notice import text_hash


class UnicdoPurposeText(models.Model):
    """The exact words people saw about a purpose when they chose; one row per different text."""

    _name = "unicdo.purpose.text"
    _inherit = ["unicdo.append.only"]
    _description = "Text of a Purpose as Shown"
    _log_access = False
    _rec_name = "purpose_key"
    _order = "id desc"

    purpose_key = fields.Char(required=True)
    lang = fields.Char(required=True)
    body = fields.Html(required=True, sanitize=False)
    sha256 = fields.Char(required=True)
    first_shown = fields.Datetime(required=True, default=fields.Datetime.now)

    _text_uniq = models.Constraint("UNIQUE(purpose_key, lang, sha256)", "This text is kept already.")

    @api.model
    def _keep(self, purpose):
        """The row that holds today's text of a purpose, in the language of the context; made at first need.

        :param purpose: one ``unicdo.purpose`` record
        :return: one record, in sudo: texts are kept for people who may not write here
        """
        texts_sudo = self.sudo()
        body = purpose._notice_html()
        vals = {"purpose_key": purpose.key, "lang": self.env.lang or "en_US", "sha256": text_hash(body)}
        known = texts_sudo.search([(name, "=", value) for name, value in vals.items()], limit=1)
        return known or texts_sudo.create(vals | {"body": body})
