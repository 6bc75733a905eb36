# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from odoo.addons.unicdo_privacy.tools.notice import text_hash


class UnicdoCancellationLetters(models.Model):
    """What the customer is told, and when (POLICY CAN-5, CAN-8). Each letter goes out once and stays with its hash."""

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    def _acknowledge(self):
        """Receipt, at once: content, date and time, and what comes next."""
        self._write("receipt")

    def _confirm(self):
        """The end is scheduled: end date, refund, and how to fetch the data."""
        self._write("confirmation")
        self._write("instructions")

    def _address(self):
        """Where letters go: the person who asked where we know them, else the customer, else what the sender wrote."""
        return (self.requester_id or self.partner_id).email_normalized or self.declared_email

    def _write(self, kind):
        """Send one letter and keep it word for word; nothing if it was sent before.

        :param str kind: a value of the letter's ``kind``; its template is ``unicdo_cancellation_mail_<kind>``
        """
        self.ensure_one()
        template = self.env.ref(f"unicdo_hosting_cancel.unicdo_cancellation_mail_{kind}").sudo()
        if kind in self.letter_ids.mapped("kind"):
            return
        rendered = template._generate_template(self.ids, ["subject", "body_html"])[self.id]
        self.env["unicdo.cancellation.letter"].sudo().create({
            "cancellation_id": self.id, "kind": kind, "subject": rendered["subject"], "body": rendered["body_html"],
            "sha256": text_hash(str(rendered["body_html"])),
        })
        if self._address():
            template.send_mail(self.id, email_values={"email_to": self._address()})
