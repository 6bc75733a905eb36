# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

from odoo.addons.unicdo_privacy.catalogue.source import CATEGORIES


class UnicdoRequestFound(models.Model):
    """How much of a person's data was found in one place; numbers only."""

    _name = "unicdo.request.found"
    _description = "Where Data Was Found"
    _order = "category, label"
    _rec_name = "label"

    request_id = fields.Many2one("unicdo.request", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="request_id.company_id")
    source_key = fields.Char("Source", required=True)
    label = fields.Char("Where")
    category = fields.Selection(list(CATEGORIES.items()))
    certain = fields.Integer("Theirs")
    acted = fields.Integer("Acted on")
    doubtful = fields.Integer()
