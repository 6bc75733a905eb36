# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ..const import ALLOWED


class UnicdoProvider(models.Model):
    _inherit = "unicdo.provider"

    @api.model
    def _needed(self):
        """Whoever keeps the recordings, where people may be asked and that is not this database itself (POLICY REC-5)."""
        trial = self.env["unicdo.recording.trial"]
        allowed = self.env["ir.config_parameter"].sudo().get_param(ALLOWED)
        need = allowed and trial._collector_need(trial._collector())
        return super()._needed() + ([need] if need else [])
