# SPDX-License-Identifier: LGPL-3.0-or-later
"""Databases with Odoo's own modules, built once, kept as dumps in the cache, copied for each use."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from . import cached
from .say import Stop, step

#: Contacts, Sales, Invoicing, CRM, Project, Events, Website, eMail Marketing, and tickets and orders on the website
DEMO_MODULES = (
    "contacts",
    "sale_management",
    "account",
    "crm",
    "project",
    "event",
    "website",
    "mass_mailing",
    "website_event",
    "website_sale",
)


#: makes the scripts and style sheets of pages, which Odoo else makes anew for each run of tests and each copy
ASSETS = """
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""


@dataclass(frozen=True)
class Template:
    """What a template holds."""

    title: str
    modules: tuple
    demo: bool


def demo_template():
    """Odoo's everyday applications with their demo data."""
    return Template("Odoo with demo data", DEMO_MODULES, True)


def plain_template():
    """Odoo's everyday applications without demo data."""
    return Template("Odoo without demo data", DEMO_MODULES, False)


def all_apps_template(odoo):
    """Every application of this Odoo, without demo data."""
    return Template("Odoo with every application", tuple(odoo.applications()), False)


class Databases:
    """Databases of one server, with their filestores."""

    def __init__(self, server, runner):
        """
        :param postgres.Server server: started
        :param odoo_process.Runner runner: runs Odoo on that server
        """
        self.server = server
        self.runner = runner

    def create(self, name, template):
        """A fresh database, a copy of a template; one of that name goes first."""
        source = self.source(template)
        self.drop(name)
        with step(f"Copying {template.title} to the database {name}"):
            self.server.create(name, source)
            _copy_tree(self._filestore(source), self._filestore(name))

    def copy(self, name, other, source):
        """A fresh database, a copy of another with its files; one of that name goes first.

        :param Databases other: where the other one stands, on the same server
        :param str source: the other one's name; nobody may be at work in it
        """
        self.drop(name)
        with step(f"Copying {source} to the database {name}"):
            self.server.create(name, source)
            _copy_tree(other._filestore(source), self._filestore(name))

    def drop(self, name):
        """Remove a database with its files, if it is ours."""
        if self.owns(name):
            self._remove(name)

    def owns(self, name):
        """Whether there is such a database of this clone.

        :raise Stop: if it is somebody else's
        """
        exists = self.server.has(name)
        if exists and not self.server.private and not self.server.made_here(name):
            raise Stop(
                f"The server at PGHOST has a database {name} that was not made by this clone, so it is left alone.\n"
                "Remove it yourself, or choose another name:\n    ./setup/run --db NAME"
            )
        return exists

    def _remove(self, name):
        self.server.drop(name)
        shutil.rmtree(self._filestore(name), ignore_errors=True)

    def _filestore(self, name):
        return self.runner.data_dir / "filestore" / name

    def source(self, template):
        """Name of the template's own database in this server, which is copied and never changed; built, or restored
        from the cache, when it is not there."""
        key = [self.runner.odoo.version, self.server.version(), *template.modules, str(template.demo), "2"]
        folder = cached.folder("template", key, lambda path: self._build(template, path))
        name = folder.name.replace("-", "_")
        if not self.server.has(name):
            self._restore(folder, name, template)
        elif not self._filestore(name).exists():
            # another clone has put it on a server that both use
            _copy_tree(folder / "filestore", self._filestore(name))
        return name

    def _build(self, template, folder):
        """Install the template's modules and dump the database into the folder."""
        name = folder.name.replace("-", "_")
        building = f"{name}_building"
        self._remove(building)
        self.server.create(building)
        log = self.runner.logs / f"build-{name}.log"
        arguments = ["-d", building, "-i", ",".join(template.modules), "--stop-after-init", "--no-http"]
        arguments += ["--with-demo"] if template.demo else []
        with step(f"Building {template.title} (a few minutes, only this once)", lambda: _loading(log)):
            self.runner.run(arguments, log, f"Building {template.title}")
        with step("Making its scripts and style sheets"):
            self.runner.shell(building, ASSETS, log.with_name(f"assets-{name}.log"), "Making scripts and style sheets")
        with step("Keeping it in the cache"):
            dump = folder / "database.dump"
            self.server.run("pg_dump", "-Fc", "-Z1", "--no-owner", "-f", dump, building)
            _copy_tree(self._filestore(building), folder / "filestore")
        self._remove(name)
        self.server.rename(building, name)
        _copy_tree(self._filestore(building), self._filestore(name))
        shutil.rmtree(self._filestore(building))

    def _restore(self, folder, name, template):
        restoring = f"{name}_restoring"
        with step(f"Restoring {template.title} from the cache"):
            self._remove(restoring)
            self.server.create(restoring)
            jobs = ["-j2", "--no-owner", "--exit-on-error"]
            self.server.run("pg_restore", *jobs, "-d", restoring, folder / "database.dump")
            self.server.query("ANALYZE", restoring)
            shutil.rmtree(self._filestore(name), ignore_errors=True)
            _copy_tree(folder / "filestore", self._filestore(name))
            self.server.rename(restoring, name)


def _loading(log):
    """What Odoo is loading now, from its log."""
    if not log.exists():
        return ""
    lines = [line for line in log.read_text(errors="replace").splitlines() if "Loading module" in line]
    return lines[-1].split("Loading module ")[-1] if lines else ""


def _copy_tree(source, target):
    """Copy a filestore; its files never change, so links do where they can."""
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.exists():
        try:
            shutil.copytree(source, target, copy_function=_link)
        except shutil.Error as error:
            raise Stop(f"Copying {source} failed: {error}") from None


def _link(source, target):
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
