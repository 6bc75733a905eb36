# SPDX-License-Identifier: LGPL-3.0-or-later
"""./setup/test: everything that must hold."""

import argparse
import ast
import re
import signal
import socket
import time
import xml.etree.ElementTree as ET

from . import (
    browser_files,
    cached,
    command_wheel,
    databases,
    lint,
    odoo_log,
    odoo_process,
    odoo_source,
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

    def do(self):
        """Run the parts asked for; the exit code."""
        started = time.monotonic()
        ensure("PostgreSQL", "PostgreSQL client", "Chromium", "libmagic", "git")
        browser_files.serve()
        self.odoo = odoo_source.find()
        self.python = python_env.odoo_python()
        for part in ("lint", "pure", "wheel"):
            if part in self.parts:
                getattr(self, f"_do_{part}")()
        parts = [part for part in ("odoo", "suite", "faults") if part in self.parts and getattr(self, f"_has_{part}")()]
        if parts:
            self._with_server(parts)
        say(f"  {time.monotonic() - started:.0f} s in all; logs in {FOLDER / 'logs'}")
        return self.report.close()

    def _do_lint(self):
        for name, check in lint.checks(self.odoo, self.modules, self.whole).items():
            complaint = check()
            self.report.add(name, int(not complaint), int(bool(complaint)), complaint)

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

    def _do_pure(self):
        files = sorted((REPO / "tests/pure").glob("test_*.py"))
        if not self.whole:
            prefixes = tuple(f"test_{name.removeprefix('unicdo_')}_" for name in self.modules)
            files = [file for file in files if file.name.startswith(prefixes)]
        if files:
            self._pytest("pure tests", files)
        if self.whole:
            self._pytest("checks of the repository", [REPO / "tests/repo"])

    def _pytest(self, name, paths, environment=None, options=()):
        """Run pytest and count from its own record. No test at all is a failure, unless words were asked for."""
        log = FOLDER / "logs" / f"{name.replace(' ', '-')}.log"
        record = log.with_suffix(".xml")
        log.parent.mkdir(parents=True, exist_ok=True)
        record.unlink(missing_ok=True)
        words = ["-k", " and ".join(self.words)] if self.words else []
        command = [self.python, "-m", "pytest", f"--junitxml={record}", *words, *paths, *options]
        environment = environment or python_env.clean_environment()
        with step(f"Running {name}"), log.open("wb") as output:
            process = processes.start(command, stdout=output, stderr=output, cwd=REPO, env=environment)
            # pytest, interrupted, ends what its tests have started
            code = processes.wait(process, signal.SIGINT)
        suites = ET.parse(record).getroot().iter("testsuite") if record.exists() else []
        total = failed = skipped = 0
        for suite in suites:
            total += int(suite.get("tests"))
            failed += int(suite.get("failures")) + int(suite.get("errors"))
            skipped += int(suite.get("skipped"))
        if not total - skipped and not self.words or (code not in (0, 5) and not failed):
            failed = failed or 1
        self.report.add(name, max(total - failed - skipped, 0), failed, log.read_text(errors="replace"))

    def _has_odoo(self):
        return bool(self.modules)

    def _has_suite(self):
        return (REPO / "tests" / SUITE_ADDON / "__manifest__.py").exists()

    def _has_faults(self):
        return any((REPO / "tests/faults").glob("test_*.py"))

    def _with_server(self, parts):
        server = postgres.provide(FOLDER / "postgres", forgetful=True)
        try:
            server.start()
            addons = [REPO, REPO / "tests"] if self._has_suite() else [REPO]
            self.runner = odoo_process.Runner(
                self.odoo, self.python, server, server.place(FOLDER), addons, {"http_port": _free_port()}
            )
            self.databases = databases.Databases(server, self.runner)
            for part in parts:
                getattr(self, f"_do_{part}")()
        finally:
            server.stop()

    def _do_odoo(self):
        tags = self._tags(self.modules)
        linters = [f"/test_lint:{name}" for name in ODOO_LINTERS] if self.whole and not self.words else []
        if not tags:
            return
        name = self.databases.server.name("unicdo_test")
        self.databases.create(name, databases.demo_template())
        install = [*self.modules, *(["test_lint"] if linters else [])]
        verdict = self._odoo_tests("the modules' own tests in Odoo", name, install, tags + linters)
        if not self.words:
            with_tests = [name for name in self.modules if (REPO / name / "tests").exists()]
            silent = [name for name in with_tests if not verdict.tests_by_module.get(name)]
            silent += sorted(set(ODOO_LINTERS if linters else ()) - verdict.classes)
            self.report.add("every module's tests ran", int(not silent), int(bool(silent)), f"No test ran of: {silent}")

    def _do_suite(self):
        tags = self._tags([SUITE_ADDON])
        if tags:
            tags += [] if self.words else ALL_APPS_TESTS
            name = self.databases.server.name("unicdo_test_apps")
            self.databases.create(name, databases.all_apps_template(self.odoo))
            install = [*suite_modules(), SUITE_ADDON]
            addons = [*self.runner.addons, python_env.community_addons()]
            self._odoo_tests("tests across modules, with every application", name, install, tags, addons)

    def _odoo_tests(self, name, database, install, tags, addons=()):
        """Install modules with their tests; count the tests, and the log's silence as one check more.

        :param addons: folders of addons, instead of the usual ones
        """
        log = FOLDER / "logs" / f"{database}.log"
        arguments = ["-d", database, "-i", ",".join(install), "--test-tags", ",".join(tags), "--stop-after-init"]
        arguments += ["--addons-path", ",".join(map(str, addons))] if addons else []
        with step(f"Running {name}", lambda: _last_test(log)):
            code = self.runner.run(arguments, log, name, check=False)
        verdict = odoo_log.judge(log.read_text(errors="replace"))
        failed = verdict.failed or int(not verdict.total)
        complaints = "\n".join(verdict.complaints)
        self.report.add(name, max(verdict.total - failed, 0), failed, complaints or f"No test ran; see {log}")
        clean = not verdict.complaints and not code
        text = (not failed and complaints) or f"Odoo ended with {code}; see {log}"
        self.report.add(f"the log of {name}", int(clean), int(not clean), text)
        return verdict

    def _tags(self, modules):
        """Odoo's test tags for modules, or for their tests whose names hold all the words."""
        if not self.words:
            return [f"/{name}" for name in modules]
        return [tag for name in modules for tag in _matching_tests(name, self.words)]

    def _do_faults(self):
        """Real processes killed and stopped: pytest with all it needs to start Odoo in its environment."""
        name = self.databases.server.name("unicdo_test_faults")
        self.databases.create(name, databases.demo_template())
        log = FOLDER / "logs" / f"{name}.log"
        with step("Installing the modules for fault tests"):
            arguments = ["-d", name, "-i", ",".join(suite_modules()), "--stop-after-init", "--no-http"]
            self.runner.run(arguments, log, "Installing the modules")
        self._pytest("fault tests", [REPO / "tests/faults"], {
            **self.runner.environment(),
            "UNICDO_TEST_TEMPLATE": name,
            "UNICDO_TEST_PLAIN": self.databases.source(databases.demo_template()),
            "UNICDO_TEST_DATA": str(self.runner.data_dir),
            "UNICDO_TEST_PYTHON": str(self.python),
        }, ["--long"] if self.long else [])


def _free_port():
    """A TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _last_test(log):
    """Name of the test that runs now."""
    text = log.read_text(errors="replace")[-20000:] if log.exists() else ""
    names = re.findall(r"Starting (\w+\.\w+) \.\.\.|Loading module (\w+ \(\d+/\d+\))", text)
    return next(filter(None, names[-1]), "") if names else ""


def _matching_tests(module, words):
    """Test tags of the tests whose module, class and method names together hold all words; of classes that hold them
    without a method's name, whole, with what they inherit."""
    folder = REPO / module if (REPO / module).exists() else REPO / "tests" / module
    found = []

    def is_meant(*names):
        return all(word.lower() in " ".join(names).lower() for word in words)

    for path in sorted(folder.glob("tests/**/test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.ClassDef):
                continue
            if is_meant(module, path.stem, node.name):
                found.append(f"/{module}:{node.name}")
                continue
            methods = [step.name for step in node.body if isinstance(step, ast.FunctionDef) and step.name.startswith("test_")]
            found += [f"/{module}:{node.name}.{name}" for name in methods if is_meant(module, path.stem, node.name, name)]
    return found


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
