# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class UnicdoCancellationCredit(models.Model):
    """The money of an end: credit notes, what they offset, what is paid back (POLICY CAN-3, CAN-4)."""

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    def _terms(self):
        """What this request means in money, at its fixed or expected last day; see ``_terms`` of the subscription."""
        self.ensure_one()
        end = self.end_date or self._effective_date()
        return self.subscription_id._terms(end, self.kind, self.received_day, self)

    def _credit(self):
        """Make the credit notes, once; posted unless they wait for approval.

        The invoices are claimed first, so that two requests never credit one invoice beyond what remains of it.

        :return: ``account.move`` records made now
        """
        self.ensure_one()
        lines = self.subscription_id.period_ids.move_id.invoice_line_ids
        (lines | lines._get_downpayment_lines()).move_id._unicdo_claim()
        made = self.env["account.move"]
        for terms in self._terms()["invoices"]:
            if not terms["credit"]:
                made |= terms["move"]._unicdo_make_credit(terms, self)
        if not self.company_id.unicdo_credit_approval:
            self._post_credits()
        return made

    def _post_credits(self):
        """Post the credit notes; Odoo offsets each against what is open of its own invoice, and of no other."""
        drafts = self.credit_ids.filtered(lambda move: move.state == "draft")
        if drafts:
            drafts._post(soft=False)
