# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    unicdo_hosting = fields.Selection(related="product_id.unicdo_hosting", string="Kind of hosting")
    unicdo_subscription_id = fields.Many2one(
        "unicdo.hosting.subscription", "Hosting", index="btree_not_null", ondelete="restrict",
        help="What this line pays for. Empty: found by its order, or started when the invoice of a plan is posted.",
    )
    unicdo_first_day = fields.Date("Hosting from", copy=False, help="First day of the billed period.")
    unicdo_credited_line_id = fields.Many2one(
        "account.move.line", "Gives back a part of", index="btree_not_null", ondelete="set null", copy=False, readonly=True
    )
    unicdo_last_day = fields.Date("Hosting to", copy=False, help="Last day of the billed period, inclusive.")

    @api.constrains("unicdo_first_day", "unicdo_last_day")
    def _check_unicdo_period(self):
        for line in self:
            if bool(line.unicdo_first_day) != bool(line.unicdo_last_day) or (
                line.unicdo_first_day and line.unicdo_last_day < line.unicdo_first_day
            ):
                raise ValidationError(self.env._("A billed period has a first day and a last day that is not before it."))

    def _unicdo_price(self):
        """What the line cost in the terms of its unit price: net where taxes are added, gross where they are included,
        and the discounted unit price times the quantity where it has taxes of both kinds.

        :return: Decimal of the invoice's currency, as positive as the line
        """
        self.ensure_one()
        included = self.tax_ids.flatten_taxes_hierarchy().mapped("price_include")
        if not any(included):
            amount = self.price_subtotal
        elif all(included):
            amount = self.price_total
        else:
            amount = self.currency_id.round(self.price_unit * self.quantity * (1 - self.discount / 100))
        return self.move_id._unicdo_decimal(amount)

    def _compute_name(self):
        """Print on each invoice line why it is not refundable, as orders do: only what was said then counts (CAN-7)."""
        for line in self:
            before = line._origin.product_id
            words = line._unicdo_words(before)
            # with our words core takes the description for a person's, and would keep it for another product
            if words and before != line.product_id and (line.name or "").endswith(words):
                line.name = False
        super()._compute_name()
        for line in self.filtered(lambda line: line.display_type == "product" and line.move_id.is_sale_document()):
            words = line._unicdo_words(line.product_id)
            if words and words not in (line.name or ""):
                line.name = f"{line.name}\n{words}" if line.name else words

    def _unicdo_words(self, product):
        """Why a product of hosting is not refundable, in the customer's language; "" for all else."""
        translated = product.with_context(lang=self.partner_id.lang or self.env.lang)
        return translated.unicdo_hosting and translated.unicdo_not_refundable or ""

    def _unicdo_credit_vals(self, base_line):
        """Values of the credit note's line that gives back a part of this line.

        :param dict base_line: of the tax engine, with the amounts that the line is to have
        """
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "product_uom_id": self.product_uom_id.id,
            "name": self.name,
            "account_id": self.account_id.id,
            "quantity": 1,
            "discount": 0,
            "price_unit": base_line["price_unit"],
            "tax_ids": [Command.set(self.tax_ids.ids)],
            "analytic_distribution": self.analytic_distribution,
            "unicdo_credited_line_id": self.id,
            "extra_tax_data": self.env["account.tax"]._export_base_line_extra_tax_data(base_line),
        }
