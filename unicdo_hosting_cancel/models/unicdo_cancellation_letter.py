# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoCancellationLetter(models.Model):
    """What was written to the customer, word for word, with a hash: the proof that it was said, and when (CAN-8)."""

    _name = "unicdo.cancellation.letter"
    _inherit = ["unicdo.steered"]
    _description = "Letter about a Cancellation"
    _order = "sent_at, id"

    cancellation_id = fields.Many2one(
        "unicdo.cancellation", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="cancellation_id.company_id", store=True)
    kind = fields.Selection(
        [
            ("receipt", "Receipt"),
            ("verify", "Proof of the address asked"),
            ("colleagues", "Colleagues told"),
            ("confirmation", "End scheduled"),
            ("instructions", "Backup and retrieval"),
            ("reminder_7", "Reminder, 7 days before"),
            ("reminder_1", "Reminder, the day before"),
            ("ended", "Hosting ended"),
            ("statement", "Closing statement"),
            ("taken_back", "Taken back"),
            ("refused", "Refused"),
        ],
        required=True,
        readonly=True,
    )
    sent_at = fields.Datetime("Sent", required=True, readonly=True, default=fields.Datetime.now)
    seen_at = fields.Datetime("Read", readonly=True, help="When instructions were opened or downloaded in the portal.")
    subject = fields.Char(required=True, readonly=True)
    body = fields.Html(required=True, readonly=True, sanitize=False)
    sha256 = fields.Char("SHA-256", required=True, readonly=True, help="Of the body's UTF-8 bytes.")

    _once = models.Constraint("UNIQUE(cancellation_id, kind)", "This letter was sent already.")

    def _seen(self):
        """Somebody of the customer's opened it in the portal; the first time counts (CAN-5)."""
        for letter_sudo in self.sudo().filtered(lambda letter: not letter.seen_at):
            letter_sudo.seen_at = fields.Datetime.now()
            letter_sudo.cancellation_id._log("hosting.cancel.seen", letter=letter_sudo.kind)
