# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..tools.proration import days_of, refund, unused_days


class UnicdoHostingPeriod(models.Model):
    """What one posted invoice line prepaid of a subscription: its billed period and what was said about refunds."""

    _name = "unicdo.hosting.period"
    _description = "Prepaid Hosting Period"
    _order = "first_day, id"

    subscription_id = fields.Many2one("unicdo.hosting.subscription", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="subscription_id.company_id", store=True)
    move_line_id = fields.Many2one(
        "account.move.line", "Invoice line", required=True, ondelete="restrict", index=True,
        help="Bound when its invoice is posted; by hand where it was posted before, or its product is no hosting product.",
    )
    move_id = fields.Many2one(related="move_line_id.move_id", store=True, index=True)
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    label = fields.Char(compute="_compute_label", compute_sudo=True)
    first_day = fields.Date("From", help="Empty for what was paid once.")
    last_day = fields.Date("To", help="Inclusive.")
    days = fields.Integer(compute="_compute_days", help="Days of the billed period.")
    price = fields.Monetary(
        compute="_compute_price", compute_sudo=True,
        help="What is given back in full: net where taxes are added, gross where included.",
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
            period.days = days_of(period.first_day, period.last_day) if period.first_day and period.last_day else 0

    @api.depends("move_line_id")
    def _compute_price(self):
        for period in self:
            period.price = float(period._price()) if period.move_line_id else 0

    @api.onchange("move_line_id")
    def _onchange_move_line_id(self):
        """Propose the days that posting would have bound."""
        line = self.move_line_id
        if line and not self.first_day:
            subscription = self.subscription_id._origin
            self.first_day, self.last_day = line._unicdo_period({"subscription": subscription, "origin": None}, {})

    @api.constrains("move_line_id", "first_day", "last_day")
    def _check_period(self):
        for period in self:
            line = period.move_line_id
            if line.display_type != "product" or line.move_id.move_type not in ("out_invoice", "out_receipt"):
                raise ValidationError(self.env._("Hosting is prepaid by lines of customer invoices."))
            if line.parent_state != "posted":
                raise ValidationError(self.env._("Post the invoice first: a draft prepays nothing."))
            if line.company_id != period.company_id:
                raise ValidationError(self.env._("The invoice and the hosting belong to different companies."))
            if bool(period.first_day) != bool(period.last_day) or (period.first_day and period.last_day < period.first_day):
                raise ValidationError(self.env._("A billed period has a first day and a last day that is not before it."))

    @api.model_create_multi
    def create(self, vals_list):
        """What is not refundable follows from what was said, whoever binds a line."""
        if not self.env.su:
            for vals in vals_list:
                vals.pop("not_refundable", None)
        periods = super().create(vals_list)
        if not self.env.su:
            for period in periods:
                super(UnicdoHostingPeriod, period).write({"not_refundable": period.move_line_id._unicdo_not_refundable()})
        return periods

    def write(self, vals):
        if not self.env.su and vals.keys() & {"not_refundable", "move_line_id", "move_id"}:
            raise AccessError(self.env._("What was said when it was sold cannot be changed, nor the line it was said on."))
        return super().write(vals)

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
