# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoRecordingView(models.Model):
    """One time that somebody watched a recording: the person recorded sees when and by which role, not by whom.

    By whom stands in the audit ledger.
    """

    _name = "unicdo.recording.view"
    _inherit = ["unicdo.recording.guarded"]
    _description = "Viewing of a Recording"
    _log_access = False
    _order = "viewed_at desc, id desc"
    _rec_name = "viewed_at"

    recording_id = fields.Many2one("unicdo.recording", required=True, readonly=True, ondelete="cascade", index=True)
    viewed_at = fields.Datetime("When", required=True, readonly=True, default=fields.Datetime.now)
    role = fields.Char(required=True, readonly=True, help="External id of the role's group.")
