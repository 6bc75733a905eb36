# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tests of pure files: plain pytest, without Odoo."""

import importlib
import sys
import types
from pathlib import Path

import pytest

from code_host_app import CALLBACK

REPO = Path(__file__).resolve().parents[2]
PACKAGE = "unicdo_pure"
#: where pure files find those of the ground floor; the folders' ``__init__`` is never run
SHARED = "odoo.addons.unicdo_privacy.tools"


def load(path):
    """Import a pure Python file by its path in the repository, e.g. ``unicdo_privacy/tools/sealing.py``.

    Its folders become packages whose ``__init__`` is never run, so relative imports between pure files work and Odoo is
    not needed.
    """
    *folders, file = Path(path).with_suffix("").parts
    name = PACKAGE
    _package(name, REPO)
    for depth, folder in enumerate(folders, 1):
        name = f"{name}.{folder}"
        _package(name, REPO.joinpath(*folders[:depth]))
    return importlib.import_module(f"{name}.{file}")


def _package(name, folder):
    if name not in sys.modules:
        module = types.ModuleType(name)
        module.__path__ = [str(folder)]
        sys.modules[name] = module


for _depth, _folder in enumerate((".", ".", "unicdo_privacy", "unicdo_privacy/tools"), 1):
    _package(".".join(SHARED.split(".")[:_depth]), REPO / _folder)


@pytest.fixture(scope="session")
def host_process():
    """The code host's process, started when a test first wants it."""
    with load("tests/support/code_host/__init__.py").CodeHost(CALLBACK) as host:
        yield host


@pytest.fixture
def host(host_process):
    """The code host, knowing nothing of the tests before."""
    host_process.reset()
    return host_process
