# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict
from decimal import Decimal

from odoo import models

from ..tools.proration import rounded, spread


class AccountMovePrice(models.Model):
    """What lines of an invoice cost in the end, and what of it was paid in money (POLICY CAN-3)."""

    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    def _unicdo_decimal(self, amount):
        """An amount of the invoice's currency as an exact decimal."""
        return Decimal(f"{amount:.{self.currency_id.decimal_places}f}")

    def _unicdo_step(self):
        """The smallest amount of the invoice's currency."""
        return Decimal(str(self.currency_id.rounding))

    def _unicdo_prices(self):
        """What each line cost after rebates on lines of their own, and after an early payment discount that was taken.

        A rebate lowers the lines with its taxes, each by its part; one with taxes of no other line lowers all.

        :return: dict of invoice line → Decimal in the terms of its unit price
        """
        self.ensure_one()
        prices = {line: line._unicdo_price() for line in self.invoice_line_ids if line.display_type == "product"}
        lowered = dict(prices)
        positive = {line: price for line, price in prices.items() if price > 0}
        for taxes, rebate in self._unicdo_rebates(prices).items():
            alike = {line: lowered[line] for line in positive if line.tax_ids == taxes}
            lowered |= spread(alike or {line: lowered[line] for line in positive}, rebate)
        discount = self._unicdo_cleared()[0]
        if discount:
            lowered = {line: price * (1 - discount / self._unicdo_decimal(self.amount_total)) for line, price in lowered.items()}
        step = self._unicdo_step()
        return {line: price if price == prices[line] else rounded(price, step) for line, price in lowered.items()}

    def _unicdo_rebates(self, prices):
        """Negative lines, but for deducted down payments and hosting add-ons of a negative price, which have periods.

        :return: dict of taxes → positive Decimal
        """
        rebates = defaultdict(Decimal)
        negative = self.env["account.move.line"].union(*(line for line, price in prices.items() if price < 0))
        if negative:
            negative -= self.env["unicdo.hosting.period"].sudo().search([("move_line_id", "in", negative.ids)]).move_line_id
        for line in negative:
            if not line._get_downpayment_lines():
                rebates[line.tax_ids] -= prices[line]
        return rebates

    def _unicdo_cleared(self):
        """What cleared this invoice without being money.

        :return: tuple of Decimals: an early payment discount that was taken, and what was written off
        """
        discount = written_off = Decimal(0)
        receivable = self.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        for partial in receivable.matched_credit_ids:
            entry = partial.credit_move_id.move_id
            lost = entry.move_type == "entry" and entry.line_ids.filtered(
                lambda line: line.account_id.internal_group in ("income", "expense") or line.tax_repartition_line_id
            )
            if not lost:
                continue
            cleared = sum(entry.line_ids.filtered(lambda line: line.account_type == "asset_receivable").mapped("balance"))
            part = min(max(-sum(lost.mapped("balance")) / cleared, 0), 1) if cleared else 0
            amount = self._unicdo_decimal(partial.debit_amount_currency * part)
            if self.company_id.account_journal_early_pay_discount_loss_account_id in lost.account_id:
                discount += amount
            else:
                written_off += amount
        return discount, written_off

    def _unicdo_open(self):
        """What the customer still has to pay of this invoice: payments under way that have no journal entry yet count."""
        payments = self.matched_payment_ids.filtered(lambda pay: not pay.move_id and pay.state in ("in_process", "paid"))
        under_way = sum(
            pay.currency_id._convert(pay.amount, self.currency_id, self.company_id, pay.date) for pay in payments
        )
        return max(self._unicdo_decimal(self.amount_residual - under_way), Decimal(0))
