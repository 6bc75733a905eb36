# SPDX-License-Identifier: LGPL-3.0-or-later
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..catalogue.source import CATEGORIES, SECRET, Email, Link, Part, Phone, Reference, path_fields, source

DECISIONS = [("about", "About the person"), ("acted", "The person only acted"), ("exempt", "Nobody's data")]
#: What a copy of a model that only this database has may show.
PLAIN_TYPES = (
    "char", "text", "html", "date", "datetime", "selection", "integer", "float", "monetary", "boolean", "many2one",
)
#: what officers write
DECIDED = {"decision", "category", "reason"}
PERSON_LINKS = ("res.partner", "res.users")


class UnicdoSourceDecision(models.Model):
    """One link from a model to a person, and what it means: from the catalogue, or decided by an officer.

    Rows are made by :meth:`_refresh` from what is installed; an officer decides those that no catalogue knows, such as
    custom and Studio models. What is decided takes effect at once in searches, copies and erasure.
    """

    _name = "unicdo.source.decision"
    _description = "Data Map Link"
    _order = "model, link"
    _rec_name = "link_label"

    model = fields.Char("Technical model", required=True, readonly=True)
    model_label = fields.Char("Model", readonly=True)
    link = fields.Char("Technical field", required=True, readonly=True)
    link_label = fields.Char("Field", readonly=True)
    kind = fields.Char("Leads to", readonly=True)
    state = fields.Selection(
        [("undecided", "To decide"), ("decided", "Decided here"), ("built_in", "Built in")],
        default="undecided", required=True, readonly=True,
    )
    proposal = fields.Selection(DECISIONS, readonly=True)
    decision = fields.Selection(DECISIONS)
    category = fields.Selection(list(CATEGORIES.items()), string="Kind of data", help="Shown to people in the portal.")
    reason = fields.Char(help="Why this is nobody's data.")
    decided_by_id = fields.Many2one("res.users", "Decided by", readonly=True, ondelete="set null")
    decided_on = fields.Datetime("Decided on", readonly=True)

    _link_uniq = models.Constraint("UNIQUE(model, link)", "This link is listed already.")

    @api.constrains("decision", "reason", "state")
    def _check_reason(self):
        for row in self:
            if row.state == "decided" and row.decision == "exempt" and not (row.reason or "").strip():
                raise ValidationError(self.env._(
                    "Please write down why %(link)s of %(model)s is nobody's data.", link=row.link, model=row.model
                ))

    def write(self, vals):
        if vals.keys() - DECIDED and not self.env.su:
            raise AccessError(self.env._("Which links there are follows from what is installed. Only decide on them."))
        deciding = {"decision", "category", "reason"} & set(vals) and "state" not in vals
        if deciding and any(row.state == "built_in" for row in self):
            raise UserError(self.env._("This link is described by the software itself. Only open ones can be decided."))
        if not deciding:
            return super().write(vals)
        decided = "decided" if vals.get("decision", self[:1].decision) else "undecided"
        result = super().write(
            vals | {"state": decided, "decided_by_id": self.env.uid, "decided_on": fields.Datetime.now()}
        )
        self.env.registry.clear_cache()
        return result

    def action_accept_proposal(self):
        """Decide open links as proposed."""
        self.check_access("write")
        for row in self.filtered(lambda row: row.state == "undecided"):
            row.write({"decision": row.proposal, "category": row.category or "business"})

    @api.model
    def _open(self):
        """The list of links, brought up to date first. For the menu."""
        self._refresh()
        action = self.env["ir.actions.act_window"]._for_xml_id("unicdo_privacy.unicdo_source_decision_action")
        if self.search_count([("state", "=", "undecided")], limit=1):
            action["context"] = {"search_default_undecided": 1}
        return action

    @api.model
    def _refresh(self):
        """Bring the rows in line with what is installed; decisions stay, also those about an application now absent."""
        rows_sudo = self.sudo()
        known = {(row.model, row.link): row for row in rows_sudo.search([])}  # pylint: disable=no-search-all
        built_in = self._built_in()
        fresh = []
        for covered in self.env["unicdo.data.map"]._coverage():
            for link, kind in covered["links"].items():
                vals = self._row_values(covered, link, kind, built_in)
                row = known.pop((covered["model"], link), None)
                if not row:
                    fresh.append(vals)
                elif row.state != "decided" or vals["state"] == "built_in":
                    if any(row[name] != value for name, value in vals.items()):
                        row.write(vals)
        rows_sudo.create(fresh)
        rows_sudo.union(*known.values()).filtered(lambda row: row.state != "decided").unlink()

    @api.model
    def _row_values(self, covered, link, kind, built_in):
        decision, category, reason = built_in.get((covered["model"], link), (False, False, False))
        if covered["reason"]:
            decision, reason = "exempt", covered["reason"]
        return {
            "model": covered["model"],
            "model_label": self.env["ir.model"].sudo()._get(covered["model"]).name,
            "link": link,
            "link_label": self.env[covered["model"]]._fields[link]._description_string(self.env),
            "kind": kind,
            "state": "built_in" if decision else "undecided",
            "proposal": False if decision else self.env["unicdo.data.map"]._propose(link, kind),
            "decision": decision,
            "category": category,
            "reason": reason and self.env["unicdo.data.map"]._words(reason),
        }

    @api.model
    def _built_in(self):
        """What the catalogues say about links: {(model, link): (decision, category, reason)}."""
        said = {}
        for found in self.env["unicdo.data.map"]._catalogue():
            for link, reason in found.ignore.items():
                said.setdefault((found.model, link), ("exempt", found.category, reason))
            for path in found.paths:
                decision = "about" if path.about else "acted"
                for link in path_fields(path):
                    if said.get((found.model, link), ("exempt",))[0] != "about":
                        said[found.model, link] = (decision, found.category, False)
        return said

    @api.model
    def _decided_sources(self, known):
        """Sources as decided here: catalogue ones with further paths, and new ones for models no catalogue knows.

        :param known: sources of the catalogues
        :return: list of ``Source``
        """
        decided = {}
        for row in self.sudo().search([("state", "=", "decided"), ("decision", "in", ("about", "acted"))]):
            path = self._path(row)
            if path:
                decided.setdefault(row.model, []).append((row, path))
        firsts = {found.model: found for found in reversed(known)}
        return [
            self._with_paths(firsts.get(model), model, [path for _row, path in pairs], pairs[0][0].category)
            for model, pairs in decided.items()
        ]

    @api.model
    def _with_paths(self, found, model, paths, category):
        if found:
            return replace(found, paths=(*found.paths, *paths))
        fields_here = self.env[model]._fields
        shown = " ".join(
            name for name, step in fields_here.items()
            if step.store and step.type in PLAIN_TYPES and not SECRET.search(name)
            and (name == "create_date" or name not in models.MAGIC_COLUMNS)
        )
        return source(model, "", category or "business", paths, shown, review="*", files=True)

    @api.model
    def _path(self, row):
        """The path that a decided link stands for; None where the field is gone or cannot be searched by."""
        step = self.env[row.model]._fields.get(row.link) if row.model in self.env else None
        if step is None or not step.store or step.type == "reference":
            return None
        about = row.decision == "about"
        if step.comodel_name:
            return (Link if step.comodel_name in PERSON_LINKS else Part)(row.link, about=about)
        if step.type in ("char", "text"):
            return (Email if "mail" in row.link else Phone)(row.link, about=about)
        fields_here = self.env[row.model]._fields
        beside = getattr(step, "model_field", None) or next(
            (name for name in ("res_model", "model") if name in fields_here and fields_here[name].store), None
        )
        return Reference(beside, row.link, about=about) if beside else None
