# SPDX-License-Identifier: LGPL-3.0-or-later
"""./setup/wheel: one installable wheel per module."""

import argparse
import ast
import email
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from . import browser_files, python_env
from .places import REPO, STATE, suite_modules
from .say import Stop, call, main, say, step

PYPROJECT = '[build-system]\nrequires = ["whool"]\nbuild-backend = "whool.buildapi"\n'
#: fails if Odoo finds a module elsewhere than in the first argument's folder, or not at all
FINDS = """
import sys
from odoo.modules import Manifest, initialize_sys_path
initialize_sys_path()
folder, *names = sys.argv[1:]
found = {name: Manifest.for_addon(name) for name in names}
sys.exit("; ".join(f"{name}: {m and m.path}" for name, m in found.items() if not m or not m.path.startswith(folder)) or 0)
"""
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


def build(module, target):
    """Build one module's wheel from a copy outside the clone: whool leaves out what git ignores, and the third-party
    browser files in ``static/lib`` are ignored there.

    :return: path of the wheel, its content checked
    """
    with tempfile.TemporaryDirectory(prefix="unicdo-wheel-") as folder:
        staging = Path(folder) / module
        shutil.copytree(REPO / module, staging, ignore=LEFT_OUT)
        (staging / "pyproject.toml").write_text(PYPROJECT)
        made = Path(folder) / "made"
        command = [python_env.tools_python(), "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
        command += ["--disable-pip-version-check", "-w", made, staging]
        log = STATE / f"logs/wheel-{module}.log"
        # without a date in the files' records the same source gives the same wheel
        environment = {**python_env.clean_environment(), "SOURCE_DATE_EPOCH": "1577836800"}
        with step(f"Building the wheel of {module}"):
            call(command, log, f"Building the wheel of {module}", env=environment)
        [wheel] = made.glob("*.whl")
        check(wheel, staging)
        target.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(wheel, target / wheel.name))


def check(wheel, source):
    """See that a wheel has each file of its module, nothing else, and names what it needs.

    :raise Stop: saying what is wrong
    """
    module = source.name
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        metadata = email.message_from_bytes(archive.read(next(n for n in names if n.endswith(".dist-info/METADATA"))))
    packed = {name.removeprefix(f"odoo/addons/{module}/") for name in names if ".dist-info/" not in name}
    wanted = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()} - {"pyproject.toml"}
    problems = [f"not packed: {name}" for name in sorted(wanted - packed)]
    problems += [f"does not belong: {name}" for name in sorted(packed - wanted - {"pyproject.toml"})]
    manifest = ast.literal_eval((source / "__manifest__.py").read_text())
    needs = " ".join(metadata.get_all("Requires-Dist", [])).replace("-", "_").lower()
    ours = [name for name in manifest["depends"] if name.startswith("unicdo_")]
    needed = [*ours, *manifest.get("external_dependencies", {}).get("python", []), "odoo"]
    problems += [f"its metadata does not ask for {name}" for name in needed if name.replace("-", "_") not in needs]
    if not metadata["Version"].startswith(manifest["version"]):
        problems.append(f"version {metadata['Version']} is not the manifest's {manifest['version']}")
    if problems:
        raise Stop(f"{wheel.name} is not right:\n" + "\n".join(f"    {problem}" for problem in problems))


def try_out(wheels, odoo, python):
    """Install the suite's wheels as pip does, with no clone on the addons path, and see that Odoo finds all modules and
    the subcommand.

    :raise Stop: saying what is wrong
    """
    with tempfile.TemporaryDirectory(prefix="unicdo-wheel-") as folder:
        log = STATE / "logs/wheel-try.log"
        environment = python_env.clean_environment()
        command = [python, "-m", "pip", "install", "--no-deps", "--no-index", "--disable-pip-version-check"]
        call([*command, "--target", folder, *wheels], log, "Installing the wheels", env=environment)
        config = Path(folder) / "odoo.conf"
        config.write_text("[options]\n")
        environment |= {"PYTHONPATH": f"{odoo.root}{os.pathsep}{folder}", "ODOO_RC": str(config)}
        finds = [python, "-c", FINDS, folder, *suite_modules()]
        call(finds, log, "Finding the modules of the wheels in Odoo", env=environment)
        keygen = [python, "-m", "odoo", "unicdo", "keygen"]
        call(keygen, log, "Running `odoo unicdo keygen` from the wheels", env=environment)


def run(arguments):
    """Entry point."""
    parser = argparse.ArgumentParser(prog="./setup/wheel", description="Build one wheel per module.")
    parser.add_argument("modules", nargs="*", help="all of the suite's by default")
    parser.add_argument("--to", default=str(REPO / "dist"), help="folder for the wheels (dist)")
    options = parser.parse_args(arguments)
    if unknown := set(options.modules) - set(suite_modules()):
        raise Stop(f"Not known: {', '.join(sorted(unknown))}. There are: {', '.join(suite_modules())}.")
    browser_files.serve()
    for module in options.modules or suite_modules():
        wheel = build(module, Path(options.to))
        say(f"  {os.path.relpath(wheel)}")
    return 0


if __name__ == "__main__":
    main(run)
