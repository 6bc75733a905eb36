# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo from the distribution's package: downloaded by apt into the cache, unpacked and mended, not installed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import browser_files, cached
from .places import STATE
from .say import Stop, call, step
from .system import ensure

PACKAGE = "odoo-19"
#: Odoo's package links into these
LINKED_PACKAGES = (
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
#: distribution → suite that has the package, its components, the keyring that signs it
DISTRIBUTIONS = {
    "debian": ("unstable", "main", "/usr/share/keyrings/debian-archive-keyring.gpg"),
    "ubuntu": ("devel", "main universe", "/usr/share/keyrings/ubuntu-archive-keyring.gpg"),
}
ELSE = (
    "Get Odoo 19.0 in another way (a checkout, or an unpacked tree) and name its folder:\n"
    "    ODOO_SOURCE=/path/to/odoo ./setup/run"
)


def unpacked():
    """Folder into which the package and what it links into are unpacked, with the known defects mended."""
    return cached.folder("odoo-package", [PACKAGE, *LINKED_PACKAGES, "1"], _build)


def _build(folder):
    ensure("dpkg")
    distribution = _distribution()
    if distribution not in DISTRIBUTIONS:
        raise Stop(f"This is no Debian or Ubuntu machine, so there is no package {PACKAGE}. {ELSE}")
    # first, for a stop there would else lose the larger download
    browser_files.node_modules()
    with step(f"Downloading Odoo 19 (package {PACKAGE}, about 130 MB)"):
        packages = _download(folder / "apt", *DISTRIBUTIONS[distribution], distribution)
    with step("Unpacking Odoo and mending its links"):
        for package in packages:
            call(["dpkg-deb", "-x", package, folder], STATE / "logs/dpkg.log", f"Unpacking {package.name}")
        shutil.rmtree(folder / "apt")
        mend(folder)


def _distribution():
    """``debian`` or ``ubuntu``, also on their descendants; else the name of what this is."""
    try:
        text = Path("/etc/os-release").read_text()
    except OSError:
        return "unknown"
    values = dict(re.findall(r'^(ID|ID_LIKE)="?([^"\n]*)"?$', text, re.MULTILINE))
    names = [values.get("ID", "unknown"), *values.get("ID_LIKE", "").split()]
    return next((name for name in names if name in DISTRIBUTIONS), names[0])


def _download(folder, suite, components, keyring, distribution):
    """Fetch the packages with an apt configuration of our own; the machine's stays as it is."""
    if not Path(keyring).exists():
        raise Stop(f"The distribution's keyring {keyring} is missing, so downloads cannot be checked. {ELSE}")
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "cache/archives/partial").mkdir(parents=True)
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={keyring}] {_mirror(distribution)} {suite} {components}\n")
    options = ["-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=/dev/null"]
    options += ["-o", f"Dir::State::lists={folder / 'lists'}", "-o", f"Dir::Cache={folder / 'cache'}"]
    options += ["-o", "APT::Sandbox::User=", "-o", "Acquire::Languages=none"]
    call(["apt-get", *options, "update"], STATE / "logs/odoo-lists.log", "Reading the package lists")
    try:
        command = ["apt-get", *options, "download", PACKAGE, *LINKED_PACKAGES]
        call(command, STATE / "logs/odoo-download.log", f"Downloading {PACKAGE}", cwd=folder)
    except Stop as stop:
        raise Stop(f"{stop}\n\nThe suite {suite} of this distribution did not give {PACKAGE}. {ELSE}") from None
    return sorted(folder.glob("*.deb"))


def _mirror(distribution):
    """Address of the distribution's archive, as the machine's own apt has it."""
    wanted = "$(LABEL)|$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)"
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", wanted], capture_output=True, text=True, check=False
    ).stdout
    text = Path("/etc/os-release").read_text()
    codename = re.search(r"^VERSION_CODENAME=\"?([\w-]+)", text, re.MULTILINE)
    releases = {"unstable", "sid", "testing", "stable", *([codename[1]] if codename else [])}
    candidates = []
    for line in listing.splitlines():
        label, origin, release, component, address = line.split("|", 4)
        # label and origin are empty before the machine's first `apt-get update`
        ours = distribution in (label.lower(), origin.lower()) and label.lower() in ("", distribution)
        if component == "main" and release in releases and (ours or not label):
            candidates.append((not ours, address))
    if not candidates:
        raise Stop(f"This machine's apt names no archive of {distribution}. {ELSE}")
    return min(candidates)[1]


def mend(folder):
    """Bring what the unpacked package lacks: links made whole, files that Debian leaves out."""
    root = folder / "usr/lib/python3/dist-packages"
    # a stale duplicate of a part of odoo/addons, which Odoo would put on its addons path
    shutil.rmtree(root / "addons", ignore_errors=True)
    addons = root / "odoo/addons"
    npm = browser_files.node_modules()
    for fonts in (addons / "web/static/lib/fontawesome/fonts", addons / "web/static/src/libs/fontawesome/fonts"):
        for link in list(fonts.iterdir()):
            _replace(link, npm / "font-awesome/fonts" / link.name)
    inconsolata = _only(folder / "usr/share/fonts", "Inconsolata-Regular.otf")
    _replace(addons / "point_of_sale/static/src/fonts/Inconsolata.otf", inconsolata)
    selfie = "selfie_segmentation.js"
    target = addons / "mail/static/lib/selfie_segmentation"
    target.mkdir(parents=True, exist_ok=True)
    _replace(target / selfie, npm / "@mediapipe/selfie_segmentation" / selfie)


def _replace(target, source):
    """Put a real file where a link leads nowhere, or where nothing is; leave good files alone."""
    if not target.exists():
        target.unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def _only(folder, name):
    found = next((Path(here) / name for here, _folders, files in os.walk(folder) if name in files), None)
    if not found:
        raise Stop(f"The font {name} is in none of the downloaded packages. {ELSE}")
    return found
