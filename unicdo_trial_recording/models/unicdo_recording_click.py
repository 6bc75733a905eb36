# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoRecordingClick(models.Model):
    """Where somebody clicked in a view, for its heat map."""

    _name = "unicdo.recording.click"
    _inherit = ["unicdo.recording.guarded"]
    _description = "Click in a Recording"
    _log_access = False

    recording_id = fields.Many2one("unicdo.recording", required=True, readonly=True, ondelete="cascade", index=True)
    visit_id = fields.Many2one(
        "unicdo.recording.visit", string="View", readonly=True, ondelete="set null", index="btree_not_null",
        help="Empty before the first view was open.",
    )
    seq = fields.Integer("Piece", readonly=True, aggregator=None)
    at = fields.Float("Moment", readonly=True, aggregator=None, help="Milliseconds since 1970, by the browser's clock.")
    position = fields.Integer(readonly=True, aggregator=None, help="Milliseconds from the recording's start.")
    x = fields.Integer(readonly=True, aggregator=None, help="Thousandths of the window's width.")
    y = fields.Integer(readonly=True, aggregator=None, help="Thousandths of the window's height.")
    rage = fields.Boolean(readonly=True, help="One of several quick clicks on the same spot.")
