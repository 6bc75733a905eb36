# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoSteered(models.AbstractModel):
    """Records whose read-only fields follow from what was done, and begin as the program says.

    Odoo takes defaults of the context and of the user for every field of a new record, also for those that no form
    offers and that ``create`` refuses.
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
