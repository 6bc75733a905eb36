# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models


class UnicdoEnforcementCount(models.Model):
    """How many people a purpose's enforcement stopped, or would have stopped while it only watches.

    One row per question, so that those who ask never wait for one another.
    """

    _name = "unicdo.enforcement.count"
    _description = "People Stopped by a Purpose's Enforcement"
    _log_access = False
    _order = "id desc"
    _rec_name = "purpose_id"

    purpose_id = fields.Many2one("unicdo.purpose", required=True, readonly=True, ondelete="cascade", index=True)
    asked_on = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    mode = fields.Selection([("watch", "Watch only"), ("enforce", "Enforce")], required=True, readonly=True)
    asked = fields.Integer("People asked about", readonly=True)
    stopped = fields.Integer("People stopped", readonly=True)

    @api.autovacuum
    def _gc_old(self):
        """Forget counts after a year; nobody compares longer than that."""
        self.search([("asked_on", "<", fields.Datetime.now() - timedelta(days=366))], limit=10000).unlink()
