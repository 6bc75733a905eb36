# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class UnicdoCancellationCredit(models.Model):
    """The money of an end: credit notes, what they offset, what is paid back (POLICY CAN-3, CAN-4)."""

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    def _terms(self):
        """What this request means in money, at its fixed or expected last day; see ``_terms`` of the subscription.

        Once an invoice is credited, its numbers are those of the credit note.
        """
        self.ensure_one()
        end = self.end_date or self._effective_date()
        terms = self.subscription_id._terms(end, self.kind, self.received_day)
        credits = {credit.reversed_entry_id: credit for credit in self.credit_ids if credit.state != "cancel"}
        for invoice in terms["invoices"]:
            if credit := credits.get(invoice["move"]):
                invoice.update(credit._unicdo_credit_terms())
        return terms | {"totals": self.subscription_id._terms_totals(terms["invoices"])}

    def _credit(self):
        """Make the credit notes, once; posted unless they wait for approval.

        The invoices are locked first, so that two requests never credit one invoice beyond what remains of it.

        :return: ``account.move`` records made now
        """
        self.ensure_one()
        moves = self.subscription_id.period_ids.move_id
        moves.lock_for_update()
        moves.invalidate_recordset()
        made = self.env["account.move"]
        for invoice in self._terms()["invoices"]:
            if invoice["move"] not in self.credit_ids.filtered(lambda move: move.state != "cancel").reversed_entry_id:
                made |= invoice["move"]._unicdo_make_credit(invoice["shares"], self, invoice["date"])
        if not self.company_id.unicdo_credit_approval:
            self._post_credits()
        return made

    def _post_credits(self):
        """Post the credit notes and offset them against what is open of their own invoices, and of no other."""
        for credit in self.credit_ids.filtered(lambda move: move.state == "draft"):
            credit._post(soft=False)
            invoice = credit.reversed_entry_id
            lines = (invoice | credit).line_ids.filtered(
                lambda line: line.account_type == "asset_receivable" and not line.reconciled
            )
            for _account, group in lines.grouped("account_id").items():
                if len(group.move_id) > 1:
                    group.reconcile()
