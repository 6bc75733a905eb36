# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoBenchRow(models.Model):
    """Rows as wide as a consent event, with nothing but what the ORM itself does."""

    _name = "unicdo.bench.row"
    _description = "Benchmark Row"

    occurred_on = fields.Datetime(required=True)
    subject_id = fields.Integer(index=True)
    what = fields.Char(required=True)
    purpose_key = fields.Char(index=True)
    text_id = fields.Integer()
    version_id = fields.Integer()
    channel = fields.Char(required=True)
    origin = fields.Char()
    actor_id = fields.Integer()
    source_event_id = fields.Integer()
