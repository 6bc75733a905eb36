# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import hmac
import secrets

from odoo import api, fields, models


class UnicdoSubject(models.Model):
    """The one row that ties a person to what the append-only tables say.

    Events hold only ``subject_id`` as a bare integer or a keyed digest; merging contacts, joining a visitor, deleting
    a user and erasing a person change this row alone (GDPR Art. 4(5), pseudonymisation).
    """

    _name = "unicdo.subject"
    _description = "Data Subject"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", string="Person", ondelete="set null", index="btree_not_null")
    visitor_key = fields.Char(index="btree_not_null", groups="base.group_no_one", copy=False)
    merged_into_id = fields.Many2one("unicdo.subject", ondelete="restrict", index="btree_not_null")
    digest_key = fields.Char(
        required=True, copy=False, groups="base.group_no_one", default=lambda self: secrets.token_hex(32)
    )

    @api.model
    def _for_partner(self, partner):
        """The subject of one person, made at first need; the oldest wins when a merge left several.

        :param partner: one ``res.partner`` record
        :return: one ``unicdo.subject`` record, in sudo: rows of this table are read by no role directly
        """
        subjects_sudo = self.sudo().with_context(active_test=False)
        found = subjects_sudo.search([("partner_id", "=", partner.id)], order="id", limit=1)
        return found or subjects_sudo.create({"partner_id": partner.id})

    def _digest(self, context=""):
        """A keyed digest that stands for this subject where no identity may stand, such as the audit ledger.

        :param str context: separates uses, so that two tables cannot be joined by it; "" for the ledger
        :return: 64 hexadecimal characters; "" once the key is gone
        """
        self.ensure_one()
        key = self.sudo().digest_key
        return hmac.new(bytes.fromhex(key), f"{self.id}|{context}".encode(), hashlib.sha256).hexdigest() if key else ""
