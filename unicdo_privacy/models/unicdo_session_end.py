# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models

#: no token lives longer than two days, so no mark is needed for longer
DAYS = 3


class UnicdoSessionEnd(models.Model):
    """The mark of a session that ended: whatever brings its file back, nothing bound to it opens (POLICY TOK-2)."""

    _name = "unicdo.session.end"
    _description = "End of a Session"
    _log_access = False
    _rec_name = "session"

    session = fields.Char(required=True, help="SHA-256 of the lasting part of its id.")
    ended_at = fields.Datetime(required=True, index=True)

    _session_uniq = models.UniqueIndex("(session)")

    @api.autovacuum
    def _gc_old(self):
        """Forget marks that stop nothing any more."""
        limit = fields.Datetime.now() - timedelta(days=DAYS)
        self.sudo().search([("ended_at", "<", limit)], limit=10000).unlink()
