# SPDX-License-Identifier: LGPL-3.0-or-later
"""Installed on a database that holds data, upgraded, uninstalled: the database stays sound, and nothing of ours stays."""
import re

import pytest

from tests.faults.conftest import complaints_in, given
from tests.faults.test_recording_kills import PREPARE, files
from tests.support.odoo_process import ROOT, rows

pytestmark = pytest.mark.quiet

MODULES = sorted(path.parent.name for path in ROOT.glob("unicdo_*/__manifest__.py"))
#: what Odoo itself writes whenever modules come and go, or time passes
MOVING = re.compile(
    r"^(ir_|res_groups|bus_|base_|mail_message|mail_mail|mail_notification|res_users_log|discuss_|orm_signaling_)")

#: core gives each new internal user, so the demo officer too, a first to-do in stages of their own, and keeps it
LEFT_BY_CORE = {"project_task", "project_task_type", "mail_followers", "mail_followers_mail_message_subtype_rel"}


def counts(database):
    """Table → rows, of the business tables."""
    tables = [name for name, in rows(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    kept = sorted(name for name in tables if not MOVING.match(name) and not name.startswith("unicdo_"))
    return dict(rows(database, " UNION ALL ".join(f"""SELECT '{name}', count(*) FROM "{name}\"""" for name in kept)))


def leftovers(database):
    """Names of everything in the database that is ours."""
    return [name for name, in rows(database, """
        SELECT relname FROM pg_class WHERE relname LIKE 'unicdo%'
        UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE 'unicdo%'
        UNION ALL SELECT tgname FROM pg_trigger WHERE tgname LIKE 'unicdo%'
        UNION ALL SELECT table_name || '.' || column_name FROM information_schema.columns
                   WHERE column_name LIKE '%unicdo%'
        UNION ALL SELECT model FROM ir_model WHERE model LIKE 'unicdo.%'
        UNION ALL SELECT module || '.' || name FROM ir_model_data WHERE module LIKE 'unicdo%'
        UNION ALL SELECT cron_name FROM ir_cron WHERE cron_name LIKE 'Privacy: %'""")]


@pytest.fixture(scope="module")
def database(bench):
    return bench.copy("life", given("UNICDO_TEST_PLAIN"))


def quietly(bench, database, *options):
    """Run Odoo and see that it complains about nothing."""
    _seconds, log = bench.odoo(database, *options, "--stop-after-init", "--no-http")
    assert not complaints_in(log)


def test_modules_come_are_upgraded_and_go_and_leave_the_data_sound(bench, database):
    before = counts(database)
    quietly(bench, database, "-i", ",".join(MODULES))
    installed = counts(database)
    assert {name for name in before if installed.get(name, 0) < before[name]} == set()
    quietly(bench, database, "-u", ",".join(MODULES))
    assert counts(database) == installed
    bench.shell(database, f"""
env["ir.module.module"].search([("name", "in", {MODULES!r}), ("state", "=", "installed")]).button_immediate_uninstall()
env.cr.commit()
""")
    assert leftovers(database) == []
    after = counts(database)
    changed = {name: (count, after.get(name, 0)) for name, count in before.items() if after.get(name, 0) != count}
    assert {name: pair for name, pair in changed.items() if pair[1] < pair[0] or name not in LEFT_BY_CORE} == {}
    quietly(bench, database)


def test_recordings_go_with_their_module(bench):
    """REC-4: uninstalled alone, it leaves neither rows, nor files, nor keys; each recording has its certificate."""
    database = bench.copy("recordings")
    before = len(files(bench, "keys"))
    bench.shell(database, PREPARE.format(count=5, pieces=2))
    assert (len(files(bench, "recordings")), len(files(bench, "keys")) - before >= 5) == (5, True)
    bench.shell(database, """
env["ir.module.module"].search([("name", "=", "unicdo_trial_recording")]).button_immediate_uninstall()
env.cr.commit()
""")
    assert rows(database, "SELECT relname FROM pg_class WHERE relname LIKE 'unicdo_recording%'") == []
    assert files(bench, "recordings") == []
    keys = rows(database, """
        SELECT destroyed_at IS NOT NULL FROM unicdo_vault_key WHERE res_model LIKE 'unicdo.recording%'""")
    assert keys
    assert all(destroyed for destroyed, in keys)
    assert len(files(bench, "keys")) - before <= 1, "the ledger's own, made by the first event"
    assert rows(database, """
        SELECT count(DISTINCT detail->>'recording') FROM unicdo_ledger_event
         WHERE kind = 'recording.destroyed' AND detail->>'why' = 'uninstalled'""") == [(5,)]
