# SPDX-License-Identifier: LGPL-3.0-or-later
"""Read Odoo's log: what it complains about, which tests ran and how they ended."""

import re
from dataclasses import dataclass, field

#: core's own lines that are not about us: (logger, text, why it stands)
ALLOWED = (
)
LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?P<level>[A-Z]+) \S+ (?P<logger>\S+): (?P<text>.*)")
STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ ")
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading database")
COUNT = re.compile(r"^(\w+): [1-9]\d* tests ")
STARTED = re.compile(r"^Starting (\w+)\.(\w+) \.\.\.")


@dataclass
class Verdict:
    """What one log says."""

    complaints: list = field(default_factory=list)
    failed: int = 0
    total: int = 0
    #: names of modules and classes of which tests ran
    ran: set = field(default_factory=set)


def judge(text):
    """Read a whole log."""
    verdict = Verdict()
    entry = None
    for line in text.splitlines():
        match = LINE.match(line)
        if not match:
            if entry:
                entry.append(line)
            continue
        entry = None
        if match["level"] in ("WARNING", "ERROR", "CRITICAL") and not _allowed(match):
            entry = [line]
            verdict.complaints.append(entry)
        _count(verdict, match["logger"], match["text"])
    verdict.complaints = _once_each("\n".join(lines) for lines in verdict.complaints)
    return verdict


def _once_each(complaints):
    """Complaints that differ in more than time and process, each with how often it came."""
    times = {}
    for complaint in complaints:
        times.setdefault(STAMP.sub("", complaint), []).append(complaint)
    return [f"{same[0]}{f' (and {len(same) - 1} times more)' if same[1:] else ''}" for same in times.values()]


def _allowed(match):
    return any(
        re.fullmatch(logger, match["logger"]) and re.search(text, match["text"]) for logger, text, _why in ALLOWED
    )


def _count(verdict, logger, text):
    if logger == "odoo.tests.result" and (result := RESULT.search(text)):
        failures, errors, total = map(int, result.groups())
        verdict.failed += failures + errors
        verdict.total += total
    elif logger == "odoo.tests.stats" and (count := COUNT.match(text)):
        verdict.ran.add(count[1])
    elif started := STARTED.match(text):
        verdict.ran.add(started[1])
