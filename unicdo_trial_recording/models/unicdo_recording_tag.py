# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoRecordingTag(models.Model):
    """A word of the usability team's short list, to mark moments of recordings by."""

    _name = "unicdo.recording.tag"
    _description = "Tag of Recordings"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex("(name)", "There is a tag of that name already.")
