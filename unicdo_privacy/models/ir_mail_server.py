# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class IrMailServer(models.Model):
    _name = "ir.mail_server"
    _inherit = ["ir.mail_server", "unicdo.sealed.token"]

    @api.autovacuum
    def _gc_token_keys(self):
        self._drop_keys()
