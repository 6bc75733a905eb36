# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class UnicdoRecordingPass(models.Model):
    """What a session may do or does not want, without saying whose it is: proof of identity of somebody who wants their
    recordings, and the stop of somebody who does not want to be recorded now.

    Either says that a person agreed. So the row knows a keyed digest of their session only.
    """

    _name = "unicdo.recording.pass"
    _description = "Recordings: Proof of Identity or Stop of a Session"
    _log_access = False
    _rec_name = "kind"

    kind = fields.Selection([("code", "Mailed code"), ("pass", "Pass"), ("stop", "Stop")], required=True, readonly=True)
    holder = fields.Char(required=True, readonly=True, index=True, groups=fields.NO_ACCESS)
    code_hash = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    made_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    expires_at = fields.Datetime(required=True, readonly=True, index=True)

    @api.autovacuum
    def _gc_expired(self):
        """Forget them an hour after their end."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        self.sudo().search([("expires_at", "<", limit)], limit=10000).unlink()
