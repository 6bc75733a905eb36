# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class UnicdoRequestLeftOut(models.Model):
    """What is not in a package, and why. Named to the person, and to whoever handles the request."""

    _name = "unicdo.request.left.out"
    _description = "Left Out of a Package"
    _order = "source_key, res_id"
    _rec_name = "label"

    request_id = fields.Many2one("unicdo.request", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, index="btree_not_null", help="Whose reviewer left it out. Empty: whoever answers."
    )
    package_id = fields.Many2one("unicdo.package", ondelete="set null", index="btree_not_null")
    source_key = fields.Char("Source", required=True)
    label = fields.Char("Where", compute="_compute_label")
    res_id = fields.Integer("Record", help="0: several")
    count = fields.Integer("How many", default=1)
    reason = fields.Selection(
        [
            ("review", "Left out after review"),
            ("processor", "Held for a customer of ours, who answers for it"),
            ("basis", "Held neither by consent nor for a contract"),
            ("elsewhere", "A link: the content is kept elsewhere"),
            ("missing", "The stored file is missing"),
            ("unreadable", "Could not be read; we are looking into it"),
        ],
        "Why",
        required=True,
    )
    note = fields.Char("In words")

    _once = models.UniqueIndex("(package_id, source_key, reason, res_id)")

    @api.depends("source_key")
    @api.depends_context("lang")
    def _compute_label(self):
        data_map = self.env["unicdo.data.map"]
        for line in self:
            source = data_map._sources().get(line.source_key)
            line.label = data_map._label(source) if source else line.source_key

    @api.model
    def _note(self, package, source_key, reason, res_id=0, **values):
        """Name something as left out; naming it again changes nothing, since work may run twice.

        :param package: ``unicdo.package``
        :param str reason: a value of ``reason``
        :param int res_id: the record, 0 for several
        :param values: ``count``, ``note``, ``company_id``
        """
        lines_sudo = self.sudo()
        key = {"package_id": package.id, "source_key": source_key, "reason": reason, "res_id": res_id}
        if not lines_sudo.search_count([(name, "=", value) for name, value in key.items()], limit=1):
            lines_sudo.create({**values, **key, "request_id": package.request_id.id})
