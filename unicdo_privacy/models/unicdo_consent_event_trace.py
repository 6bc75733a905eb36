# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoConsentEventTrace(models.Model):
    """From where an event came. Personal data that erasure and retention remove; the event itself stays."""

    _name = "unicdo.consent.event.trace"
    _description = "Origin of a Consent Event"
    _log_access = False
    _rec_name = "address"

    event_id = fields.Integer(required=True, readonly=True, index=True, aggregator=None)
    address = fields.Char("Network address", readonly=True)
    user_agent = fields.Char("Browser", readonly=True)
