# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fault tests: real Odoo processes on copies of a database with the modules. Run by ``./setup/test faults``.

``UNICDO_TEST_TEMPLATE`` names that database, ``UNICDO_TEST_DATA`` the data directory with its filestore, and
``UNICDO_TEST_PLAIN`` a database with Odoo's applications only.
"""
import contextlib
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.odoo_process import ROOT, Workshop, free_ports, rows, wait_until  # noqa: E402

ADDONS = Path(__file__).resolve().parent / "addons"
#: what a killed or shut down process leaves in the log is not an error
TROUBLE = re.compile(r"^\S+ \S+ \d+ (?:ERROR|CRITICAL) .*|^Traceback", re.MULTILINE)
COMPLAINT = re.compile(r"^\S+ \S+ \d+ (?:WARNING|ERROR|CRITICAL) .*|^Traceback", re.MULTILINE)
#: Odoo's scheduler, when the transaction of a process killed just before committed first: it tries again
LOST_TRIGGER = re.compile(
    r"^\S+ \S+ \d+ ERROR \S+ odoo\.sql_db: bad query: .{0,9}\s*DELETE FROM ir_cron_trigger.*\n"
    r"ERROR: +could not serialize access.*\n(?:[ \t]*\n)*"
    r"(?:^\S+ \S+ \d+ WARNING \S+ odoo\.addons\.base\.models\.ir_cron: Exception in cron:.*\n"
    r"Traceback.*\n(?:(?!\d{4}-).*\n)*?.*could not serialize access.*\n)?",
    re.MULTILINE,
)

WORK_JOBS = "unicdo_work_cron_%"
#: seconds after which jobs that are waited for are called again
AGAIN = 0.3


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, default=20, help="seed of the random moments (20)")
    parser.addoption("--long", action="store_true", help="tests that have a long variant take it")


def given(variable):
    """What ``./setup/test`` gives to the tests."""
    if not os.environ.get(variable):
        pytest.fail(f"{variable} is not set. Run these tests by ./setup/test faults.")
    return os.environ[variable]


class Bench(Workshop):
    """A workshop that knows the databases given to the tests and removes its own."""

    def __init__(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        super().__init__(folder, [ADDONS], Path(given("UNICDO_TEST_DATA")) / "filestore")
        self.made = []

    def copy(self, label, template=None):
        """A fresh copy of the database with the modules, or of another template; its name."""
        template = template or given("UNICDO_TEST_TEMPLATE")
        name = f"unicdo_fault_{label}_{os.getpid()}"
        self.made.append(name)
        self.create(name, template)
        return name

    def log(self, label):
        return (self.folder / f"{label}.log").read_text(errors="replace")

    def close(self):
        for name in self.made:
            self.drop(name)


@pytest.fixture(scope="session")
def with_probes():
    """A template that has ``unicdo_faults`` beside the modules; its name."""
    name = f"unicdo_fault_template_{os.getpid()}"
    # where the filestores of templates stand
    workshop = Workshop(Path(given("UNICDO_TEST_DATA")).parent, [ADDONS])
    workshop.create(name, given("UNICDO_TEST_TEMPLATE"))
    workshop.install(name, "unicdo_faults")
    yield name
    workshop.drop(name)


@pytest.fixture(scope="module")
def bench(request):
    """The workshop of one file of tests."""
    workshop = Bench(ROOT / ".state" / "faults" / request.module.__name__.rpartition(".")[2])
    with contextlib.closing(workshop):
        yield workshop


def trouble_in(text):
    """Lines of a log that say that something went wrong."""
    return TROUBLE.findall(LOST_TRIGGER.sub("", text))


def complaints_in(text):
    """Lines of a log that say that something went wrong or is not as it should be."""
    return COMPLAINT.findall(text)


def postpone_jobs(database):
    """Leave the scheduler nothing to do but what a test calls it for."""
    rows(database, "DELETE FROM ir_cron_trigger")
    rows(database, "DELETE FROM ir_cron_progress")
    rows(database, "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day', failure_count = 0")


def wake(database, *jobs):
    """Do what any planning of work does: trigger our jobs and notify the scheduler.

    :param jobs: their external identifiers without a module, as patterns of LIKE; by default the jobs that do work in rows
    """
    rows(database, """
        INSERT INTO ir_cron_trigger (cron_id, call_at)
        SELECT res_id, now() AT TIME ZONE 'UTC' - interval '1 second' FROM ir_model_data
         WHERE module LIKE 'unicdo_%%' AND model = 'ir.cron' AND name LIKE ANY(%s)""", [list(jobs) or [WORK_JOBS]])
    rows("postgres", "SELECT pg_notify('cron_trigger', %s)", [database])


def wake_until(database, condition, *jobs, seconds=120, pause=0.02):
    """Wait for a condition, and call jobs again and again meanwhile, in place of their interval: the row of a job may still
    be locked by the process that was killed, and after three kills in a row core lets the job wait.

    :param jobs: see ``wake``
    :return: the condition's value
    """
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        wake(database, *jobs)
        if found := wait_until(condition, AGAIN, pause):
            return found
    raise AssertionError("the work stands still")


def plan(database, kind, count, **columns):
    """Plan rows of one probe by SQL, as ``_enqueue`` writes them; the id of the probe."""
    (probe,) = rows(database, "INSERT INTO unicdo_fault_probe (name, count) VALUES (%s, 0) RETURNING id", [kind])[0]
    more = {"priority": 10, "stage": 0, **columns}
    rows(database, f"""
        INSERT INTO unicdo_work (res_model, res_id, kind, key, state, size, attempts, kills, {", ".join(more)})
        SELECT 'unicdo.fault.probe', %s, %s, i::text, 'todo', 1, 0, 0, {", ".join(["%s"] * len(more))}
          FROM generate_series(1, %s) i""", [probe, kind, *more.values(), count])
    return probe


def states(database, model="%"):
    """How many rows of work, of one model's records, are in which state."""
    return dict(rows(
        database, "SELECT state, count(*) FROM unicdo_work WHERE res_model LIKE %s GROUP BY state", [model]))


def until_done(database, seconds, model="%"):
    """Wait until nothing is left to do; the states then."""
    wait_until(lambda: "todo" not in states(database, model), seconds)
    return states(database, model)


def at_work(database, server):
    """Processes of this server that are connected to the database: its workers."""
    names = rows("postgres", "SELECT application_name FROM pg_stat_activity WHERE datname = %s", [database])
    pids = {int(name.removeprefix("odoo-")) for (name,) in names if name.startswith("odoo-")}
    return sorted(pids - {server.pid})


def kill_worker(database, server, chance):
    """Kill one of a server's workers that are connected to the database, whichever chance wants; whether one was there."""
    pids = at_work(database, server)
    with contextlib.suppress(ProcessLookupError):  # PostgreSQL still counts one that has just died
        if pids:
            os.kill(chance.choice(pids), signal.SIGKILL)
            return True
    return False


def listening(processes):
    """Whether the scheduler of each of these processes hears when it is called."""
    return _ears(process.pid for process in processes) >= len(processes)


def prefork(crons):
    """Options of a server of several processes, with so many for the scheduler: one that is killed is made anew."""
    http, events = free_ports(2)
    return f"--http-port={http}", f"--gevent-port={events}", "--workers=1", f"--max-cron-threads={crons}"


def children(server):
    """Processes of a prefork server that answer requests."""
    pids = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [int(pid) for pid in pids if b"\0gevent\0" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def hears(server, crons):
    """Whether so many of the scheduler's processes of a prefork server hear when they are called."""
    with open(f"/proc/{server.pid}/task/{server.pid}/children") as file:
        return _ears(file.read().split()) >= crons


def _ears(pids):
    """How many of these processes wait for the scheduler's call."""
    found = rows("postgres", """
        SELECT count(DISTINCT application_name) FROM pg_stat_activity
         WHERE datname = 'postgres' AND application_name = ANY(%s) AND state = 'idle'""",
                 [[f"odoo-{pid}" for pid in pids]])
    return found[0][0]
