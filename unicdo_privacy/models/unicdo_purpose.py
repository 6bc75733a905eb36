# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.notice import render_notice

LEGAL_REFERENCES = {
    "consent": "GDPR Art. 6(1)(a)",
    "contract": "GDPR Art. 6(1)(b)",
    "legal": "GDPR Art. 6(1)(c)",
    "vital": "GDPR Art. 6(1)(d)",
    "public": "GDPR Art. 6(1)(e)",
    "legitimate": "GDPR Art. 6(1)(f)",
}


class UnicdoPurpose(models.Model):
    """What personal data is used for, and everything Article 13 to 15 oblige us to say about it.

    The ``key`` is what code, the data map and the append-only consent events refer to: it never changes once used.
    """

    _name = "unicdo.purpose"
    _description = "Processing Purpose"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    key = fields.Char(required=True, help="Technical name by which the rest of the system refers to this purpose.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    what = fields.Text("What we do", required=True, translate=True, help="In plain words, as people will read it.")
    basis = fields.Selection(
        [
            ("consent", "Consent"),
            ("contract", "Contract"),
            ("legal", "Legal obligation"),
            ("vital", "Vital interests"),
            ("public", "Public interest"),
            ("legitimate", "Legitimate interests"),
        ],
        string="Lawful basis",
        required=True,
    )
    legal_reference = fields.Char(compute="_compute_legal_reference")
    interest = fields.Text("Our interest", translate=True, help="The legitimate interest pursued (GDPR Art. 13(1)(d)).")
    categories = fields.Text("Categories of data", translate=True)
    recipients = fields.Text("Who receives it", translate=True)
    retention = fields.Text("How long", translate=True)
    transfers = fields.Text("Transfers to other countries", translate=True)
    safeguards = fields.Text("Safeguards of transfers", translate=True)
    automated_logic = fields.Text(
        "Automated decisions", translate=True, help="Logic, significance and consequences (GDPR Art. 15(1)(h))."
    )
    enforcement = fields.Selection(
        [("off", "Off"), ("watch", "Watch only"), ("enforce", "Enforce")],
        default="watch",
        required=True,
        help="Watch: everybody is let through, and what would have been stopped is counted.",
    )
    enforced_where = fields.Char("Enforced by", compute="_compute_enforced_where")

    _key_uniq = models.Constraint("UNIQUE(key)", "A purpose with this key exists already.")

    @api.depends("basis")
    def _compute_legal_reference(self):
        for purpose in self:
            purpose.legal_reference = LEGAL_REFERENCES.get(purpose.basis)

    @api.depends("key")
    def _compute_enforced_where(self):
        places = self._enforced_by()
        for purpose in self:
            purpose.enforced_where = ", ".join(places.get(purpose.key, ()))

    @api.constrains("basis", "interest")
    def _check_interest(self):
        if self.filtered(lambda purpose: purpose.basis == "legitimate" and not purpose.interest):
            raise ValidationError(self.env._("Legitimate interests have to be named. Please fill in “Our interest”."))

    @api.model
    def _enforced_by(self):
        """Where a choice about a purpose is really asked before data is used.

        Called when purposes are shown. Widen by ``super() | {key: [names of the places]}``; a purpose that is missing
        here is shown as enforced by nothing.

        :return: dict of purpose key → list of short names of places
        """
        return {}

    @api.model
    def _by_key(self, key):
        """The purpose of that key, archived ones included.

        :raise ValueError: no such purpose: a defect of the caller, not of the data
        """
        purpose = self.with_context(active_test=False).search([("key", "=", key)], limit=1)
        if not purpose:
            raise ValueError(f"There is no processing purpose with the key {key!r}.")
        return purpose

    def _notice_html(self):
        """The text people see about this purpose, in the language of the context: what a choice is about.

        :return: HTML as ``Markup``, always the same for the same words
        """
        self.ensure_one()
        _ = self.env._
        return render_notice(self.name, self.what, [
            (_("What data"), self.categories),
            (_("Our interest"), self.interest),
            (_("Who receives it"), self.recipients),
            (_("How long"), self.retention),
            (_("Transfers to other countries"), self.transfers),
            (_("Safeguards"), self.safeguards),
            (_("Automated decisions"), self.automated_logic),
        ])
