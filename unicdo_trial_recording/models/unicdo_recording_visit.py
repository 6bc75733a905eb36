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
    seq = fields.Integer("Piece", readonly=True, aggregator=None)
    at = fields.Float("Moment", readonly=True, aggregator=None, help="Milliseconds since 1970, by the browser's clock.")
    position = fields.Integer(readonly=True, aggregator=None, help="Milliseconds from the recording's start.")
    surface = fields.Char(readonly=True)
    model = fields.Char("Technical model", readonly=True)
    view = fields.Char("Kind of view", readonly=True)
    route = fields.Char(readonly=True)
    seconds = fields.Integer("Seconds open", readonly=True)
    clicks = fields.Integer(readonly=True)

    _place_idx = models.Index("(model, view)")
