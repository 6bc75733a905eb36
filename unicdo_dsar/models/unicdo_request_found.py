# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from odoo.addons.unicdo_privacy.catalogue.source import CATEGORIES


class UnicdoRequestFound(models.Model):
    """How much of a person's data was found in one place; numbers only."""

    _name = "unicdo.request.found"
    _description = "Where Data Was Found"
    _order = "category, source_key"
    _rec_name = "label"

    request_id = fields.Many2one("unicdo.request", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="request_id.company_id")
    source_key = fields.Char("Source", required=True)
    label = fields.Char("Where", compute="_compute_label")
    category = fields.Selection(list(CATEGORIES.items()))
    certain = fields.Integer("Theirs")
    acted = fields.Integer("Acted on")
    doubtful = fields.Integer()

    @api.depends("source_key")
    @api.depends_context("lang")
    def _compute_label(self):
        data_map = self.env["unicdo.data.map"]
        for line in self:
            source = data_map._sources().get(line.source_key)
            line.label = data_map._label(source) if source else line.source_key
