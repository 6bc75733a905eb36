# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ..catalogue.source import CATEGORIES, RETENTION

ERASURE = [("delete", "Delete"), ("anonymise", "Anonymise"), ("keep", "Keep by law"), ("follow", "With its record")]


class UnicdoSource(models.Model):
    """The sources of the data map, as a list to read and to print registers from; derived, never edited."""

    _name = "unicdo.source"
    _description = "Data Source"
    _order = "category, sequence, id"
    _rec_name = "label"

    key = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    label = fields.Char("What", required=True, readonly=True)
    model = fields.Char("Technical model", required=True, readonly=True)
    category = fields.Selection(list(CATEGORIES.items()), string="Kind of data", readonly=True)
    purpose_id = fields.Many2one("unicdo.purpose", readonly=True, ondelete="set null")
    retention = fields.Char("How long", readonly=True)
    erasure = fields.Selection(ERASURE, readonly=True, help="Proposed; settled where erasure is carried out.")
    paths = fields.Text("Found by", readonly=True)
    shown = fields.Text("In a copy", readonly=True)
    provided = fields.Text("Provided by the person", readonly=True)
    review = fields.Text("Read by a person first", readonly=True)
    files = fields.Boolean("With files", readonly=True)

    _key_uniq = models.Constraint("UNIQUE(key)", "This source is listed already.")

    @api.model
    def _open(self):
        """The list of sources, brought up to date first. For the menu."""
        self._refresh()
        return self.env["ir.actions.act_window"]._for_xml_id("unicdo_privacy.unicdo_source_action")

    @api.model
    def _refresh(self):
        """Bring the rows in line with the data map of this registry."""
        rows_sudo = self.sudo()
        known = {row.key: row for row in rows_sudo.search([])}  # pylint: disable=no-search-all
        named = [("key", "!=", False)]
        purposes_sudo = self.env["unicdo.purpose"].sudo().with_context(active_test=False).search(named)
        purposes = {purpose.key: purpose.id for purpose in purposes_sudo}
        fresh = []
        for number, found in enumerate(self.env["unicdo.data.map"]._sources().values()):
            vals = self._row_values(found, number, purposes)
            row = known.pop(found.key, None)
            if row:
                row.write(vals)
            else:
                fresh.append(vals)
        rows_sudo.create(fresh)
        rows_sudo.union(*known.values()).unlink()

    @api.model
    def _row_values(self, found, number, purposes):
        return {
            "key": found.key,
            "sequence": number,
            "label": found.label,
            "model": found.model,
            "category": found.category,
            "purpose_id": purposes.get(found.purpose),
            "retention": RETENTION[found.retention].text,
            "erasure": found.erase.action,
            "paths": "\n".join(path.describe() for path in found.paths),
            "shown": ", ".join(found.fields),
            "provided": ", ".join(found.provided),
            "review": self.env._("Everything") if found.review == ("*",) else ", ".join(found.review),
            "files": found.files,
        }
