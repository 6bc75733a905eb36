# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ..apps import calendars


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    @api.model_create_multi
    def create(self, vals_list):
        """No token of a calendar comes with a new row, while its switch is on."""
        return super().create([calendars.stored_values(self, vals) for vals in vals_list])

    def write(self, vals):
        """Keep tokens of a calendar elsewhere, while its switch is on."""
        return super().write(calendars.stored_values(self, vals))
