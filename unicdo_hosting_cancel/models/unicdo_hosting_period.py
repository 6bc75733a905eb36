# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import Decimal

from odoo import api, fields, models

from ..tools.proration import days_of, refund, unused_days


class UnicdoHostingPeriod(models.Model):
    """What one posted invoice line prepaid of a subscription: its billed period and what was said about refunds."""

    _name = "unicdo.hosting.period"
    _description = "Prepaid Hosting Period"
    _order = "first_day, id"

    subscription_id = fields.Many2one("unicdo.hosting.subscription", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="subscription_id.company_id", store=True)
    move_line_id = fields.Many2one(
        "account.move.line", "Invoice line", required=True, ondelete="restrict", index=True, readonly=True
    )
    move_id = fields.Many2one(related="move_line_id.move_id", store=True, index=True)
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    label = fields.Char(compute="_compute_label")
    first_day = fields.Date("From", help="Empty for what was paid once.")
    last_day = fields.Date("To", help="Inclusive.")
    days = fields.Integer(compute="_compute_days", help="Days of the billed period.")
    price = fields.Monetary(
        compute="_compute_price", help="What is given back in full: net where taxes are added, gross where included."
    )
    not_refundable = fields.Char(
        "Not refundable, because", readonly=True, help="Words that stood with the order or invoice line when it was sold."
    )

    _line_uniq = models.Constraint("UNIQUE(move_line_id)", "This invoice line is bound to a subscription already.")

    @api.depends("move_line_id.name")
    def _compute_label(self):
        for period in self:
            name = period.move_line_id.product_id.display_name or period.move_line_id.name or ""
            period.label = name.splitlines()[0] if name else ""

    @api.depends("first_day", "last_day")
    def _compute_days(self):
        for period in self:
            period.days = days_of(period.first_day, period.last_day) if period.first_day else 0

    @api.depends("move_line_id")
    def _compute_price(self):
        for period in self:
            period.price = float(period._price())

    def _price(self):
        """What the line cost in the end, as a Decimal of the invoice's currency; see ``_unicdo_prices`` of the invoice."""
        return self.move_id._unicdo_prices()[self.move_line_id]

    def _share(self, end, kind, is_refundable):
        """What is given back of this period when service ends (POLICY CAN-3, CAN-7).

        :param datetime.date end: last day of service, inclusive
        :param str kind: one of ``KINDS``; words about refunds hold for a cancellation with notice only
        :param bool is_refundable: whether the notice is kept, or nobody asks for it
        :return: dict ``period``, ``days`` and ``unused`` (of the billed period; 0 for what was paid once), ``price`` and
            ``amount`` (Decimals in the terms of the line's unit price), ``reason`` (why nothing is given back, or "")
        """
        self.ensure_one()
        price = self._price()
        unused = unused_days(self.first_day, self.last_day, end) if self.first_day else 0
        share = {"period": self, "days": self.days, "unused": unused, "price": price, "reason": "", "amount": Decimal(0)}
        whole = kind == "withdrawal" and not (self.subscription_id.early_service and self.first_day)
        if whole:
            return share | {"amount": price}
        if kind == "ordinary" and self.not_refundable:
            return share | {"reason": self.not_refundable}
        if not is_refundable:
            return share | {"reason": self.env._("The notice was too short for a refund.")}
        if not self.first_day:
            return share | {"reason": self.env._("Paid once, not for a period.")}
        if not unused:
            return share | {"reason": self.env._("Used up to the last day.")}
        return share | {"amount": refund(price, self.first_day, self.last_day, end, self.move_id._unicdo_step())}
