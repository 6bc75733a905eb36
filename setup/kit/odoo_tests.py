# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tests in Odoo: which they are, shared among processes that run at the same time, each with files of its own."""

import ast
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import databases, odoo_log, odoo_process
from .places import REPO

#: seconds that a test takes, and one more with a browser; only how even the shares are hangs on these
TEST, BROWSER = 0.7, 4
#: seconds of classes whose tests take much longer than others
SLOW = {
    "/unicdo_dsar:TestPackage": 40,
    "/unicdo_hosting_cancel:TestCreditRandom": 100,
    "/unicdo_hosting_cancel:TestEnd": 30,
    "/unicdo_hosting_cancel:TestPortal": 40,
    "/unicdo_hosting_cancel:TestTour": 55,
    "/unicdo_privacy:TestProjectSetup": 40,
    "/unicdo_privacy:TestScreens": 50,
    "/unicdo_trial_recording:TestCanary": 50,
    "/unicdo_trial_recording:TestKeptElsewhere": 30,
    "/unicdo_trial_recording:TestNothingWithoutConsent": 175,
    "/unicdo_trial_recording:TestQuestion": 45,
}


@dataclass
class Share:
    """Tests that one process of Odoo runs; a task to be run beside others.

    :param odoo_process.Runner runner: for this share alone
    :param str database: its name; made when it starts
    :param databases.Template template: what it is made of; or the share whose database it is a copy of, as that leaves it
    :param list install: names of modules
    :param list tags: Odoo's test tags
    :param Path log: gets what Odoo says
    """

    runner: odoo_process.Runner
    database: str
    template: object
    install: list
    tags: list
    log: Path
    process: subprocess.Popen = None
    code: int = None

    @property
    def databases(self):
        """Where its database stands."""
        return databases.Databases(self.runner.server, self.runner)

    def is_ready(self):
        """Whether what its database is made of is there."""
        return not isinstance(self.template, Share) or self.template.code is not None

    def start(self):
        """Start Odoo, which ends by itself; its process."""
        if isinstance(self.template, Share):
            self.databases.copy(self.database, self.template.databases, self.template.database)
        else:
            self.databases.create(self.database, self.template)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        arguments = ["-d", self.database, "--test-tags", ",".join(self.tags), "--stop-after-init"]
        arguments += ["-i", ",".join(self.install)] if self.install else []
        with self.log.open("wb") as output:
            self.process = self.runner.start(arguments, output)
        return self.process

    def close(self, code):
        """Note with what it ended."""
        self.code = code

    def now(self):
        """Name of the test that runs now, or of the module that is being loaded; nothing before the start and after the end."""
        if not self.process or self.process.poll() is not None:
            return ""
        text = self.log.read_text(errors="replace")[-20000:]
        names = re.findall(r"Starting (\w+\.\w+) \.\.\.|Loading module (\w+ \(\d+/\d+\))", text)
        return next(filter(None, names[-1]), "") if names else ""


@dataclass
class Group:
    """Tests that are told of together.

    :param set wanted: names of modules and classes of which at least one test has to run
    """

    title: str
    shares: list
    wanted: set = frozenset()

    def close(self, report):
        """Count the tests, the silence of the logs as one check more, and that nothing stayed out as another."""
        verdicts = [odoo_log.judge(share.log.read_text(errors="replace")) for share in self.shares]
        logs = " and ".join(str(share.log) for share in self.shares)
        failed = sum(verdict.failed or int(not verdict.total) for verdict in verdicts)
        complaints = "\n".join(complaint for verdict in verdicts for complaint in verdict.complaints)
        total = sum(verdict.total for verdict in verdicts)
        report.add(self.title, max(total - failed, 0), failed, complaints or f"No test ran; see {logs}")
        codes = [share.code for share in self.shares]
        clean = not complaints and not any(codes)
        text = (not failed and complaints) or f"Odoo ended with {' and '.join(map(str, codes))}; see {logs}"
        report.add(f"the log of {self.title}", int(clean), int(not clean), text)
        if self.wanted:
            silent = sorted(self.wanted.difference(*(verdict.ran for verdict in verdicts)))
            report.add("every module's tests ran", int(not silent), int(bool(silent)), f"No test ran of: {silent}")


def shares(modules, count, before=()):
    """Test tags of each of ``count`` processes that together run the tests of modules, each test once: the last takes
    whatever the others do not.

    :param before: tags of classes that run before
    """
    seconds, taken = [0] * count, [[] for _share in range(count)]
    for tag, needed in sorted(_seconds(modules).items(), key=lambda item: -item[1]):
        if tag not in before:
            lightest = seconds.index(min(seconds))
            seconds[lightest] += needed
            taken[lightest].append(tag)
    others = [*before, *(tag for tags in taken[:-1] for tag in tags)]
    return [*taken[:-1], [*(f"/{name}" for name in modules), *(f"-{tag}" for tag in others)]]


def _seconds(modules):
    """Tag → seconds of each class with tests, roughly."""
    found = {}
    for module, _path, node in _classes(modules):
        tag, tests = f"/{module}:{node.name}", len(_methods(node))
        if tests:
            found[tag] = SLOW.get(tag, tests * TEST + ast.unparse(node).count("start_tour(") * BROWSER)
    return found


def matching(modules, words):
    """Tags of the tests whose module, class and method names together hold all words; of classes that hold them without a
    method's name, whole, with what they inherit."""
    found = []

    def is_meant(*names):
        return all(word.lower() in " ".join(names).lower() for word in words)

    for module, path, node in _classes(modules):
        if is_meant(module, path.stem, node.name):
            found.append(f"/{module}:{node.name}")
            continue
        found += [f"/{module}:{node.name}.{name}" for name in _methods(node) if is_meant(module, path.stem, node.name, name)]
    return found


def _classes(modules):
    """(module, file, class as written) of the files with tests."""
    for module in modules:
        folder = REPO / module if (REPO / module).exists() else REPO / "tests" / module
        for path in sorted(folder.glob("tests/**/test_*.py")):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef):
                    yield module, path, node


def _methods(node):
    """Names of a class's own tests."""
    return [step.name for step in node.body if isinstance(step, ast.FunctionDef) and step.name.startswith("test_")]
