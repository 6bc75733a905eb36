# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ..catalogue.source import CATEGORIES, Email, Link, Owned, Part, Phone

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
            "label": self.env["unicdo.data.map"]._label(found),
            "model": found.model,
            "category": found.category,
            "purpose_id": purposes.get(found.purpose),
            "retention": self.env["unicdo.data.map"]._retention_text(found),
            "erasure": found.erase.action,
            "paths": "\n".join(self._path_words(found.model, path) for path in found.paths),
            "shown": self._field_words(found.model, found.fields),
            "provided": self._field_words(found.model, found.provided),
            "review": (
                self.env._("Everything") if found.review == ("*",) else self._field_words(found.model, found.review)
            ),
            "files": found.files,
        }

    @api.model
    def _path_words(self, model, path):
        """One way to the person in words: by which fields, and whether the person only acted there."""
        _ = self.env._
        kind = type(path)
        if kind is Link:
            words = self._chain_words(model, path.chain)
        elif kind is Email:
            words = _("E-mail address: %s", self._chain_words(model, path.field))
        elif kind is Phone:
            words = _("Phone number: %s", self._chain_words(model, path.field))
        elif kind is Part:
            words = _("Part of: %s", self._chain_words(model, path.field))
        elif kind is Owned:
            data_map = self.env["unicdo.data.map"]
            words = _("Named by: %s", data_map._label(data_map._sources()[path.of]))
        else:
            words = _("Belongs to: %s", self._chain_words(model, path.id_field))
        return words if path.about else _("%s (only acted there)", words)

    @api.model
    def _chain_words(self, model, chain):
        """A chain of fields such as ``order_id.partner_id`` by the labels people see."""
        words = []
        for name in chain.split("."):
            step = self.env[model]._fields[name]
            words.append(self.env._("the record itself") if name == "id" else step._description_string(self.env))
            model = step.comodel_name
        return " › ".join(words)

    @api.model
    def _field_words(self, model, names):
        """Fields of a model by the labels people see, each once."""
        return ", ".join(dict.fromkeys(self._chain_words(model, name) for name in names))
