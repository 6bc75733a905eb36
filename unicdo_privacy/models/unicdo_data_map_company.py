# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models, tools
from odoo.tools import SQL

from ..catalogue.source import Part, Reference
from .unicdo_data_map import PERSON_MODELS

#: the column that names a record's company, in core and in all modules that follow its rules
OWN = "company_id"


class UnicdoDataMap(models.AbstractModel):
    """Whose a record is in a database with several companies, each of which is a controller (GDPR Art. 4(7))."""

    _inherit = "unicdo.data.map"

    @api.model
    def _companies(self, model_name, ids, above=()):
        """The company of each record: of a message or file that of the record it stands on, of others their own, else
        that of what they are part of. So nobody sees more here than Odoo's own company rules let them see.

        Some queries per model, whatever the number of records.

        :param above: models this was asked for already, so that a circle ends
        :return: {id: company id}; records that all companies share are not in it
        """
        found, rest = {}, set(ids)
        for step in self._company_steps(model_name):
            if not rest:
                break
            if step == OWN:
                settled = self._own_companies(model_name, rest)
            else:
                settled = self._companies_of_owners(model_name, step, rest, (*above, model_name))
            found |= settled
            rest -= settled.keys()
        return {record_id: company_id for record_id, company_id in found.items() if company_id}

    @api.model
    @tools.ormcache("model_name")
    def _company_steps(self, model_name):
        """Where the company of a model's records may stand, in the order to look: ``Reference`` paths, the model's own
        column, names of many2one fields."""
        paths = [
            path for found in self._sources().values() if found.model == model_name for path in found.paths if path.about
        ]
        references = [path for path in paths if isinstance(path, Reference)]
        parts = [path.field for path in paths if isinstance(path, Part)]
        # a row that goes with another row is part of it, whatever the catalogue follows it by
        parts += [
            name for name, step in self.env[model_name]._fields.items()
            if step.type == "many2one" and step.store and step.required and step.ondelete == "cascade"
        ]
        leading = [
            name for name in parts
            if (comodel := self.env[model_name]._fields[name].comodel_name) and comodel not in PERSON_MODELS
        ]
        return tuple(dict.fromkeys([*references, OWN, *leading]))

    @api.model
    def _own_companies(self, model_name, ids):
        """The companies that records name themselves.

        :return: {id: company id}; records that name none are not in it
        """
        own = self.env[model_name]._fields.get(OWN)
        if own is None or own.comodel_name != "res.company" or not (own.store or own.related):
            return {}
        model_sudo = self.env[model_name].sudo().with_context(active_test=False)
        groups = model_sudo._read_group([("id", "in", list(ids))], [OWN], ["id:array_agg"])
        return {record_id: company.id for company, found in groups if company for record_id in found}

    @api.model
    def _companies_of_owners(self, model_name, step, ids, above):
        """The companies of the records that these records stand on.

        :param step: a ``Reference``, or the name of a many2one field
        :return: {id: company id}, and of a message or file on a record that all companies share {id: False}
        """
        owners = self._owners(model_name, step, ids)
        by_model = {}
        for owner_model, owner_id in owners.values():
            by_model.setdefault(owner_model, set()).add(owner_id)
        companies = {
            (owner_model, owner_id): company_id
            for owner_model, owner_ids in by_model.items()
            if owner_model not in above and self._is_stored(owner_model)
            for owner_id, company_id in self._companies(owner_model, owner_ids, above).items()
        }
        if isinstance(step, Reference):
            return {record_id: companies.get(owner, False) for record_id, owner in owners.items()}
        return {record_id: companies[owner] for record_id, owner in owners.items() if owner in companies}

    @api.model
    def _owners(self, model_name, step, ids):
        """The record that each of these records stands on: {id: (model, id)}."""
        model = self.env[model_name]
        if isinstance(step, Reference):
            source = next(found for found in self._sources().values() if found.model == model_name)
            owner_model, column = self._model_column(source, step), step.id_field
        else:
            owner_model, column = SQL("%s", model._fields[step].comodel_name), step
        model.flush_model()
        self.env.cr.execute(SQL(
            "SELECT t.id, %(model)s, %(id)s FROM %(table)s t WHERE t.id = ANY(%(ids)s) AND %(id)s > 0",
            model=owner_model, id=SQL.identifier("t", column), table=SQL.identifier(model._table), ids=list(ids),
        ))
        return {record_id: (owner, owner_id) for record_id, owner, owner_id in self.env.cr.fetchall() if owner}
