# SPDX-License-Identifier: LGPL-3.0-or-later
"""Indexes of the data map are built beside the daily work, and again after a builder was killed (DESIGN 2)."""
import contextlib
import signal

import pytest

from tests.faults.conftest import listening, trouble_in, wake
from tests.support.odoo_process import connect, rows, signal_group, wait_until

pytestmark = pytest.mark.quiet

ONE_CRON = ("--no-http", "--max-cron-threads=1")
KIND = "data_map_indexes"


@pytest.fixture(scope="module")
def database(bench):
    """A database where contacts are so many that indexes pay."""
    name = bench.copy("indexes")
    needed = rows(name, """
        SELECT column_name, data_type FROM information_schema.columns
         WHERE table_name = 'res_partner' AND is_nullable = 'NO' AND column_default IS NULL
           AND data_type = 'character varying'""")
    columns = ", ".join(["name", "complete_name", "email", "email_normalized", "phone", *(column for column, _ in needed)])
    rows(name, f"""
        INSERT INTO res_partner ({columns}, active, type, create_date, write_date)
        SELECT 'P' || i, 'P' || i, 'P <p' || i || '@x.example>', 'p' || i || '@x.example', '+324712' || (10000 + i)
               {", 'ask'" * len(needed)}, true, 'contact', now(), now()
          FROM generate_series(1, 40000) i""")
    rows(name, "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'")
    rows(name, "DELETE FROM ir_cron_trigger")
    return name


def indexes(database):
    """Name → whether it is valid, of our indexes."""
    return dict(rows(database, r"""
        SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE c.relname LIKE 'unicdo\_idx\_%'"""))


def call_builder(database):
    """Let the work row come back at once."""
    rows(database, "UPDATE unicdo_work SET next_try = NULL WHERE kind = %s", [KIND])
    wake(database)


def test_a_killed_builder_is_followed_by_one_that_ends(bench, database):
    reader = connect(database)
    with contextlib.closing(reader), reader.cursor() as cursor:
        # somebody reads for long: the builder waits for them, with a half-made index
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM res_partner")
        with bench.server(database, "killed", *ONE_CRON) as process:
            assert wait_until(lambda: listening([process]), 120), "Odoo did not start"
            wake(database)
            assert wait_until(lambda: False in indexes(database).values(), 60), "no index was begun"
            signal_group(process, signal.SIGKILL)
        rows(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%'")
        assert wait_until(lambda: not rows(
            database, "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%' AND state = 'active'"), 20)
    assert False in indexes(database).values()

    with bench.server(database, "second", *ONE_CRON) as process:
        assert wait_until(lambda: listening([process]), 120), "Odoo did not start again"
        call_builder(database)

        def is_done():
            call_builder(database)
            return rows(database, "SELECT 1 FROM unicdo_work WHERE kind = %s AND state = 'done'", [KIND])

        assert wait_until(is_done, 120, pause=1), "the indexes were not finished"
    made = indexes(database)
    assert made
    assert all(made.values())
    assert not trouble_in(bench.log("second"))


def test_a_person_is_found_by_the_index(database):
    plan = "\n".join(line for line, in rows(
        database, "EXPLAIN SELECT id FROM res_partner WHERE unicdo_email(email) = ANY(ARRAY['p7@x.example'])"))
    assert "unicdo_idx_" in plan
