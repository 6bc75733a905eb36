# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import AccessError


class UnicdoSteered(models.AbstractModel):
    """Records whose read-only fields follow from what was done: nobody writes them, and they begin as the program says.

    Forms do not offer read-only fields, but RPC knows no forms; and Odoo takes defaults of the context and of the user for
    every field of a new record. The program writes them in sudo.
    """

    _name = "unicdo.steered"
    _description = "Record that Buttons and Work Move"

    @api.model
    def default_get(self, fields):
        """Defaults; for read-only fields only those of the program itself."""
        found = super().default_get(fields)
        steered = [field for name in found if (field := self._fields.get(name)) and field.readonly]
        for field in steered:
            del found[field.name]
            if field.default:
                own = field.convert_to_cache(field.default(self), self, validate=False)
                found[field.name] = field.convert_to_write(own, self)
        return found

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
