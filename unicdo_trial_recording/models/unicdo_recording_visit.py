# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoRecordingVisit(models.Model):
    """A view of Odoo that was open during a recording."""

    _name = "unicdo.recording.visit"
    _inherit = ["unicdo.recording.guarded"]
    _description = "View in a Recording"
    _log_access = False
    _order = "recording_id, position, id"
    _rec_name = "route"

    recording_id = fields.Many2one("unicdo.recording", required=True, readonly=True, ondelete="cascade", index=True)
    position = fields.Integer(readonly=True, help="Milliseconds from the recording's start.")
    surface = fields.Char(readonly=True)
    model = fields.Char(readonly=True)
    view = fields.Char(readonly=True)
    route = fields.Char(readonly=True)
    click_ids = fields.One2many("unicdo.recording.click", "visit_id", readonly=True)

    _place_idx = models.Index("(model, view)")
