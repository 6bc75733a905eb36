# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import AccessError
from odoo.models import MAGIC_COLUMNS


class UnicdoHostingSteered(models.AbstractModel):
    """Records whose read-only fields follow from what was done: forms do not offer them, and RPC knows no forms."""

    _name = "unicdo.hosting.steered"
    _description = "Record that Buttons and Work Move"

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # said here, or else defaults of the context and of the user would say it
            beginning = self._beginning()
            vals_list = [self._check_steered(vals) | beginning for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_steered(vals)
        return super().write(vals)

    @api.model
    def _beginning(self):
        """How the read-only fields of a new record begin: dict of name → value."""
        return {
            name: field.default(self) if field.default else False
            for name, field in self._fields.items()
            if field.readonly and field.store and not field.compute and name not in MAGIC_COLUMNS
            and self._has_field_access(field, "read")
        }

    @api.model
    def _check_steered(self, vals):
        """The values, which name no read-only field."""
        if any(self._fields[name].readonly for name in vals if name in self._fields):
            raise AccessError(self.env._("This follows from what was done, and cannot be written. Please use the buttons."))
        return vals
