# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict
from decimal import Decimal

from odoo import fields, models
from odoo.fields import Command

from ..tools.proration import cap, money_back


class AccountMoveCredit(models.Model):
    """Giving back a part of a posted invoice: the same numbers in a preview and in the credit note.

    Taxes are computed by Odoo's engine on one line per share, quantity 1 and no discount; where they would exceed what
    remains of the invoice's tax, they are what remains (POLICY CAN-3).
    """

    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    def _unicdo_decimal(self, amount):
        return Decimal(f"{amount:.{self.currency_id.decimal_places}f}")

    def _unicdo_credited(self):
        """Credit notes that count against this invoice: all that are posted, and ours that wait for approval."""
        return self.reversal_move_ids.filtered(
            lambda move: move.state == "posted" or (move.state == "draft" and move.unicdo_cancellation_id)
        )

    def _unicdo_remaining(self):
        """What is not credited of this invoice yet.

        :return: dict ``net`` and ``total`` (Decimals, not below 0), ``tax`` (dict of tax id → Decimal)
        """
        self.ensure_one()
        credited = self._unicdo_credited()
        remaining = {
            "net": self._unicdo_decimal(self.amount_untaxed - sum(credited.mapped("amount_untaxed"))),
            "total": self._unicdo_decimal(self.amount_total - sum(credited.mapped("amount_total"))),
        }
        taxes = defaultdict(Decimal)
        for line in (self | credited).line_ids.filtered("tax_repartition_line_id"):
            # receivables of an invoice are positive, so its taxes are negative, and those of its credit notes positive
            taxes[line.tax_line_id.id] -= self._unicdo_decimal(line.amount_currency)
        return {name: max(amount, Decimal(0)) for name, amount in remaining.items()} | {"tax": taxes}

    def _unicdo_capped(self, shares):
        """Lower amounts so that the credit note does not exceed what remains uncredited.

        :param list shares: pairs of an invoice line and a Decimal in the terms of its unit price
        :return: list of such pairs
        """
        remaining = self._unicdo_remaining()
        lines = [line for line, _amount in shares]
        amounts = [amount for _line, amount in shares]
        included = any(lines[0].tax_ids.flatten_taxes_hierarchy().mapped("price_include")) if lines else False
        amounts = cap(amounts, remaining["total"] if included else remaining["net"])
        # taxes of both kinds on one invoice: what is still too much comes off the last line
        for _attempt in range(5):
            excess = self._unicdo_amounts(list(zip(lines, amounts)), remaining)["total"] - remaining["total"]
            if excess <= 0:
                break
            amounts = cap(amounts, sum(amounts, Decimal(0)) - excess)
        return list(zip(lines, amounts))

    def _unicdo_amounts(self, shares, remaining=None):
        """The amounts of a credit note over shares of this invoice, by the engine that will compute its taxes.

        :param list shares: as in :meth:`_unicdo_capped`
        :return: dict of Decimals ``net``, ``tax``, ``total``
        """
        remaining = remaining or self._unicdo_remaining()
        engine = self.env["account.tax"]
        base_lines = [
            engine._prepare_base_line_for_taxes_computation(
                line, price_unit=float(amount), quantity=1.0, discount=0.0, rate=self.invoice_currency_rate, sign=1,
                is_refund=True, extra_tax_data={},
            )
            for line, amount in shares
            if amount
        ]
        engine._add_tax_details_in_base_lines(base_lines, self.company_id)
        engine._round_base_lines_tax_details(base_lines, self.company_id)
        summary = engine._get_tax_totals_summary(
            base_lines, self.currency_id, self.company_id, cash_rounding=self.invoice_cash_rounding_id
        )
        too_much = sum(self._unicdo_tax_excess(self._unicdo_taxes(base_lines), remaining).values(), Decimal(0))
        total = self._unicdo_decimal(summary["total_amount_currency"]) - too_much
        tax = self._unicdo_decimal(summary["tax_amount_currency"]) - too_much
        return {"net": total - tax, "tax": tax, "total": total}

    def _unicdo_taxes(self, base_lines):
        """Sum of each tax over computed base lines: dict of tax id → Decimal."""
        taxes = defaultdict(Decimal)
        for base_line in base_lines:
            for tax_data in base_line["tax_details"]["taxes_data"]:
                taxes[tax_data["tax"].id] += self._unicdo_decimal(tax_data["tax_amount_currency"])
        return taxes

    def _unicdo_tax_excess(self, taxes, remaining):
        """By how much taxes exceed what remains of the invoice's: dict of tax id → positive Decimal."""
        return {
            tax_id: amount - max(remaining["tax"][tax_id], Decimal(0))
            for tax_id, amount in taxes.items()
            if amount > max(remaining["tax"][tax_id], Decimal(0))
        }

    def _unicdo_split(self, credit):
        """What of a credit is money back and what is offset against this invoice's open amount.

        :param Decimal credit: total of the credit note
        :return: dict of Decimals ``refunded``, ``offset``, ``still_due``
        """
        refunded, offset, still_due = money_back(credit, self._unicdo_decimal(self.amount_residual))
        return {"refunded": refunded, "offset": offset, "still_due": still_due}

    def _unicdo_credit_terms(self):
        """What this credit note says, in the words of the subscription's ``_terms``.

        :return: dict of Decimals ``net``, ``tax``, ``total``, ``refunded``, ``offset``, ``still_due``, and ``date``
        """
        self.ensure_one()
        invoice = self.reversed_entry_id
        matched = self.line_ids.matched_debit_ids.filtered(lambda partial: partial.debit_move_id.move_id == invoice)
        offset = self._unicdo_decimal(sum(matched.mapped("credit_amount_currency")))
        amounts = {
            "net": self._unicdo_decimal(self.amount_untaxed), "tax": self._unicdo_decimal(self.amount_tax),
            "total": self._unicdo_decimal(self.amount_total), "date": self.invoice_date,
        }
        if self.state == "draft":
            return amounts | invoice._unicdo_split(amounts["total"])
        still_due = self._unicdo_decimal(invoice.amount_residual)
        return amounts | {"refunded": amounts["total"] - offset, "offset": offset, "still_due": still_due}

    def _unicdo_credit_date(self, day):
        """The date of a credit note: the day wished for, or the first one that the books are open on.

        :param datetime.date day: day wished for
        :rtype: datetime.date
        """
        locks = self._get_violated_lock_dates(day, bool(self.amount_tax))
        return fields.Date.add(locks[-1][0], days=1) if locks else day

    def _unicdo_make_credit(self, shares, cancellation, day):
        """Make the draft credit note over shares of this invoice; none if nothing is left to credit.

        Lines carry no sale order line, so that a credit never makes an order invoiceable again.

        :param list shares: as in :meth:`_unicdo_capped`, capped
        :param cancellation: ``unicdo.cancellation`` it belongs to
        :param datetime.date day: its date, as wished
        :return: ``account.move``
        """
        self.ensure_one()
        shares = [(line, amount) for line, amount in shares if amount]
        if not shares:
            return self.browse()
        remaining = self._unicdo_remaining()
        date = self._unicdo_credit_date(day)
        credit = self._reverse_moves([{
            "ref": self.env._("%(request)s: unused part of %(invoice)s", request=cancellation.name, invoice=self.name),
            "date": date,
            "invoice_date": date,
            "invoice_date_due": date,
            "invoice_payment_term_id": False,
            "invoice_currency_rate": self.invoice_currency_rate,
            "invoice_origin": self.name,
            "unicdo_cancellation_id": cancellation.id,
            "line_ids": [],
            "invoice_line_ids": [Command.create(line._unicdo_credit_vals(amount)) for line, amount in shares],
        }])
        credit._unicdo_lower_taxes(remaining)
        return credit

    def _unicdo_lower_taxes(self, remaining):
        """Set the taxes of a fresh draft credit note to what remained of the invoice's where they exceed it."""
        taxes = defaultdict(Decimal)
        tax_lines = self.line_ids.filtered("tax_repartition_line_id")
        for line in tax_lines:
            taxes[line.tax_line_id.id] += self._unicdo_decimal(line.amount_currency)
        for tax_id, excess in self._unicdo_tax_excess(taxes, remaining).items():
            line = tax_lines.filtered_domain([("tax_line_id", "=", tax_id)]).sorted("amount_currency")[-1]
            self.line_ids = [Command.update(line.id, {"amount_currency": line.amount_currency - float(excess)})]
