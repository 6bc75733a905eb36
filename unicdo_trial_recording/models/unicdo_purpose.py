# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ..const import PURPOSE


class UnicdoPurpose(models.Model):
    _inherit = "unicdo.purpose"

    @api.model
    def _enforced_by(self):
        return super()._enforced_by() | {PURPOSE: [self.env._("Recorder of trial sessions")]}
