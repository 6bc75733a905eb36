# SPDX-License-Identifier: LGPL-3.0-or-later
"""Programs of the distribution: found, installed when we may, else named."""

import ctypes.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from .places import STATE
from .say import Stop, call, step


def postgres_folder():
    """Folder of the newest PostgreSQL server's programs, 13 or later; None if there is none."""
    found = []
    for initdb in [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), Path(shutil.which("initdb") or "/nonexistent")]:
        if initdb.exists():
            version = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=True).stdout
            found.append((int(re.search(r"(\d+)", version)[1]), initdb.resolve().parent))
    found = [pair for pair in found if pair[0] >= 13]
    return max(found)[1] if found else None


def browser():
    """Path of a Chromium that Odoo's tests find, or None."""
    names = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


#: what is needed → (how to see that it is there, the packages that bring it)
NEEDS = {
    "PostgreSQL": (postgres_folder, ["postgresql"]),
    "PostgreSQL client": (lambda: shutil.which("pg_restore"), ["postgresql-client"]),
    "npm": (lambda: shutil.which("npm") and shutil.which("node"), ["nodejs", "npm"]),
    "Chromium": (browser, ["chromium"]),
    "libmagic": (lambda: ctypes.util.find_library("magic"), ["libmagic1"]),
    "dpkg": (lambda: shutil.which("dpkg-deb") and shutil.which("apt-get"), ["dpkg", "apt"]),
    "git": (lambda: shutil.which("git"), ["git"]),
}


def ensure(*needs):
    """See that all needs are met; as root install what is missing.

    :raise Stop: naming the command that would install it
    """
    missing = [need for need in needs if not NEEDS[need][0]()]
    if not missing:
        return
    packages = [package for need in missing for package in NEEDS[need][1]]
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        with step(f"Installing {', '.join(missing)}"):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            call(["apt-get", "update"], STATE / "logs/apt-update.log", "Reading the package lists", env=environment)
            call(command, STATE / "logs/apt-install.log", f"Installing {' '.join(packages)}", env=environment)
        missing = [need for need in missing if not NEEDS[need][0]()]
    if missing:
        raise Stop(f"Missing on this machine: {', '.join(missing)}. Install it with:\n    sudo {' '.join(command)}")
