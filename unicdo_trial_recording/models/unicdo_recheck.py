# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoRecheck(models.Model):
    _inherit = "unicdo.recheck"

    @api.model
    def _actions(self):
        return super()._actions() | {
            "recording.watch": self.env._("watch recordings of trial sessions"),
            "recording.own": self.env._("get the recordings of your sessions"),
        }

    @api.model
    def _minutes(self, action):
        return 60 if action == "recording.watch" else super()._minutes(action)
