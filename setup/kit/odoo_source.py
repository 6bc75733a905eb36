# SPDX-License-Identifier: LGPL-3.0-or-later
"""Find Odoo 19, or bring it: ODOO_SOURCE, an ``odoo`` on the PATH, or the distribution's package, unpacked."""

import ast
import contextlib
import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from . import cached, odoo_package
from .places import STATE
from .python_env import clean_environment
from .say import Stop, say

SERIES = "19.0"
#: files that core's manifests name although core has none such
NEVER_THERE = {
    "test_assetsbundle/static/invalid_src/xml/file_not_found.xml": "core's test of a missing file",
    "web/static/asset_styles_company_report.scss": "made in the database, from the company's report layout",
    "website/static/src/interactions/follow.edit.js": "a slip: the file is website_mail's",
}


@dataclass(frozen=True)
class Odoo:
    """A tree of Odoo: ``root`` goes on PYTHONPATH, ``addons`` into the addons path, ``version`` into cache keys."""

    root: Path
    addons: tuple
    version: str

    def manifests(self):
        """Module name → manifest, of all of Odoo's own modules."""
        found = {}
        for folder in self.addons:
            for path in sorted(folder.glob("*/__manifest__.py")):
                found.setdefault(path.parent.name, ast.literal_eval(path.read_text()))
        return found

    def applications(self):
        """Names of the modules that Odoo shows as applications, sorted."""
        return sorted(
            name for name, manifest in self.manifests().items()
            if manifest.get("application") and manifest.get("installable", True)
        )


def find():
    """The Odoo to use, seen to be whole; downloads the distribution's package when nothing else is given.

    :raise Stop: if what is given cannot be used
    """
    if given := os.environ.get("ODOO_SOURCE"):
        return _whole(_from_folder(Path(given).expanduser().resolve(), "ODOO_SOURCE"))
    if program := shutil.which("odoo"):
        try:
            return _whole(_from_program(program))
        except Stop as stop:
            say(f"• {stop} The distribution's package is taken instead.")
    return _whole(_from_folder(odoo_package.unpacked(), "the distribution's package"))


def _from_folder(folder, what):
    for root in (folder, folder / "usr/lib/python3/dist-packages"):
        if (root / "odoo/release.py").is_file():
            break
    else:
        raise Stop(f"{what}: there is no Odoo in {folder}. Name a checkout or an unpacked tree of Odoo {SERIES}.")
    series = _series(root / "odoo/release.py")
    if series != SERIES:
        raise Stop(f"{what}: {folder} holds Odoo {series}; the suite needs {SERIES}.")
    # beside a checkout's odoo/ stand most addons; what the package has there is a stale part of odoo/addons
    beside = (root / "addons",) if (root / "odoo-bin").exists() else ()
    return Odoo(root, (root / "odoo/addons", *beside), _identity(root))


def _series(release):
    match = re.search(r"^version_info = \((\d+), (\d+)", release.read_text(), re.MULTILINE)
    return f"{match[1]}.{match[2]}" if match else "of unknown version"


def _identity(root):
    """Tells one Odoo from another for cache keys."""
    if (root / ".git").exists():
        head = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
        return head.stdout.strip() or str(root)
    release = root / "odoo/release.py"
    return hashlib.sha256(f"{release.read_text()}{release.stat().st_size}".encode()).hexdigest()


def _from_program(program):
    """The Odoo that a program runs: its package is linked alone into a folder of ours, so that our pinned environment
    is not mixed with what is installed beside it; a checkout is taken as it is."""
    root = _root_of_program(program)
    odoo = _from_folder(root, program)
    if (root / "odoo-bin").exists():
        return odoo
    link = cached.folder("odoo-link", [str(root)], lambda path: (path / "odoo").symlink_to(root / "odoo"))
    return replace(odoo, root=link, addons=(link / "odoo/addons",))


def _root_of_program(program):
    """The folder from which the interpreter that a program names imports Odoo."""
    with open(program, "rb") as handle:
        first_line = handle.readline().decode(errors="replace").strip()
    interpreter = first_line.removeprefix("#!").split()
    where = ""
    if first_line.startswith("#!") and "python" in first_line:
        with contextlib.suppress(OSError):
            where = subprocess.run(
                [*interpreter, "-c", "import odoo.release; print(odoo.release.__file__)"],
                capture_output=True, text=True, check=False, cwd="/", env=clean_environment(),
            ).stdout.strip()
    if not where:
        raise Stop(f"{program} is no Python program that tells where its Odoo stands.")
    return Path(where).resolve().parents[1]


def missing_assets(odoo):
    """Files that manifests name literally in their assets and that are not there, as ``module/path``."""
    missing = []
    for manifest in odoo.manifests().values():
        for entries in manifest.get("assets", {}).values():
            for entry in entries:
                missing += [path for path in _literal_files(entry) if not _exists(odoo, path)]
    return sorted(set(missing) - set(NEVER_THERE))


def _literal_files(entry):
    """Paths of one assets entry that name a file of the tree (no bundle, no pattern, no URL)."""
    if isinstance(entry, (tuple, list)):
        paths = [] if entry[0] == "include" else entry[1:]
    else:
        paths = [entry]
    return [path.lstrip("/") for path in paths if not re.search(r"[*?\[]|://", path) and "/" in path and Path(path).suffix]


def _exists(odoo, path):
    return any((folder / path).exists() for folder in odoo.addons)


def dangling_links(odoo):
    """Links in Odoo's tree that lead nowhere."""
    links = []
    for folder in {odoo.root / "odoo", *odoo.addons}:
        for here, _folders, files in os.walk(folder.resolve()):
            links += [f"{here}/{name}" for name in files if not os.path.exists(f"{here}/{name}")]
    return sorted(set(links))


def _whole(odoo):
    """See that nothing of the tree is missing, once per tree, and give it back.

    :raise Stop: naming what is missing
    """
    def look(_folder):
        broken = dangling_links(odoo) + missing_assets(odoo)
        if broken:
            (STATE / "logs").mkdir(parents=True, exist_ok=True)
            listing = STATE / "logs/odoo-broken.log"
            listing.write_text("\n".join(broken))
            raise Stop(f"Odoo in {odoo.root} is not whole: {len(broken)} files are missing, listed in {listing}.")

    cached.folder("odoo-check", [str(odoo.root), odoo.version, Path(__file__).read_text()], look)
    return odoo
