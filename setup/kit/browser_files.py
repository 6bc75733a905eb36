# SPDX-License-Identifier: LGPL-3.0-or-later
"""Browser-side files and the JavaScript linter from npm, pinned by the lock file."""

import shutil

from . import cached
from .places import SETUP, STATE
from .say import call, step
from .system import ensure


def node_modules():
    """The ``node_modules`` folder of the pinned packages, downloaded once."""
    files = [SETUP / "package.json", SETUP / "package-lock.json"]

    def build(folder):
        ensure("npm")
        for file in files:
            shutil.copy(file, folder)
        with step("Bringing browser files from npm"):
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            call(command, STATE / "logs/npm.log", "npm", cwd=folder)

    return cached.folder("npm", [file.read_text() for file in files], build) / "node_modules"
