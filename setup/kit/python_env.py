# SPDX-License-Identifier: LGPL-3.0-or-later
"""Python environments in the cache, one for Odoo and its tests, one for linters and wheels."""

import os
import sys
from pathlib import Path

from . import cached
from .places import SETUP, STATE
from .say import call, step


def odoo_python():
    """Python of the environment Odoo, its tests and the mail catcher run in."""
    return _python("odoo", "requirements.txt", "requirements-test.txt", "requirements-run.txt")


def tools_python():
    """Python of the environment of linters and the wheel builder."""
    return _python("tools", "requirements-tools.txt")


def community_addons():
    """Folder of addons by others that ours work with where they are installed: for tests across modules alone."""
    requirements = SETUP / "requirements-addons.txt"

    def build(folder):
        with step("Fetching addons of the community"):
            command = [tools_python(), "-m", "pip", "install", "--no-deps", "--disable-pip-version-check"]
            command += ["--require-hashes", "--target", folder, "-r", requirements]
            call(command, STATE / "logs/pip-addons.log", "Fetching addons", env=clean_environment())

    return cached.folder("addons", [requirements.read_text()], build) / "odoo/addons"


def _python(name, *files):
    requirements = [SETUP / file for file in files]

    def build(folder):
        with step(f"Making the Python environment for {name}"):
            call([sys.executable, "-m", "venv", folder], STATE / f"logs/venv-{name}.log", "Making a Python environment")
            command = [folder / "bin/python", "-m", "pip", "install", "--no-deps", "--disable-pip-version-check"]
            for file in requirements:
                command += ["-r", file]
            # PYTHONPATH would lead pip to our own packages
            call(command, STATE / f"logs/pip-{name}.log", "Installing Python packages", env=clean_environment())

    key = [sys.version, _where(), *(file.read_text() for file in requirements)]
    return cached.folder(f"python-{name}", key, build) / "bin/python"


def _where():
    """Where this Python is really installed: an environment stops working when it goes."""
    return str(Path(sys.executable).resolve())


def clean_environment():
    """This process's environment without what would change a Python of another environment."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
