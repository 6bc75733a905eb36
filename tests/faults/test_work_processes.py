# SPDX-License-Identifier: LGPL-3.0-or-later
"""Work in rows, done by several real processes, killed and alone (DESIGN 6)."""
import contextlib
import signal

import pytest

from tests.faults.conftest import listening, plan, states, trouble_in, until_done, wake
from tests.support.odoo_process import rows, signal_group, wait_until

ONE_CRON = ("--no-http", "--max-cron-threads=1")


@pytest.fixture(scope="module")
def database(bench):
    name = bench.copy("work")
    bench.install(name, "unicdo_faults")
    return name


@pytest.fixture(autouse=True)
def nothing_planned(database):
    rows(database, "DELETE FROM unicdo_work")
    rows(database, "DELETE FROM unicdo_fault_mark")
    rows(database, "DELETE FROM ir_cron_trigger")
    rows(database, "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day', failure_count = 0")
    rows(database, "DELETE FROM ir_cron_progress")


def marks(database):
    return rows(database, "SELECT name, process FROM unicdo_fault_mark")


@pytest.fixture(scope="module")
def processes(bench, database):
    """Four Odoo processes with one scheduler thread each, started once; the second test ends three of them."""
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(bench.server(database, f"process-{number}", *ONE_CRON)) for number in range(4)]
        assert wait_until(lambda: listening(started), 120), "four Odoo processes did not start"
        yield started


def test_four_processes_do_each_row_once(bench, database, processes):
    """A hundred rows that collide with one another, in two stages."""
    plan(database, "mark", 60)
    probe = plan(database, "collide", 20)
    plan(database, "mark", 20, priority=5)
    rows(database, "UPDATE unicdo_work SET stage = 1 WHERE kind = 'mark' AND priority = 10 AND key::int > 30")
    wake(database)
    assert until_done(database, 60) == {"done": 100}
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
    assert until_done(database, 60) == {"done": 40}
    assert sorted(int(name) for name, _process in marks(database)) == list(range(1, 41))
    assert not trouble_in(bench.log("process-3"))


def test_a_row_that_kills_its_process_is_given_up(bench, database, request):
    """Nothing else is stopped by it for good."""
    if not request.config.getoption("--many"):
        pytest.skip("takes minutes; run with --many")
    plan(database, "poison", 1, priority=1)
    plan(database, "mark", 3)

    def start_again():
        with bench.server(database, "poison", *ONE_CRON) as process:
            wait_until(lambda: listening([process]), 60)
            wake(database)
            wait_until(lambda: process.poll() is not None or "todo" not in states(database), 60)
        return "todo" not in states(database)

    assert any(start_again() for _start in range(40))
    assert states(database) == {"done": 3, "failed": 1}
    assert rows(database, "SELECT error FROM unicdo_work WHERE state = 'failed'") == [("ProcessKilled",)]
