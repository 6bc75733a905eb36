# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class FetchmailServer(models.Model):
    _name = "fetchmail.server"
    _inherit = ["fetchmail.server", "unicdo.sealed.token"]

    @api.autovacuum
    def _gc_token_keys(self):
        self._drop_keys()
