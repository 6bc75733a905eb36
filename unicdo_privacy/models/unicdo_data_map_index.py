# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import logging
import re
import threading

import psycopg2

from odoo import api, models, tools
from odoo.sql_db import db_connect
from odoo.tools import SQL

from ..catalogue.source import Email, Link, Part, Phone, Reference
from ..tools import matching
from .unicdo_work import NotYet

_logger = logging.getLogger(__name__)

#: Below this size PostgreSQL reads the whole table as quickly; checked again every day. Reading addresses out of
#: their columns takes longer, so there a table is large sooner.
MIN_TABLE_BYTES = 1024 * 1024
ADDRESS_FACTOR = 16
#: Seconds until the work row looks whether the indexes are ready.
PAUSE = 60
#: How PostgreSQL prints ``unicdo_email(email)``: ``unicdo_email(email::text)``, and quotes around some names.
_CAST = re.compile(r'::text|"')
#: One builder per database, whatever the number of processes and hosts (session-level advisory lock).
LOCK = int.from_bytes(hashlib.sha256(b"unicdo data map indexes").digest()[:7], "big")


class UnicdoDataMap(models.AbstractModel):
    """Indexes on mapped paths where Odoo has none.

    ``CREATE INDEX CONCURRENTLY`` waits for every older snapshot, that of the transaction which asks for it included. So
    a work row only starts a thread with a connection of its own, ends, and comes back to see whether it is done.
    """

    _inherit = "unicdo.data.map"

    def _register_hook(self):
        """Plan missing indexes whenever a registry loads: after the install, and when an application came later."""
        super()._register_hook()
        try:
            with self.env.cr.savepoint():
                # loading a registry waits for nobody: whoever plans the same row just now does it for us
                self.env.cr.execute("SET LOCAL lock_timeout = '1s'")
                self._ensure_indexes()
                self.env.cr.execute("SET LOCAL lock_timeout TO DEFAULT")
        except psycopg2.Error as error:
            _logger.info("Indexes of the data map are not checked now: %s", type(error).__name__)

    @api.autovacuum
    def _ensure_indexes(self):
        """Plan the building of missing indexes; does nothing when there are none. Runs daily: tables grow."""
        if not self._missing_indexes():
            return
        module_sudo = self.env["ir.module.module"].sudo().search([("name", "=", "unicdo_privacy")])
        values = {"res_model": module_sudo._name, "res_id": module_sudo.id, "kind": "data_map_indexes"}
        work_sudo = self.env["unicdo.work"].sudo()
        row = work_sudo.search([(name, "=", value) for name, value in values.items()])
        if not row:
            work_sudo._enqueue([values])
        elif row.state != "todo":
            row.write({"state": "todo", "attempts": 0, "next_try": False, "error": False})
            work_sudo._wake()

    @api.model
    def _index_specs(self):
        """The indexes that the paths ask for: {(table, expressions): SQL method}, whether they exist or not."""
        specs = {
            ("res_partner", ("email_normalized",)): "btree",
            ("res_partner", ("unicdo_email(email)",)): "btree",
        }
        for found in self._sources().values():
            model = self.env[found.model]
            for path in found.paths:
                for table, expressions, method in self._path_indexes(model, path):
                    specs[table, expressions] = method
        return specs

    @api.model
    def _path_indexes(self, model, path):
        """(table, expressions, method) for each table that a path reads by a condition."""
        if isinstance(path, Link):
            steps = self._chain(model._fields, path.chain)
            names = [(self.env[step.model_name]._table, step.name) for step in steps if step.type == "many2one"]
        elif isinstance(path, Part):
            names = [(model._table, path.field)] if model._fields[path.field].type != "many2many" else []
        elif isinstance(path, Reference):
            columns = (path.model_field, path.id_field) if "." not in path.model_field else (path.id_field,)
            return [(model._table, columns, "btree")]
        elif isinstance(path, Email | Phone):
            return [(model._table, *self._column_index(path))]
        else:
            names = []
        return [(table, (name,), "btree") for table, name in names if name != "id"]

    @api.model
    def _column_index(self, path):
        if isinstance(path, Phone):
            return (f"unicdo_phone({path.field})",), "btree"
        if path.many:
            return (f"unicdo_emails({path.field})",), "gin"
        return (path.field if path.normal else f"unicdo_email({path.field})",), "btree"

    @api.model
    def _missing_indexes(self, min_bytes=MIN_TABLE_BYTES):
        """What to build: list of SQL statements' parts (name, table, expressions, method).

        :param int min_bytes: smaller tables are left alone
        """
        specs = self._index_specs()
        self.env.cr.execute(
            """
            SELECT c.relname, pg_relation_size(c.oid) FROM pg_class c
             WHERE c.relkind = 'r' AND c.relnamespace = current_schema::regnamespace AND c.relname = ANY(%s)
            """,
            [list({table for table, _expressions in specs})],
        )
        sizes = dict(self.env.cr.fetchall())
        wanted = {
            (table, expressions): method for (table, expressions), method in sorted(specs.items())
            if sizes.get(table, -1) >= (min_bytes // ADDRESS_FACTOR if "(" in expressions[0] else min_bytes)
        }
        present = self._present_indexes({table for table, _expressions in wanted})
        return [
            (self._index_name(table, expressions), table, expressions, method)
            for (table, expressions), method in wanted.items()
            if not self._is_served(present.get(table, ()), expressions)
        ]

    @api.model
    def _present_indexes(self, tables):
        """The valid indexes of these tables: {table: [their leading columns or expressions]}."""
        self.env.cr.execute(
            """
            SELECT c.relname, ARRAY(
                       SELECT pg_get_indexdef(i.indexrelid, key, true) FROM generate_series(1, i.indnkeyatts) key)
              FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
             WHERE c.relname = ANY(%s) AND c.relnamespace = current_schema::regnamespace AND i.indisvalid
               AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) LIKE '%%IS NOT NULL)')
            """,
            [list(tables)],
        )
        present = {}
        for table, keys in self.env.cr.fetchall():
            present.setdefault(table, []).append([_CAST.sub("", key) for key in keys])
        return present

    @api.model
    def _is_served(self, present, expressions):
        """Whether an index begins with these columns, in any order; of several, the last alone is selective enough."""
        count = len(expressions)
        return any(set(keys[:count]) == set(expressions) or keys[0] == expressions[-1] for keys in present)

    @api.model
    def _index_name(self, table, expressions):
        digest = hashlib.sha256(" ".join((table, *expressions)).encode()).hexdigest()
        return f"unicdo_idx_{digest[:16]}"

    @api.model
    def _start_building(self):
        """Start the builder unless everything is there.

        :raise NotYet: when it is not there yet, so that the work row comes back
        """
        missing = self._missing_indexes()
        if not missing:
            return
        if not tools.config["test_enable"]:
            arguments = (self.env.cr.dbname, missing)
            threading.Thread(target=build_indexes, args=arguments, name="unicdo.indexes", daemon=True).start()
        raise NotYet(PAUSE)

    @api.model
    def _build_indexes(self):
        """Build what is missing and wait for it, for command lines and measurements.

        Commits first: the builder waits for every open snapshot, and would wait for the caller's for ever.
        """
        missing = self._missing_indexes()
        self.env.cr.commit()  # pylint: disable=invalid-commit
        build_indexes(self.env.cr.dbname, missing)

    @api.model
    def _drop_indexes(self):
        """Remove our indexes and functions; called when the module goes."""
        self.env.cr.execute(r"SELECT relname FROM pg_class WHERE relkind = 'i' AND relname LIKE 'unicdo\_idx\_%%'")
        for (name,) in self.env.cr.fetchall():
            self.env.cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(name)))
        for signature in reversed(matching.SQL_FUNCTIONS):
            self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s", SQL(signature)))


def build_indexes(db_name, missing):
    """Build indexes one after the other on a connection of its own, outside any transaction.

    Leaves at once when another process is at it. A builder killed half-way leaves an invalid index, which the next one
    drops first.

    :param str db_name: database
    :param missing: as ``_missing_indexes`` gives it
    """
    threading.current_thread().dbname = db_name
    try:
        with db_connect(db_name).cursor() as cr:
            cr.connection.autocommit = True
            cr.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if not cr.fetchone()[0]:
                return
            try:
                for name, table, expressions, method in missing:
                    cr.execute(SQL("DROP INDEX CONCURRENTLY IF EXISTS %s", SQL.identifier(name)))
                    cr.execute(index_sql(name, table, expressions, method))
                    _logger.info("Index %s of the data map is ready on %s.", name, table)
            finally:
                cr.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
                cr.connection.autocommit = False
    except psycopg2.Error as error:
        _logger.warning("Building an index of the data map failed (%s); it is tried again.", type(error).__name__)


def _expression(text):
    function, bracket, column = text.rstrip(")").partition("(")
    return SQL("%s(%s)", SQL.identifier(function), SQL.identifier(column)) if bracket else SQL.identifier(text)


def index_sql(name, table, expressions, method, concurrently=True):
    """The statement that builds one index. Rows without a value are left out: nobody is found by them."""
    column = expressions[-1].rpartition("(")[2].rstrip(")")
    return SQL(
        "CREATE INDEX %s %s ON %s USING %s (%s) WHERE %s IS NOT NULL",
        SQL("CONCURRENTLY" if concurrently else ""), SQL.identifier(name), SQL.identifier(table),
        SQL(method),  # pylint: disable=sql-injection
        SQL(", ").join(_expression(expression) for expression in expressions), SQL.identifier(column),
    )
