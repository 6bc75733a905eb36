# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ..const import REVIEW_MINUTES


class UnicdoRecheck(models.Model):
    _inherit = "unicdo.recheck"

    @api.model
    def _actions(self):
        return super()._actions() | {
            "dsar.request": self.env._("ask for a copy of your data"),
            "dsar.link": self.env._("open the copy of your data"),
            "dsar.review": self.env._("read what is noted about somebody who asked for their data"),
        }

    @api.model
    def _minutes(self, action):
        return REVIEW_MINUTES if action.startswith("dsar.review:") else super()._minutes(action)
