# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    unicdo_hosting = fields.Selection(
        [("plan", "Hosting plan"), ("extra", "Add-on or customisation of hosting")],
        "Hosting",
        help="A plan starts a hosting subscription when it is sold; an add-on joins the one sold with it.",
    )
    unicdo_hosting_months = fields.Integer(
        "Prepaid months", default=12, help="Months that one invoice pays for in advance; 0: paid once, not for a period."
    )
    unicdo_not_refundable = fields.Char(
        "Not refundable, because",
        translate=True,
        help="Say why this is not given back at the end of hosting. It is printed with each order and invoice line; "
        "what was sold without these words is refunded. Empty: refundable.",
    )

    _unicdo_hosting_months_positive = models.Constraint(
        "CHECK(unicdo_hosting_months BETWEEN 0 AND 120)", "Prepaid months are a number from 0 to 120."
    )
