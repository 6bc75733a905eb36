# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoWork(models.Model):
    _inherit = "unicdo.work"

    @api.model
    def _kind_names(self):
        return super()._kind_names() | {
            "clean": self.env._("Clean a recording"),
            "recording_code": self.env._("Mail a code to somebody who asks for recordings"),
            "withdraw": self.env._("Have recordings destroyed by the server that keeps them"),
        }
