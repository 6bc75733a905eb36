# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoRecordingSheet(models.Model):
    """A style sheet of Odoo as it was when somebody was recorded: asset bundles change, recordings have to look the same.

    Holds no personal data; goes when no recording is left that is as old.
    """

    _name = "unicdo.recording.sheet"
    _description = "Style Sheet of Recordings"
    _log_access = False
    _rec_name = "path"

    path = fields.Char(required=True, readonly=True, help="Such as /web/assets/1a2b3c/web.assets_web.min.css.")
    css = fields.Text(required=True, readonly=True)
    kept_at = fields.Datetime("Kept on", required=True, readonly=True, default=fields.Datetime.now)

    _path_uniq = models.UniqueIndex("(path)")
