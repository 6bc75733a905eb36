# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import Decimal

from odoo import fields, models

from ..tools.proration import days_of


class UnicdoHostingSubscriptionTerms(models.Model):
    """What ending a subscription on a day means: the one source of every number shown, mailed and booked."""

    _inherit = "unicdo.hosting.subscription"  # pylint: disable=consider-merging-classes-inherited

    def _terms(self, end, kind="ordinary", received=None, cancellation=None):
        """What it means to end this subscription on a day (POLICY CAN-2 to CAN-4, CAN-7). Changes nothing.

        :param datetime.date end: last day of service, inclusive
        :param str kind: one of ``KINDS``
        :param datetime.date received: day of receipt in the customer's time zone; default today
        :param cancellation: ``unicdo.cancellation`` whose credit notes are shown as they were booked, where it has some
        :return: dict

            - ``end``, ``earliest`` (first last day that keeps the notice), ``notice_kept``, ``is_refundable``
            - ``shares``: list of dicts as of ``unicdo.hosting.period._share``, in order of the periods
            - ``invoices``: list of dicts ``move``, ``credit`` (its credit note, or empty), ``shares`` (pairs of invoice line
              and capped Decimal), ``net``, ``tax``, ``total``, ``refunded``, ``offset``, ``still_due`` (Decimals), ``date`` of
              the credit note; last those of down payments that their final invoices cannot give back
            - ``totals``: dict of currency → dict of Decimals ``total``, ``refunded``, ``offset``, ``still_due``
            - ``to_bill``: None, or ``(first day, last day, days)`` served but not billed yet
            - ``data_until``: last day on which the data can be fetched
        """
        self.ensure_one()
        received = received or self._today()
        earliest = self._notice_rule(received)._earliest_end(received)
        kept = end >= earliest
        is_refundable = kept or kind != "ordinary"
        shares = [period._share(end, kind, is_refundable) for period in self.period_ids.sorted("first_day")]
        # whoever withdraws has no last day to wait for
        day = max(end if kind == "withdrawal" else fields.Date.add(end, days=1), self._today())
        invoices = self._invoices_terms(shares, day, cancellation or self.env["unicdo.cancellation"])
        return {
            "end": end,
            "earliest": earliest,
            "notice_kept": kept,
            "is_refundable": is_refundable,
            "shares": shares,
            "invoices": invoices,
            "totals": self._terms_totals(invoices),
            "to_bill": self._days_to_bill(end),
            "data_until": fields.Date.add(end, days=self.company_id.unicdo_retrieval_days),
        }

    def _invoices_terms(self, shares, day, cancellation):
        """The part of :meth:`_terms` about invoices; what one cannot give back goes to the down payments it deducted.

        :param datetime.date day: wished for as the date of credit notes
        """
        todo = {move: [] for move in self.period_ids.move_id.sorted("id")}
        for share in shares:
            todo[share["period"].move_id].append((share["period"].move_line_id, share["amount"]))
        deposits = {}
        invoices = []
        for move, pairs in todo.items():
            invoices.append(self._invoice_terms(move, pairs, day, cancellation))
            for line, amount in move._unicdo_deposits(invoices[-1].pop("cut"), cancellation):
                deposits.setdefault(line.move_id, []).append((line, amount))
        for move, pairs in deposits.items():
            terms = self._invoice_terms(move, pairs, day, cancellation)
            terms.pop("cut")
            invoices.append(terms)
        return invoices

    def _invoice_terms(self, move, pairs, day, cancellation):
        """The part of :meth:`_terms` about one invoice."""
        credit = cancellation.credit_ids.filtered(lambda made: made.reversed_entry_id == move and made.state != "cancel")
        terms = move._unicdo_credit_terms([(line, amount) for line, amount in pairs if amount], cancellation)
        terms |= {"move": move, "credit": credit, "date": credit.invoice_date or move._unicdo_credit_date(day)}
        return terms | credit._unicdo_booked_terms() if credit else terms

    def _terms_totals(self, invoices):
        totals = {}
        for invoice in invoices:
            total = totals.setdefault(invoice["move"].currency_id, {})
            for name in ("total", "refunded", "offset", "still_due"):
                total[name] = total.get(name, Decimal(0)) + invoice[name]
        return totals

    def _days_to_bill(self, end):
        """Days up to the end that no invoice has billed yet: they are still to be billed, and none after them."""
        first = fields.Date.add(self.paid_until, days=1) if self.paid_until else self.start_date
        return (first, end, days_of(first, end)) if end >= first else None
