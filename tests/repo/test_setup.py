# SPDX-License-Identifier: LGPL-3.0-or-later
"""The parts of setup/ that decide: what the log says, what is in the cache, what is missing in Odoo's tree."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from kit import cached, databases, odoo_log, odoo_source, odoo_tests, postgres, processes
from kit.places import SETUP, suite_modules
from kit.say import Stop

HEAD = "2026-01-02 03:04:05,678 12 {} db odoo.tests.{}: {}"


def test_log_counts_tests_failures_and_modules():
    verdict = odoo_log.judge("\n".join([
        HEAD.format("INFO", "x", "Starting TestOne.test_a ..."),
        HEAD.format("INFO", "stats", "unicdo_one: 7 tests 1.00s 5 queries"),
        HEAD.format("ERROR", "result", "1 failed, 2 error(s) of 9 tests when loading database 'db'"),
    ]))
    assert (verdict.failed, verdict.total) == (3, 9)
    assert verdict.ran == {"unicdo_one", "TestOne"}
    assert len(verdict.complaints) == 1


@pytest.mark.parametrize(("second", "code", "told"), [
    ("unicdo_two", 0, [("T", 12, 0), ("the log of T", 1, 0), ("every module's tests ran", 1, 0)]),
    ("unicdo_one", 0, [("T", 12, 0), ("the log of T", 1, 0), ("every module's tests ran", 0, 1)]),
    ("unicdo_two", 1, [("T", 12, 0), ("the log of T", 0, 1), ("every module's tests ran", 1, 0)]),
    (None, 1, [("T", 6, 1), ("the log of T", 0, 1), ("every module's tests ran", 0, 1)]),
])
def test_shares_are_counted_together_and_none_may_be_silent(tmp_path, second, code, told):
    def share(name, count, module, code):
        lines = [
            HEAD.format("INFO", "stats", f"{module}: {count} tests 1.00s 5 queries"),
            HEAD.format("INFO", "result", f"0 failed, 0 error(s) of {count} tests when loading database 'd'"),
        ]
        (tmp_path / name).write_text("\n".join(lines if module else []))
        return SimpleNamespace(log=tmp_path / name, code=code)

    seen = []
    report = SimpleNamespace(add=lambda name, passed, failed, _text: seen.append((name, passed, failed)))
    both = [share("one", 7, "unicdo_one", 0), share("two", 5, second, code)]
    odoo_tests.Group("T", both, {"unicdo_one", "unicdo_two"}).close(report)
    assert seen == told


@pytest.mark.parametrize("level", ["WARNING", "ERROR", "CRITICAL"])
def test_log_complaint_keeps_its_trace(level):
    verdict = odoo_log.judge(f"{HEAD.format(level, 'x', 'broken')}\n  File\n{HEAD.format('INFO', 'x', 'on')}\nmore")
    assert verdict.complaints == [f"{HEAD.format(level, 'x', 'broken')}\n  File"]


def test_log_complaint_that_comes_again_is_shown_once():
    line = HEAD.format("WARNING", "x", "broken")
    verdict = odoo_log.judge(f"{line}\n{line.replace('03:04:05', '03:04:06')}")
    assert verdict.complaints == [f"{line} (and 1 times more)"]


def test_every_allowed_line_of_the_log_has_a_reason():
    assert all(logger and text and len(why) > 20 for logger, text, why in odoo_log.ALLOWED)


def test_cached_folder_is_built_again_after_a_kill(tmp_path, monkeypatch):
    monkeypatch.setattr(cached, "CACHE", tmp_path)

    def killed(folder):
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached.folder("thing", ["key"], killed)
    folder = cached.folder("thing", ["key"], lambda path: (path / "whole").touch())
    assert sorted(path.name for path in folder.iterdir()) == [".ready", "whole"]
    assert cached.folder("thing", ["key"], killed) == folder


def test_missing_files_of_bundles_are_found(tmp_path):
    module = tmp_path / "odoo/addons/shop"
    (module / "static").mkdir(parents=True)
    (module / "static/here.js").touch()
    (module / "__manifest__.py").write_text(repr({"assets": {"web.bundle": [
        "shop/static/here.js", "shop/static/**/*.js", ("include", "web.other"), "web._bundle", "https://x.example/a.js",
        ("after", "shop/static/here.js", "shop/static/gone.js"),
    ]}}))
    (module / "static/broken.ttf").symlink_to("nowhere")
    odoo = odoo_source.Odoo(tmp_path, (tmp_path / "odoo/addons",), "1")
    assert odoo_source.missing_assets(odoo) == ["shop/static/gone.js"]
    assert odoo_source.dangling_links(odoo) == [str(module / "static/broken.ttf")]


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Makes a program ``odoo`` on the PATH whose interpreter knows an Odoo of a version."""
    monkeypatch.setattr(cached, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(odoo_source.odoo_package, "unpacked", lambda: tree("distribution", 19))
    monkeypatch.delenv("ODOO_SOURCE", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def tree(name, major):
        folder = tmp_path / name
        (folder / "odoo").mkdir(parents=True)
        (folder / "odoo/__init__.py").touch()
        (folder / "odoo/release.py").write_text(f"version_info = ({major}, 0, 0, 'final', 0, '')")
        return folder

    def make(major, interpreter="python"):
        path = tmp_path / interpreter
        path.write_text(f'#!/bin/sh\nPYTHONPATH={tree("installed", major)} exec {sys.executable} "$@"\n')
        (tmp_path / "odoo").write_text(f"#!{path}\n")
        path.chmod(0o755)
        (tmp_path / "odoo").chmod(0o755)

    return make


def test_an_odoo_on_the_path_is_taken_alone_without_what_is_installed_beside_it(program, tmp_path):
    program(19)
    odoo = odoo_source.find()
    assert (odoo.root / "odoo").resolve() == tmp_path / "installed/odoo"
    assert [path.name for path in odoo.root.iterdir() if path.name != ".ready"] == ["odoo"]


def test_a_checkout_behind_the_odoo_on_the_path_is_taken_with_its_addons(program, tmp_path):
    program(19)
    (tmp_path / "installed/odoo-bin").touch()
    assert odoo_source.find().addons == (tmp_path / "installed/odoo/addons", tmp_path / "installed/addons")


@pytest.mark.parametrize(
    ("major", "interpreter", "reason"), [(18, "python", "holds Odoo 18.0"), (19, "sh", "is no Python program")]
)
def test_an_odoo_on_the_path_that_does_not_fit_is_named_and_left_alone(
    program, tmp_path, capsys, major, interpreter, reason
):
    program(major, interpreter)
    assert odoo_source.find().root == tmp_path / "distribution"
    assert reason in capsys.readouterr().out


def test_socket_path_fits_its_limit_however_long_the_folder(tmp_path):
    cluster = postgres.Cluster(tmp_path / ("x" * 120) / "postgres")
    assert len(f"{cluster.sockets}/.s.PGSQL.5432") <= postgres.SOCKET_LENGTH


def test_a_folder_that_somebody_else_has_put_there_is_refused(tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to("target")
    with pytest.raises(Stop):
        postgres._own(tmp_path / "link", None)


def test_a_database_of_somebody_else_on_a_shared_server_stays():
    class Shared(postgres.Server):
        def query(self, sql, database="postgres"):
            return "1" if "SELECT 1" in sql else "made by /somewhere/else/setup"

        def run(self, *command, **_options):
            pytest.fail(f"ran {command}")

    with pytest.raises(Stop, match="left alone"):
        databases.Databases(Shared(), None).drop("theirs")


def alive(pid):
    """Whether a process runs: one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def ends(pid):
    """Whether a process ends soon."""
    limit = time.monotonic() + 5
    while alive(pid) and time.monotonic() < limit:
        time.sleep(0.05)
    return not alive(pid)


def pid_in(marker):
    """The number of a process, once it has been written down."""
    while not marker.exists() or not marker.read_text().strip():
        time.sleep(0.01)
    return int(marker.read_text())


def python_program(text, *arguments, **options):
    """Start a Python program that uses the scripts of setup/."""
    return subprocess.Popen(
        [sys.executable, "-c", text, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(SETUP)}, **options,
    )


def test_stopping_ends_what_a_program_started(tmp_path):
    marker = tmp_path / "pid"
    process = processes.start(["bash", "-c", f"sleep 60 & echo $! > {marker}; wait"])
    child = pid_in(marker)
    processes.stop(process, seconds=5)
    assert ends(child)


def test_stopping_a_long_step_ends_what_its_program_started(tmp_path):
    marker = tmp_path / "pid"
    process = python_program(
        "import sys; from kit.say import call, main\n"
        "main(lambda arguments: call(['bash', '-c', f'sleep 60 & echo $! > {arguments[0]}; wait'], arguments[1], 'Waiting'))",
        marker, tmp_path / "log",
    )
    child = pid_in(marker)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10)[1] == "\nStopped.\n"
    assert ends(child)


def test_programs_run_side_by_side_so_many_at_a_time(tmp_path):
    running, most, codes = set(), [], []

    def task(number):
        def start():
            running.add(number)
            most.append(len(running))
            return processes.start(["bash", "-c", f"sleep 0.2; exit {number}"])

        def close(code):
            running.remove(number)
            codes.append((number, code))

        return processes.Task(start, close)

    processes.side_by_side([task(number) for number in range(5)], 2)
    assert sorted(codes) == [(number, number) for number in range(5)]
    assert max(most) == 2
    assert not running


def test_a_program_that_is_not_ready_waits_and_others_go_before_it():
    begun, ended = [], []

    def task(name, is_ready):
        def start():
            begun.append(name)
            return processes.start(["sleep", "0.1"])

        return processes.Task(start, lambda code: ended.append((name, code)), is_ready=is_ready)

    late = task("late", lambda: ("early", 0) in ended)
    processes.side_by_side([late, task("early", lambda: True), task("other", lambda: True)], 3)
    assert begun == ["early", "other", "late"]
    assert ended[-1] == ("late", 0)


def test_stopping_ends_all_that_run_side_by_side(tmp_path):
    markers = [tmp_path / "one", tmp_path / "two"]
    process = python_program(
        "import sys; from kit import processes, say\n"
        "def task(marker):\n"
        "    command = ['bash', '-c', f'sleep 60 & echo $! > {marker}; wait']\n"
        "    return processes.Task(lambda: processes.start(command), print)\n"
        "say.main(lambda arguments: processes.side_by_side([task(marker) for marker in arguments], 2))",
        *markers,
    )
    children = [pid_in(marker) for marker in markers]
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10) == ("", "\nStopped.\n")
    assert all(ends(child) for child in children)


def test_a_program_is_stopped_by_its_own_signal(tmp_path):
    marker = tmp_path / "pid"
    trap = f"trap 'exit 7' INT; trap '' TERM; echo $$ > {marker}; while :; do sleep 0.05; done"
    process = processes.start(["bash", "-c", trap], death_signal=signal.SIGINT)
    pid_in(marker)
    processes.stop(process, seconds=5)
    assert process.returncode == 7


@pytest.mark.parametrize("count", [1, 2, 3])
def test_shares_of_the_tests_together_are_all_of_them_each_once(count):
    modules, before = suite_modules(), "/unicdo_privacy:TestLedgerHead"
    *others, rest = odoo_tests.shares(modules, count, [before])
    taken = [before, *(tag for tags in others for tag in tags)]
    assert len(taken) == len(set(taken))
    assert all(len(tags) > 5 for tags in others)
    assert rest == [*(f"/{name}" for name in modules), *(f"-{tag}" for tag in taken)]
    assert set(taken) < set(odoo_tests.matching(modules, ["Test"]))


def test_words_find_tests_and_whole_classes():
    assert odoo_tests.matching(["unicdo_privacy"], ["TestLedgerHead"]) == ["/unicdo_privacy:TestLedgerHead"]
    found = odoo_tests.matching(["unicdo_privacy"], ["ledger", "sealed", "once"])
    assert found
    assert all(re.fullmatch(r"/unicdo_privacy:\w+\.test_\w+", tag) for tag in found)


def test_a_signal_while_a_program_is_being_started_stops_it_too(tmp_path):
    marker = tmp_path / "pid"
    process = python_program(
        "import os, signal, subprocess, sys, time; from kit.say import call, main\n"
        "class Slow(subprocess.Popen):\n"
        "    def __init__(self, *arguments, **options):\n"
        "        super().__init__(*arguments, **options)\n"
        "        while not os.path.exists(sys.argv[1]) or not open(sys.argv[1]).read(): time.sleep(0.01)\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "subprocess.Popen = Slow\n"
        "main(lambda arguments: call(['bash', '-c', f'sleep 60 & echo $! > {arguments[0]}; wait'], arguments[1], 'Waiting'))",
        marker, tmp_path / "log",
    )
    assert process.communicate(timeout=10)[1] == "\nStopped.\n"
    assert ends(pid_in(marker))


def test_what_the_machine_refuses_is_told_without_a_trace(tmp_path):
    process = python_program(
        "from kit.say import main\n"
        "def work(_arguments): raise PermissionError(13, 'Permission denied', '/somewhere')\n"
        "main(work)"
    )
    told = process.communicate(timeout=10)[1]
    assert told.startswith("\nPermission denied: /somewhere\nIt belongs to somebody else")
    assert process.returncode == 1


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_in_the_background_of_a_script_tidies_up_on_every_signal(sent):
    """A shell's ``&`` has its programs ignore SIGINT."""
    def as_a_shell_does():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    process = python_program(
        "import time; from kit.say import main\n"
        "def work(_arguments):\n"
        "    try:\n        print('at work', flush=True); time.sleep(60)\n"
        "    finally:\n        print('tidied up')\n"
        "main(work)",
        preexec_fn=as_a_shell_does,
    )
    assert process.stdout.readline() == "at work\n"
    process.send_signal(sent)
    assert process.communicate(timeout=10) == ("tidied up\n", "\nStopped.\n")
    assert process.returncode == 130
