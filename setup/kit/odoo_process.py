# SPDX-License-Identifier: LGPL-3.0-or-later
"""Run Odoo with our environment, on our server."""

import tempfile
from pathlib import Path

from . import processes
from .python_env import clean_environment
from .say import Stop


class Runner:
    """Odoo in one setting: a source, a Python, a server, a configuration file."""

    def __init__(self, odoo, python, server, folder, addons=(), options=None, sections=""):
        """
        :param Path folder: gets ``odoo.conf``, ``data`` and ``logs``
        :param addons: folders of addons beside Odoo's own
        :param dict options: more of ``odoo.conf``
        :param str sections: further sections of ``odoo.conf``, which Odoo leaves to addons
        """
        self.odoo = odoo
        self.python = python
        self.server = server
        self.folder = folder
        self.data_dir = folder / "data"
        self.logs = folder / "logs"
        self.config = folder / "odoo.conf"
        self.extra_environment = {}
        self.addons = [*odoo.addons, *addons]
        values = {
            "addons_path": ",".join(map(str, self.addons)),
            "data_dir": self.data_dir,
            "http_interface": "127.0.0.1",
            "list_db": False,
            "max_cron_threads": 2,
            **(options or {}),
        }
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["[options]", *(f"{name} = {value}" for name, value in values.items())]
        self.config.write_text("\n".join(lines) + f"\n{sections}")
        self.config.chmod(0o600)

    def environment(self):
        """Environment of Odoo's process: nothing of the caller's that would change what it does, but libpq's."""
        inherited = {
            name: value for name, value in clean_environment().items()
            if not name.startswith(("UNICDO_", "ODOO_"))
        }
        added = {"PYTHONPATH": str(self.odoo.root), "PYTHONDONTWRITEBYTECODE": "", "ODOO_RC": str(self.config)}
        return {**inherited, **self.server.environment, **added, **self.extra_environment}

    def command(self, *arguments):
        """Command line of Odoo."""
        return [str(self.python), "-m", "odoo", *map(str, arguments)]

    def start(self, arguments, output, **options):
        """Start Odoo; it ends with us."""
        return processes.start(
            self.command(*arguments), env=self.environment(), stdout=output, stderr=output, cwd=self.folder, **options
        )

    def run(self, arguments, log, what, **options):
        """Run Odoo to its end, its log in a file.

        :param options: of ``processes.start``
        :raise Stop: if it fails
        """
        log = Path(log)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            code = processes.wait(self.start(arguments, output, **options))
        if code:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise Stop(f"{what} failed (Odoo ended with {code}). Last lines of {log}:\n{tail}")

    def shell(self, database, code, log, what):
        """Run Python in ``odoo shell``, which commits nothing by itself.

        :raise Stop: if it fails
        """
        with tempfile.TemporaryFile("w+") as script:
            script.write(code)
            script.seek(0)
            self.run(["shell", "-d", database, "--no-http"], log, what, stdin=script)
