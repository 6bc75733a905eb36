# SPDX-License-Identifier: LGPL-3.0-or-later
import functools

from odoo import models

from ..tools import guard


def _as_action_code(compute):
    """The compute function of a field that was typed into the database, marked as such while it runs."""
    @functools.wraps(compute)
    def run(records):
        with guard.action_code():
            return compute(records)
    return run


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    def _instanciate_attrs(self, field_data):
        """Code typed into the database is never handed sealed content, whoever sets it off (DESIGN 7)."""
        attrs = super()._instanciate_attrs(field_data)
        if attrs and attrs.get("compute"):
            attrs["compute"] = _as_action_code(attrs["compute"])
        return attrs
