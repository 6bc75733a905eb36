# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tables that only grow: a trigger refuses UPDATE, DELETE and TRUNCATE.

It protects against the application and its mistakes. The owner of the database can lift it; that shows in the ledger's
signatures, not here.
"""

import contextlib

from psycopg2 import sql

FUNCTION = "unicdo_append_only"
#: transaction-local PostgreSQL setting that names the one table whose rows may change just now
SETTING = "unicdo.append_only_lifted"

_FUNCTION_SQL = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting({setting}, true) = TG_TABLE_NAME THEN
        IF TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Table % only grows: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$
"""
_TRIGGERS_SQL = """
DROP TRIGGER IF EXISTS unicdo_append_only_row ON {table};
DROP TRIGGER IF EXISTS unicdo_append_only_truncate ON {table};
CREATE TRIGGER unicdo_append_only_row BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();
CREATE TRIGGER unicdo_append_only_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""
_COUNT_SQL = """
SELECT count(*) FROM pg_trigger
 WHERE tgrelid = %s::regclass AND tgenabled = 'O'
   AND tgname IN ('unicdo_append_only_row', 'unicdo_append_only_truncate')
"""


def protect(cr, table):
    """Make one table append-only; call it from the model's ``init()``, which runs at install and at each upgrade.

    New columns of such a table must be nullable and without default: filling them would be an UPDATE.

    :param cr: a database cursor
    :param str table: name of an existing table; nothing changes when it is protected already
    """
    names = {"function": sql.Identifier(FUNCTION), "setting": sql.Literal(SETTING), "table": sql.Identifier(table)}
    cr.execute(sql.SQL(_FUNCTION_SQL).format(**names))
    cr.execute(_COUNT_SQL, [table])
    if cr.fetchone()[0] < 2:
        cr.execute(sql.SQL(_TRIGGERS_SQL).format(**names))


@contextlib.contextmanager
def lifted(cr, table, reason):
    """Let rows of one protected table change inside this block, in this transaction only, and record that.

    For migrations, and for dropping what outlived its period. Other transactions neither wait nor profit. Flush the ORM
    before the block and inside it: what is flushed later meets the trigger again.

    :param str table: name of the protected table
    :param str reason: why, without personal data; stands in the audit ledger
    """
    _record(cr, table, reason)
    cr.execute("SELECT set_config(%s, %s, true)", [SETTING, table])
    yield
    # after an error the transaction is rolled back, and the setting with it
    cr.execute("SELECT set_config(%s, '', true)", [SETTING])


def _record(cr, table, reason):
    """Note a lifting in the ledger, in SQL: migrations run before the models are there."""
    cr.execute("SELECT to_regclass('unicdo_ledger_event')")
    if cr.fetchone()[0]:
        cr.execute(
            "INSERT INTO unicdo_ledger_event (kind, happened_at, detail)"
            " VALUES ('append_only.lifted', now() AT TIME ZONE 'UTC', jsonb_build_object('table', %s, 'reason', %s))",
            [table, reason],
        )


def drop_function(cr):
    """Remove the triggers' function and with it every trigger; for the uninstall hook."""
    cr.execute(sql.SQL("DROP FUNCTION IF EXISTS {}() CASCADE").format(sql.Identifier(FUNCTION)))
