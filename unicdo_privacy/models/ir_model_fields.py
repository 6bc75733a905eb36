# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from ..tools import guard


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    def _instanciate_attrs(self, field_data):
        """Code typed into the database is never handed sealed content, whoever sets it off (DESIGN 7)."""
        attrs = super()._instanciate_attrs(field_data)
        if attrs and attrs.get("compute"):
            attrs["compute"] = guard.action_code()(attrs["compute"])
        return attrs
