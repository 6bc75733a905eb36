# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoLedgerLeaf(models.Model):
    """Which event stands in which block, and its hash at that moment."""

    _name = "unicdo.ledger.leaf"
    _inherit = ["unicdo.append.only"]
    _description = "Audit Event in a Block"
    _log_access = False
    _order = "block, position"

    event_id = fields.Integer(required=True, readonly=True)
    block = fields.Integer(required=True, readonly=True)
    position = fields.Integer(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True, size=64)

    _event_uniq = models.UniqueIndex("(event_id)")
    _position_uniq = models.UniqueIndex("(block, position)")
