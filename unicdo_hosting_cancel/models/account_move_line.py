# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    unicdo_subscription_id = fields.Many2one(
        "unicdo.hosting.subscription", "Hosting", index="btree_not_null", ondelete="restrict", copy=False
    )
    unicdo_first_day = fields.Date("Hosting from", copy=False, help="First day of the billed period.")
    unicdo_last_day = fields.Date("Hosting to", copy=False, help="Last day of the billed period, inclusive.")

    @api.constrains("unicdo_first_day", "unicdo_last_day")
    def _check_unicdo_period(self):
        for line in self:
            if bool(line.unicdo_first_day) != bool(line.unicdo_last_day) or (
                line.unicdo_first_day and line.unicdo_last_day < line.unicdo_first_day
            ):
                raise ValidationError(self.env._("A billed period has a first day and a last day that is not before it."))

    def _unicdo_credit_vals(self, amount):
        """Values of the credit note's line that gives back an amount of this line.

        :param Decimal amount: in the terms of this line's unit price
        """
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "name": self.name,
            "account_id": self.account_id.id,
            "quantity": 1,
            "discount": 0,
            "price_unit": float(amount),
            "tax_ids": [Command.set(self.tax_ids.ids)],
            "analytic_distribution": self.analytic_distribution,
        }
