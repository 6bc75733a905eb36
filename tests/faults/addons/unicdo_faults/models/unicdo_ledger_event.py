# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoLedgerEvent(models.Model):
    """What an upgrade does: one more column on a table that refuses updates."""

    _inherit = "unicdo.ledger.event"

    fault_note = fields.Char()
