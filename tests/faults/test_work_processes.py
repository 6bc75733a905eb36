# SPDX-License-Identifier: LGPL-3.0-or-later
"""Work in rows, done by several real processes, killed and alone (DESIGN 6)."""
import contextlib
import json
import signal

import pytest

from tests.faults.conftest import (
    complaints_in,
    hears,
    listening,
    plan,
    postpone_jobs,
    prefork,
    states,
    trouble_in,
    until_done,
    wake,
)
from tests.support.odoo_process import rows, signal_group, wait_until

ONE_CRON = ("--no-http", "--max-cron-threads=1")
#: other work, such as making indexes, comes with each start
PACKAGE, PROBE = "unicdo.package", "unicdo.fault.probe"
PEOPLE = 100

#: people with a message and a file each, and nothing that somebody has to review, all of whom ask for their data at once
ASK = f"""
portal = env.ref("base.group_portal")
users = env["res.users"].with_context(no_reset_password=True).create([
    {{"name": f"Person {{number:03}}", "login": f"person{{number:03}}@x.example", "email": f"person{{number:03}}@x.example",
      "group_ids": [(6, 0, portal.ids)], "trust": False}} for number in range({PEOPLE})])
users.partner_id.message_ids.unlink()
for user in users:
    user.partner_id.with_user(user).sudo().message_post(
        body=f"I am {{user.name}}.", message_type="comment", subtype_xmlid="mail.mt_comment",
        attachments=[("mine.txt", user.name.encode())])

for partner in users.partner_id:
    env["unicdo.request"]._ask(partner, "access", channel="portal", identity_checked="session")

env.cr.commit()
"""
#: whom the parts of each package speak of
LOOK = """
import json
import re
from odoo.addons.unicdo_privacy.tools.guard import opening

people = {}
with opening():
    for package in env["unicdo.package"].search([]):
        names = ("index.html", "data/res-partner.json", "data/mail-message.json")
        texts = [b"".join(package._read_entry(name)[1]).decode() for name in names]
        people[package.request_id.partner_id.name] = [sorted(set(re.findall("Person [0-9]{3}", text))) for text in texts]

print("SEEN" + json.dumps(people))
"""


@pytest.fixture(scope="module")
def database(bench, with_probes):
    name = bench.copy("work", with_probes)
    postpone_jobs(name)
    return name


@pytest.fixture(autouse=True)
def nothing_planned(database):
    rows(database, "DELETE FROM unicdo_work")
    rows(database, "DELETE FROM unicdo_fault_mark")
    postpone_jobs(database)


def marks(database):
    return rows(database, "SELECT name, process FROM unicdo_fault_mark")


@pytest.fixture(scope="module")
def processes(bench, database):
    """Four Odoo processes with one scheduler thread each, started once; the last test of them ends three."""
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(bench.server(database, f"process-{number}", *ONE_CRON)) for number in range(4)]
        assert wait_until(lambda: listening(started), 120), "four Odoo processes did not start"
        yield started


def test_four_processes_answer_a_hundred_requests_once_each(bench, database, processes):
    """DSR-1: a hundred people ask at once; each gets one package with their own data, and one mail."""
    bench.shell(database, ASK)
    assert set(until_done(database, 180, PACKAGE)) == {"done"}
    assert rows(database, "SELECT state, count(*) FROM unicdo_request GROUP BY state") == [("answered", PEOPLE)]
    assert rows(database, """
        SELECT state, count(*), count(DISTINCT request_id) FROM unicdo_package GROUP BY state
        """) == [("ready", PEOPLE, PEOPLE)]
    assert rows(database, """
        SELECT kind, count(*), count(DISTINCT res_ids) FROM unicdo_ledger_event
         WHERE res_model IN ('unicdo.request', 'unicdo.package') GROUP BY kind ORDER BY kind
        """) == [(f"dsar.{kind}", PEOPLE, PEOPLE) for kind in ("answered", "link", "ready", "request")]
    assert rows(database, "SELECT count(*), count(DISTINCT package_id) FROM unicdo_download_link") == [(PEOPLE, PEOPLE)]

    done = marks(database)
    planned = rows(database, "SELECT concat_ws(' ', 'row', res_id, kind, key) FROM unicdo_work WHERE res_model = %s",
                   [PACKAGE])
    assert sorted(name for name, _process in done if name.startswith("row ")) == sorted(name for name, in planned)
    requests = rows(database, "SELECT 'mail unicdo_dsar.unicdo_request_mail_ready ' || id FROM unicdo_request")
    assert sorted(name for name, _process in done if name.startswith("mail ")) == sorted(name for name, in requests)
    assert {process for _name, process in done} == {process.pid for process in processes}, "some process stood idle"
    for number in range(4):
        assert not complaints_in(bench.log(f"process-{number}"))

    seen = json.loads(bench.shell(database, LOOK).split("SEEN")[1].splitlines()[0])
    assert seen == {f"Person {number:03}": [[f"Person {number:03}"]] * 3 for number in range(PEOPLE)}


def test_four_processes_do_each_row_once(bench, database, processes):
    """A hundred rows that collide with one another, in two stages."""
    plan(database, "mark", 60)
    probe = plan(database, "collide", 20)
    plan(database, "mark", 20, priority=5)
    rows(database, "UPDATE unicdo_work SET stage = 1 WHERE kind = 'mark' AND priority = 10 AND key::int > 30")
    wake(database)
    assert until_done(database, 60, PROBE) == {"done": 100}
    done = marks(database)
    assert len(done) == 100
    assert {process for _name, process in done} == {process.pid for process in processes}, "some process stood idle"
    assert rows(database, "SELECT count FROM unicdo_fault_probe WHERE id = %s", [probe]) == [(20,)]
    assert rows(database, "SELECT count(*) FROM ir_cron WHERE failure_count > 0") == [(0,)]
    for number in range(4):
        assert not trouble_in(bench.log(f"process-{number}"))


def test_killed_processes_leave_nothing_undone_or_done_twice(bench, database, processes):
    """A row that was cut off ran in a transaction that never was."""
    plan(database, "mark", 40)
    wake(database)
    for process in processes[:3]:
        already = len(marks(database))
        wait_until(lambda already=already: len(marks(database)) > already + 2, 20, pause=0.05)
        signal_group(process, signal.SIGKILL)
    wake(database)
    assert until_done(database, 60, PROBE) == {"done": 40}
    assert sorted(int(name) for name, _process in marks(database)) == list(range(1, 41))
    assert not trouble_in(bench.log("process-3"))


def test_a_row_that_kills_its_process_is_given_up(bench, database):
    """Nothing else is stopped by it for good. A prefork server makes up for each process in an instant."""
    plan(database, "poison", 1, priority=1)
    plan(database, "mark", 3)
    with bench.server(database, "poison", *prefork(1)) as server:
        assert wait_until(lambda: hears(server, 1), 120), "Odoo did not start"
        # stands for the jobs' interval: a new process waits to be called, after three kills in a row so does the job
        for _interval in range(600):
            wake(database)
            if "todo" not in until_done(database, 0.2, PROBE):
                break
    assert states(database, PROBE) == {"done": 3, "failed": 1}
    assert rows(database, "SELECT error FROM unicdo_work WHERE state = 'failed'") == [("ProcessKilled",)]
    assert len(marks(database)) == 3
