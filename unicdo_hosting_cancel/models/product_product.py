# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def get_product_multiline_description_sale(self):
        """Print on each order and invoice line why it is not refundable: only what was said then counts (CAN-7)."""
        text = super().get_product_multiline_description_sale()
        if self.unicdo_hosting and self.unicdo_not_refundable:
            text += f"\n{self.unicdo_not_refundable}"
        return text
