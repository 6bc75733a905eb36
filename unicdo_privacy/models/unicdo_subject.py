# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import hmac
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..tools.bulk import insert_rows


class UnicdoSubject(models.Model):
    """The one row that ties a person to what the append-only tables say.

    Events hold only ``subject_id`` as a bare integer or a keyed digest; merging contacts, joining a visitor, deleting
    a user and erasing a person change this row alone (GDPR Art. 4(5), pseudonymisation). A row that was merged keeps
    its events, and points at the row that speaks for the person now.
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

    _partner_uniq = models.UniqueIndex("(partner_id) WHERE merged_into_id IS NULL AND partner_id IS NOT NULL")

    def write(self, vals):
        """Refused by RPC, whoever was given access rights: whose subject it is decides who gets what is kept for it."""
        if not self.env.su:
            raise AccessError(self.env._("Subjects are kept by the software itself."))
        return super().write(vals)

    @api.model
    def _for_partner(self, partner):
        """The subject of one person, made at first need.

        :param partner: one ``res.partner`` record
        :return: one ``unicdo.subject`` record, in sudo: rows of this table are read by no role directly
        """
        return self.sudo().browse(self._for_partners(partner.ids)[partner.id])

    @api.model
    def _for_partners(self, partner_ids):
        """The subjects of many people at once, made where missing.

        :param partner_ids: ids of partners
        :return: dict of partner id → subject id
        """
        self.flush_model()
        ids = self._known_subjects(partner_ids)
        missing = sorted(set(partner_ids) - ids.keys())
        columns = {"partner_id": "int", "digest_key": "varchar", "create_date": "timestamp"}
        now = fields.Datetime.now()
        # when another transaction makes the same subject just now, this one is told to try again
        rows = [(partner_id, secrets.token_hex(32), now) for partner_id in missing]
        made = insert_rows(self.env.cr, self._table, columns, rows, "ON CONFLICT DO NOTHING")
        return ids | dict(zip(missing, made, strict=True))

    @api.model
    def _known_subjects(self, partner_ids):
        self.env.cr.execute(SQL(
            "SELECT partner_id, id FROM unicdo_subject WHERE partner_id = ANY(%s) AND merged_into_id IS NULL",
            list(partner_ids),
        ))
        return dict(self.env.cr.fetchall())

    @api.model
    def _for_visitor(self, visitor_key):
        """The subject of an anonymous visitor, made at first need; found as long as nobody was recognised in it.

        :param str visitor_key: random key that only the visitor's browser knows
        :return: one record, in sudo
        """
        subjects_sudo = self.sudo()
        found = subjects_sudo.search([("visitor_key", "=", visitor_key)], limit=1)
        return found or subjects_sudo.create({"visitor_key": visitor_key})

    @api.model
    def _join_visitor(self, visitor_key, partner):
        """Recognise a person in a visitor: the visitor's choices come along, the stricter wins; browsing does not.

        The visitor's key is forgotten, so that what else is known under it never leads to the person.

        :return: the person's subject, in sudo
        """
        person_sudo = self._for_partner(partner)
        visitor_sudo = self.sudo().search([("visitor_key", "=", visitor_key)])
        person_sudo._absorb(visitor_sudo, "join")
        return person_sudo

    @api.model
    def _merge_partners(self, sources, target):
        """Make one subject of several people's; called before core moves what points at the merged contacts.

        :param sources: contacts that will be deleted
        :param target: the contact that stays
        """
        subjects_sudo = self.sudo().search(
            [("partner_id", "in", (sources | target).ids), ("merged_into_id", "=", False)], order="id"
        )
        keeper_sudo = subjects_sudo.filtered(lambda subject: subject.partner_id == target) or subjects_sudo[:1]
        keeper_sudo._absorb(subjects_sudo - keeper_sudo, "merge")
        keeper_sudo.partner_id = target
        self.flush_model()

    def _absorb(self, others, channel):
        """Let this subject speak for others from now on; their events stay where they are.

        :param others: subjects of the same person
        :param str channel: how it came to be known, "merge" or "join"
        """
        others -= self
        if not others:
            return
        self.env["unicdo.consent"]._carry(others, self, channel)
        others.write({"merged_into_id": self.id, "partner_id": self.partner_id.id, "visitor_key": False})

    def _digest(self, context=""):
        """A keyed digest that stands for this subject where no identity may stand, such as the audit ledger.

        :param str context: separates uses, so that two tables cannot be joined by it; "" for the ledger
        :return: 64 hexadecimal characters; "" once the key is gone
        """
        self.ensure_one()
        key = self.sudo().digest_key
        return hmac.new(bytes.fromhex(key), f"{self.id}|{context}".encode(), hashlib.sha256).hexdigest() if key else ""
