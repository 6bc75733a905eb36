# SPDX-License-Identifier: LGPL-3.0-or-later
"""What holds for files whatever they are about."""

import json
import re
import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
SPDX = "SPDX-License-Identifier: LGPL-3.0-or-later"


def tracked(*suffixes):
    """Files of the repository, those not yet added included."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPO, capture_output=True, text=True, check=True,
    ).stdout
    paths = [REPO / line for line in listing.splitlines()]
    return [path for path in paths if path.is_file() and (not suffixes or path.suffix in suffixes)]


def test_each_source_file_says_its_licence_at_its_head():
    silent = []
    for path in tracked(".py", ".xml", ".js", ".mjs", ".scss"):
        text = path.read_text()
        if text.strip() and SPDX not in "\n".join(text.splitlines()[:3]):
            silent.append(str(path.relative_to(REPO)))
    assert not silent


def test_dependencies_are_pinned():
    for path in (REPO / "setup").glob("requirements*.txt"):
        lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        assert lines
        pinned = re.compile(r"[\w.\-]+==[\w.\-+]+(?: --hash=sha256:[0-9a-f]{64})?")
        assert not [line for line in lines if not pinned.fullmatch(line)], path.name


def test_lock_file_names_no_registry():
    lock = json.loads((REPO / "setup/package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert not [name for name, package in lock["packages"].items() if name and "integrity" not in package]


def test_no_file_names_a_registry_host_or_one_machine_s_folder():
    hosts = "|".join(["deb[.]deb" "ian", "archive[.]ubu" "ntu", "py" "pi[.]o" "rg", "python" "hosted", "npm" "js[.]"])
    folders = "|".join(f"(?<![\\w.])/{name}/" for name in ("root", "work", "farm"))
    pattern = re.compile(f"{hosts}|{folders}")
    found = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(REPO)}:{number}" for number, line in enumerate(text.splitlines(), 1)
                  if pattern.search(line)]
    assert not found
