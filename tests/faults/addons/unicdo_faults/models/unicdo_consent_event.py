# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoConsentEvent(models.Model):
    """What an upgrade does: one more column on a table that refuses updates."""

    _inherit = "unicdo.consent.event"

    fault_note = fields.Char()
