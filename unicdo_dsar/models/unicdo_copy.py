# SPDX-License-Identifier: LGPL-3.0-or-later
import json

from odoo import api, models
from odoo.tools import SQL

from ..const import BATCH, BATCH_BYTES
from ..tools.plain import plain_text

NUMBERS = ("integer", "float", "monetary")
X2MANY = ("one2many", "many2many")
#: types of columns that may hold much
WIDE = ("text", "varchar", "bytea")


class UnicdoCopy(models.AbstractModel):
    """Turns records into what a person reads about themselves, other people taken out.

    Everything here runs in sudo on behalf of the person, in their language and time zone (set by the caller).
    """

    _name = "unicdo.copy"
    _description = "Copy of a Person's Records"

    @api.model
    def _columns(self, source, names=None):
        """What a table of one source consists of.

        :param source: ``Source`` of the data map
        :param names: field names to show, None for all that the source shows
        :return: list of dicts ``name``, ``label``, ``type``; ``id`` comes first; unknown fields are left out
        """
        model = self.env[source.model]
        wanted = ["id", *(name for name in (names or source.fields) if name != "id" and name in model._fields)]
        described = model.fields_get(wanted, ["string"])
        return [
            {"name": name, "label": described[name]["string"], "type": self._column_type(model._fields[name])}
            for name in wanted
            if name in described
        ]

    @api.model
    def _column_type(self, field):
        if field.type in ("binary", "image"):
            return "file" if field.attachment else "base64"
        return "integer" if field.type == "many2one_reference" else field.type

    @api.model
    def _rows(self, source, ids, columns, discretion):
        """Read records in batches, each forgotten before the next is read, so that memory stays constant.

        :param source: ``Source`` of the data map
        :param list ids: records, all of which may be shown; those deleted meanwhile are passed over
        :param list columns: result of :meth:`_columns`; values of type ``file`` are left to the caller
        :param discretion: ``Discretion`` for the person
        :return: iterator of ``(record id, heading, row)``; a row maps column names to JSON values
        """
        read = self._reader(source, columns, discretion)
        names = [column["name"] for column in columns if column["type"] != "file"]
        for batch in self._batches(source, names, ids):
            yield from read(batch)
            self.env.invalidate_all()

    @api.model
    def _batches(self, source, names, ids):
        """Cut ids into lists of what may stand in memory at once: so many records, and so long texts in them.

        :param source: ``Source`` of the data map
        :param names: fields that will be read
        :param list ids: records
        """
        sizes = self._sizes(self.env[source.model], names, ids)
        batch, size = [], 0
        for record_id in ids:
            batch.append(record_id)
            size += sizes.get(record_id, 0)
            if len(batch) == BATCH or size > BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    @api.model
    def _sizes(self, model, names, ids):
        """Bytes of the texts of records, as PostgreSQL knows them without reading them; of those only that count."""
        stored = [field for name in names if (field := model._fields[name]).store and field.column_type]
        wide = [SQL.identifier(field.name) for field in stored if field.column_type[0] in WIDE]
        if not wide:
            return {}
        size = SQL(" + ").join(SQL("COALESCE(octet_length(%s), 0)", column) for column in wide)
        self.env.cr.execute(
            SQL(
                "SELECT id, size FROM (SELECT id, %s AS size FROM %s WHERE id = ANY(%s)) AS sizes WHERE size > %s",
                size,
                SQL.identifier(model._table),
                ids,
                BATCH_BYTES // BATCH,
            )
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _reader(self, source, columns, discretion):
        """A function that reads one batch of ids; what is the same for all batches is looked up once."""
        model = self.env[source.model].with_context(active_test=False, prefetch_fields=False)
        names = [column["name"] for column in columns if column["type"] != "file"]
        relations = {
            name: self._relation(model, name, source, discretion) for name in names if model._fields[name].relational
        }
        converters = {
            name: relations[name].convert
            if name in relations
            else self._converter(model._fields[name], source, discretion)
            for name in names
        }
        long_names = [name for name in names if model._fields[name].type in ("text", "html")]
        hidden = discretion.names_people(source.model)
        label = self.env["ir.model"]._get(source.model).name

        def read(ids):
            records = model.browse(ids).exists()
            rows = records.read(names, load=None)
            # a long text stands in memory once, not in the cache too
            records.invalidate_recordset(long_names)
            for name, relation in relations.items():
                relation.load([row[name] for row in rows])
            for record, row in zip(records, rows, strict=True):
                values = {name: converters[name](row.pop(name)) for name in names}
                shown = not hidden or record.id in discretion.own(source.model)
                heading = shown and self._heading(record, values)
                yield record.id, heading or f"{label} {record.id}", values

        return read

    @api.model
    def _heading(self, record, values):
        """What a record is called on its card; "" if it has no name of its own (a model without a name field)."""
        if record._name == "mail.message":
            return values.get("subject") or values.get("record_name") or ""
        name = record.display_name or ""
        return "" if name == f"{record._name},{record.id}" else name

    @api.model
    def _relation(self, model, name, source, discretion):
        # who wrote a message stands above it: its reader has seen the name
        open_name = source.model == "mail.message" and name == "author_id" and not source.review
        return _Relation(model, model._fields[name], discretion, only_own=name in source.redact, open_name=open_name)

    @api.model
    def _converter(self, field, source, discretion):
        """The function that turns one stored value, as ``read`` gives it, into its JSON value."""
        if field.type == "boolean":
            return bool
        if field.type in NUMBERS or field.type == "many2one_reference":
            return lambda value: value
        if source.model == "mail.message" and field.name == "email_from":
            return lambda value: discretion.sender(str(value)) if value else None
        if field.name in source.redact:
            return lambda value: discretion.own_addresses(str(value)) if value else None
        labels = dict(field._description_selection(self.env)) if field.type == "selection" else {}
        special = {
            "date": lambda value: value.isoformat(),
            "datetime": lambda value: f"{value.isoformat(timespec='seconds')}Z",
            "selection": lambda value: {"value": str(value), "label": labels.get(value) or str(value)},
            "properties": discretion.properties,
            "json": lambda value: value,
            "reference": lambda value: {"name": str(value)},
            "binary": lambda value: value.decode(),
        }
        convert = special.get(field.type, str)
        return lambda value: convert(value) if value else None

    @api.model
    def _cell(self, column):
        """The function that turns a JSON value of a column into what a person reads: text, "" for nothing.

        :param dict column: see :meth:`_columns`
        """
        yes, no = self.env._("Yes"), self.env._("No")
        by_type = {
            "boolean": lambda value: yes if value else no,
            "html": plain_text,
            "monetary": lambda value: f"{value:.2f}",
            "datetime": lambda value: f"{value[:10]} {value[11:16]} UTC",
            "selection": lambda value: value["label"],
            "many2one": lambda value: value["name"],
            "reference": lambda value: value["name"],
            "one2many": lambda value: ", ".join(item["name"] for item in value),
            "many2many": lambda value: ", ".join(item["name"] for item in value),
            "file": ", ".join,
            "properties": lambda value: "\n".join(f"{item['label']}: {item['value'] or ''}" for item in value),
            "json": lambda value: json.dumps(value, ensure_ascii=False),
        }
        show = by_type.get(column["type"], str)
        return lambda value: "" if value is None else show(value)


class _Relation:
    """Names of the records that one relational column points at, loaded batch by batch."""

    def __init__(self, model, field, discretion, only_own, open_name):
        self._comodel = model.env[field.comodel_name].with_context(active_test=False)
        self._many = field.type in X2MANY
        self._discretion = discretion
        self._only_own = only_own
        self._hidden = discretion.names_people(field.comodel_name) and not open_name
        self._own = discretion.own(field.comodel_name) if self._hidden or only_own else set()
        self._names = {}

    def load(self, values):
        """Look up all names of one batch at once, and forget those of the last."""
        ids = {record_id for value in values for record_id in (value if self._many else [value]) if record_id}
        wanted = sorted(ids & self._own if self._only_own else ids)
        self._names = {}
        for record in self._comodel.browse(wanted).exists():
            if self._hidden and record.id not in self._own:
                self._names[record.id] = {"name": self._discretion.stand_in(record)}
            else:
                self._names[record.id] = {"id": record.id, "name": record.display_name or ""}

    def convert(self, value):
        """A stored value to its JSON value."""
        if self._many:
            return [self._names[record_id] for record_id in value if record_id in self._names]
        return self._names.get(value)
