# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.unicdo_consent import OBJECTABLE


class UnicdoConsentRecorder(models.TransientModel):
    """Record what people said by letter, on the phone or on paper, and lists taken over from elsewhere."""

    _name = "unicdo.consent.recorder"
    _description = "Record Choices of People"

    partner_ids = fields.Many2many("res.partner", string="People", required=True)
    purpose_id = fields.Many2one(
        "unicdo.purpose", required=True, ondelete="cascade",
        domain=[("basis", "in", ("consent", *OBJECTABLE)), ("kept_apart", "=", False)],
    )
    basis = fields.Selection(related="purpose_id.basis")
    what = fields.Selection(
        [
            ("given", "They agreed"),
            ("refused", "They said no"),
            ("withdrawn", "They withdrew"),
            ("imported", "They are on a list; how they agreed is unknown"),
        ],
        string="What happened",
        required=True,
        default="withdrawn",
        help="About purposes that need no consent, an objection is recorded.",
    )
    occurred_on = fields.Datetime("When", required=True, default=fields.Datetime.now)
    origin = fields.Char(
        "How we know", required=True, help="Where the proof is: the letter's file number, the form, the name of the list."
    )

    @api.model
    def default_get(self, fields):
        """Start with the contacts that were selected in the list."""
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "res.partner":
            values["partner_ids"] = self.env.context.get("active_ids", [])
        return values

    def action_record(self):
        """Record the choices, with the user as the one who recorded them, and close."""
        self.ensure_one()
        self.partner_ids.check_access("read")
        if self.occurred_on > fields.Datetime.now():
            raise UserError(self.env._("That lies in the future. Please enter when the person said it."))
        what = "objected" if self.basis in OBJECTABLE else self.what
        choices = [
            {
                "purpose": self.purpose_id.key, "what": what, "partner_id": partner.id,
                "occurred_on": self.occurred_on, "origin": self.origin,
            }
            for partner in self.partner_ids
        ]
        self.env["unicdo.consent"]._record_choices(choices, "import" if what == "imported" else "staff")
        for partner in self.partner_ids:
            self.env["unicdo.ledger.event"]._record(
                "consent.recorded", subject=partner, detail={"purpose": self.purpose_id.key, "what": what}
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("Recorded. People: %s.", len(self.partner_ids)),
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
