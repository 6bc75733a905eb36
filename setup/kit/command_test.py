# SPDX-License-Identifier: LGPL-3.0-or-later
"""./setup/test: everything that must hold."""

import argparse
import contextlib
import os
import signal
import socket
import time
import xml.etree.ElementTree as ET
from functools import cached_property, partial

from . import (
    browser_files,
    cached,
    command_wheel,
    databases,
    lint,
    odoo_process,
    odoo_source,
    odoo_tests,
    postgres,
    processes,
    python_env,
)
from .places import REPO, STATE, suite_modules
from .say import Stop, main, say, step
from .system import ensure

FOLDER = STATE / "test"
SUITE_ADDON = "test_unicdo_suite"
#: tests of modules that say most, or anything, with every application installed
ALL_APPS_TESTS = ("/unicdo_privacy:TestDataMapApps", "/unicdo_privacy:TestDataMapCoverage")
#: classes of Odoo's test_lint that judge our modules: those on the addons path, or in the registry
ODOO_LINTERS = (
    "ManifestLinter",
    "TestTestHoles",
    "TestDunderinit",
    "TestNaming",
    "TestIndex",
    "RoutesLinter",
    "TestLintOverrideSignatures",
    "TestDocstring",
)
#: processes of Odoo with tests at the same time; more than four want more memory than machines with so many cores may have
AT_ONCE = min(len(os.sched_getaffinity(0)), 4)
#: how many processes share the modules' own tests; one more than run at once, for what is left is then even
SHARES = AT_ONCE + 1
#: tests of a page, for which Odoo makes scripts and style sheets, so that copies of the database have them
FIRST = "/unicdo_privacy:TestLedgerHead"
PARTS = ("lint", "pure", "wheel", "odoo", "suite", "faults")


class Report:
    """Counts what held and what did not, and says so as it goes."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def add(self, name, passed, failed, text=""):
        """Note one phase's or check's counts; failures are shown with their text."""
        self.passed += passed
        self.failed += failed
        if failed:
            say(f"✗ {name}: {failed} of {passed + failed} do not hold\n{_indent(text)}")
        else:
            say(f"✓ {name}: {passed}")

    def close(self):
        """The last line; the exit code."""
        if not self.passed + self.failed:
            self.failed = 1
            say("✗ Nothing was tested: no test fits what was asked for.")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed else 0


def _indent(text, most=150):
    lines = text.strip().splitlines()
    shown = lines[:most] + ([f"(+{len(lines) - most} more lines)"] if len(lines) > most else [])
    return "\n".join(f"    {line}" for line in shown)


class Run:
    """One run of the tests, or of a part."""

    def __init__(self, options):
        self.words = options.k.split() if options.k else []
        self.long = options.long
        known = suite_modules()
        if unknown := set(options.what) - {*known, *PARTS}:
            raise Stop(f"Not known: {', '.join(sorted(unknown))}. There are: {', '.join([*PARTS, *known])}.")
        self.modules = [name for name in options.what if name in known] or known
        self.parts = [name for name in options.what if name in PARTS]
        if not self.parts:
            self.parts = ["lint", "pure", "odoo"] if self.modules != known else list(PARTS)
        if self.words:
            self.parts = [part for part in self.parts if part not in ("lint", "wheel")]
        self.whole = self.modules == known
        self.report = Report()
        self.server = self.installed = None

    def do(self):
        """Run the parts asked for; the exit code."""
        started = time.monotonic()
        ensure("PostgreSQL", "PostgreSQL client", "Chromium", "libmagic", "git")
        browser_files.serve()
        self.odoo = odoo_source.find()
        self.python = python_env.odoo_python()
        try:
            if {"odoo", "suite", "faults"} & set(self.parts):
                self._start_server()
            groups = [group for part in ("odoo", "suite") if part in self.parts and (group := getattr(self, f"_{part}_group")())]
            quiet, faults = self._fault_tasks() if "faults" in self.parts else ([], [])
            self._side_by_side("tests", [
                *(share for group in groups for share in group.shares),
                *quiet,
                *(task for part in ("pure", "lint") if part in self.parts for task in getattr(self, f"_{part}_tasks")()),
            ])
            for group in groups:
                group.close(self.report)
            if "wheel" in self.parts:
                self._do_wheel()
            self._side_by_side("fault tests", faults)
        finally:
            if self.server:
                self.server.stop()
        say(f"  {time.monotonic() - started:.0f} s in all; logs in {FOLDER / 'logs'}")
        return self.report.close()

    def _start_server(self):
        self.server = postgres.provide(FOLDER / "postgres", forgetful=True)
        self.server.start()
        # for the modules' own tests and what they are copies of, tests with every application, and fault tests
        self.ports = iter(_free_ports(SHARES + 3))

    def _side_by_side(self, title, tasks):
        """Run tasks, as many at a time as there are processors."""
        if tasks:
            with step(f"Running {title}", lambda: " | ".join(filter(None, (task.now() for task in tasks)))):
                processes.side_by_side(tasks, AT_ONCE)

    def _lint_tasks(self):
        for name, (command, environment) in lint.checks(self.odoo, self.modules, self.whole).items():
            log = FOLDER / "logs" / f"{name.replace(' ', '-')}.log"
            yield processes.Task(partial(_start, command, log, environment), partial(self._close_lint, name, log))

    def _close_lint(self, name, log, code):
        self.report.add(name, int(not code), int(bool(code)), log.read_text(errors="replace") or f"ended with {code}")

    def _do_wheel(self):
        wheels = []
        for module in self.modules:
            wheels.append(self._try(f"wheel of {module}", command_wheel.build, module, FOLDER / "wheels"))
        if self.whole and all(wheels):
            self._try("the wheels beside an Odoo", command_wheel.try_out, wheels, self.odoo, self.python)

    def _try(self, name, function, *arguments):
        """Count a call as one check; its result, if it held."""
        try:
            result = function(*arguments)
        except Stop as stop:
            self.report.add(name, 0, 1, str(stop))
            return None
        self.report.add(name, 1, 0)
        return result

    def _pure_tasks(self):
        files = sorted((REPO / "tests/pure").glob("test_*.py"))
        if not self.whole:
            prefixes = tuple(f"test_{name.removeprefix('unicdo_')}_" for name in self.modules)
            files = [file for file in files if file.name.startswith(prefixes)]
        if files:
            yield self._pytest("pure tests", files)
        if self.whole:
            yield self._pytest("checks of the repository", [REPO / "tests/repo"])

    def _pytest(self, name, paths, options=(), environment=python_env.clean_environment):
        """The task of running pytest, which counts from its own record.

        :param environment: function that gives the environment when it starts
        """
        log = FOLDER / "logs" / f"{name.replace(' ', '-')}.log"
        record = log.with_suffix(".xml")
        record.unlink(missing_ok=True)
        words = ["-k", " and ".join(self.words)] if self.words else []
        command = [self.python, "-m", "pytest", f"--junitxml={record}", *words, *paths, *options]

        def start():
            # pytest, interrupted, ends what its tests have started
            return _start(command, log, environment(), death_signal=signal.SIGINT)

        return processes.Task(start, partial(self._close_pytest, name, record, log))

    def _close_pytest(self, name, record, log, code):
        """Count tests. No test at all is a failure, unless words were asked for."""
        suites = ET.parse(record).getroot().iter("testsuite") if record.exists() else []
        total = failed = skipped = 0
        for suite in suites:
            total += int(suite.get("tests"))
            failed += int(suite.get("failures")) + int(suite.get("errors"))
            skipped += int(suite.get("skipped"))
        if not total - skipped and not self.words or (code not in (0, 5) and not failed):
            failed = failed or 1
        self.report.add(name, max(total - failed - skipped, 0), failed, log.read_text(errors="replace"))

    def _runner(self, name, addons=()):
        """A way to run Odoo beside others, with a folder and a port of its own.

        :param addons: folders of addons beside ours
        """
        folder, options = self.server.place(FOLDER) / name, {"http_port": next(self.ports)}
        return odoo_process.Runner(self.odoo, self.python, self.server, folder, [REPO, REPO / "tests", *addons], options)

    def _share(self, name, template, install, tags, addons=()):
        """Tests for one process of Odoo, in a database of this name."""
        log = FOLDER / "logs" / f"{name}.log"
        return odoo_tests.Share(self._runner(name, addons), self.server.name(name), template, install, tags, log)

    def _odoo_group(self):
        """The modules' own tests. All of them run in copies of a database with the modules, where Odoo's linters have run."""
        title, demo = "the modules' own tests in Odoo", databases.demo_template()
        if self.words:
            tags = odoo_tests.matching(self.modules, self.words)
            return odoo_tests.Group(title, [self._share("unicdo_test", demo, self.modules, tags)]) if tags else None
        wanted = {name for name in self.modules if (REPO / name / "tests").exists()}
        if not self.whole:
            tags = [f"/{name}" for name in self.modules]
            return odoo_tests.Group(title, [self._share("unicdo_test", demo, self.modules, tags)], wanted)
        first = [FIRST, *(f"/test_lint:{name}" for name in ODOO_LINTERS)]
        self.installed = self._share("unicdo_test", demo, [*self.modules, "test_lint"], first)
        shares = [
            self._share(f"unicdo_test_{number}", self.installed, [], tags)
            for number, tags in enumerate(odoo_tests.shares(self.modules, SHARES, [FIRST]), 1)
        ]
        return odoo_tests.Group(title, [self.installed, *shares], {*wanted, *ODOO_LINTERS})

    def _suite_group(self):
        tags = odoo_tests.matching([SUITE_ADDON], self.words) if self.words else [f"/{SUITE_ADDON}", *ALL_APPS_TESTS]
        if not tags:
            return None
        template, install = databases.all_apps_template(self.odoo), [*suite_modules(), SUITE_ADDON]
        share = self._share("unicdo_test_apps", template, install, tags, [python_env.community_addons()])
        return odoo_tests.Group("tests across modules, with every application", [share])

    def _fault_tasks(self):
        """Real processes killed and stopped: the task of tests that may run beside others, if there are any others, and that of
        tests that have the machine for themselves."""
        if not self.installed:
            return [], [self._faults("fault tests")]
        quiet = self._faults("quiet fault tests", "-m", "quiet")
        quiet.is_ready = lambda: self.installed.code is not None
        return [quiet], [self._faults("fault tests", "-m", "not quiet")]

    def _faults(self, name, *options):
        options = [*options, *(["--long"] if self.long else [])]
        return self._pytest(name, [REPO / "tests/faults"], options, lambda: self._fault_environment)

    @cached_property
    def _fault_environment(self):
        """All that fault tests need to start Odoo, made when the first of them start."""
        runner = self._runner("unicdo_test_faults")
        made, name = databases.Databases(self.server, runner), self.server.name("unicdo_test_faults")
        if self.installed and not self.installed.code:
            made.copy(name, self.installed.databases, self.installed.database)
        else:
            made.create(name, databases.demo_template())
            with step("Installing the modules for fault tests"):
                arguments = ["-d", name, "-i", ",".join(suite_modules()), "--stop-after-init", "--no-http"]
                runner.run(arguments, FOLDER / "logs" / f"{name}.log", "Installing the modules")
        return {
            **runner.environment(),
            "UNICDO_TEST_TEMPLATE": name,
            "UNICDO_TEST_PLAIN": made.source(databases.demo_template()),
            "UNICDO_TEST_DATA": str(runner.data_dir),
            "UNICDO_TEST_PYTHON": str(self.python),
        }


def _start(command, log, environment, **options):
    """Start a program in the clone, with its output in a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return processes.start(command, stdout=output, stderr=output, cwd=REPO, env=environment, **options)


def _free_ports(count):
    """Numbers of TCP ports that nobody uses now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _port in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def run(arguments):
    """Entry point."""
    parser = argparse.ArgumentParser(prog="./setup/test", description="Check everything that must hold, or a part.")
    parser.add_argument("what", nargs="*", help=f"modules, or parts: {', '.join(PARTS)} (all)")
    parser.add_argument("-k", metavar="WORDS", help="only tests whose names hold all these words")
    parser.add_argument("--long", action="store_true", help="fault tests that have a long variant take it")
    options = parser.parse_args(arguments)

    def busy():
        raise Stop("Another ./setup/test is at work in this clone. Wait for it, or stop it.")

    with cached.locked(STATE / "test.lock", busy):
        return Run(options).do()


if __name__ == "__main__":
    main(run)
