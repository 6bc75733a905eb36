# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoRecordingClick(models.Model):
    """Where somebody clicked in a view, for its heat map."""

    _name = "unicdo.recording.click"
    _inherit = ["unicdo.recording.guarded"]
    _description = "Click in a Recording"
    _log_access = False

    visit_id = fields.Many2one("unicdo.recording.visit", required=True, readonly=True, ondelete="cascade", index=True)
    x = fields.Integer(readonly=True, aggregator=None, help="Thousandths of the window's width.")
    y = fields.Integer(readonly=True, aggregator=None, help="Thousandths of the window's height.")
    rage = fields.Boolean(readonly=True, help="One of several quick clicks on the same spot.")
