# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import AccessError


class UnicdoHostingSteered(models.AbstractModel):
    """Records whose read-only fields nobody writes: forms do not offer them, and RPC knows no forms."""

    _name = "unicdo.hosting.steered"
    _inherit = "unicdo.steered"
    _description = "Record that Buttons and Work Move"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_steered(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_steered(vals)
        return super().write(vals)

    @api.model
    def _check_steered(self, vals):
        if not self.env.su and any(self._fields[name].readonly for name in vals if name in self._fields):
            raise AccessError(self.env._("This follows from what was done, and cannot be written. Please use the buttons."))
