# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.ondelete(at_uninstall=False)
    def _unlink_keep_actor(self):
        """The audit ledger goes on saying who acted."""
        self.env["unicdo.ledger.actor"]._keep(self.ids)
