# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoRecheck(models.Model):
    _inherit = "unicdo.recheck"

    @api.model
    def _actions(self):
        return super()._actions() | {
            "dsar.request": self.env._("ask for a copy of your data"),
            "dsar.link": self.env._("open the copy of your data"),
        }
