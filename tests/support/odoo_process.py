# SPDX-License-Identifier: LGPL-3.0-or-later
"""Real Odoo processes and databases for the benchmarks and the fault tests.

The server is reached by ``PGHOST``, ``PGPORT``, ``PGUSER`` and ``PGPASSWORD``; Odoo is the one this Python imports
(``setup/`` makes such a Python). Everything written stands in the clone's ignored ``.state`` folder.
"""
import base64
import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
from psycopg2 import sql

ROOT = Path(__file__).resolve().parents[2]
TEST_ADDONS = ROOT / "tests"


def odoo_folder():
    """The package folder of the Odoo that this Python imports."""
    spec = importlib.util.find_spec("odoo")
    if spec is None:
        raise SystemExit("This Python has no Odoo. Run it with the Python that setup/ made, or set PYTHONPATH.")
    return Path(next(iter(spec.submodule_search_locations)))


def connect(database="postgres"):
    """An autocommit connection to a database of the server that the PG* variables name."""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    return connection


def rows(database, query, parameters=None):
    """All rows of one query, in a connection of its own."""
    with contextlib.closing(connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else []


class Workshop:
    """One folder with a data directory, the logs and the databases made in it.

    :param Path folder: where everything is written
    :param list addons: further folders of addons, before Odoo's own
    :param Path filestores: where the filestores of templates made elsewhere stand
    """

    def __init__(self, folder, addons=(), filestores=None):
        self.folder = Path(folder)
        self.data_dir = self.folder / "data"
        self.filestores = filestores
        self.addons = [*map(str, addons), str(ROOT)]
        self.data_dir.mkdir(parents=True, exist_ok=True)
        # a prefork server starts its event process from this file again, which "-m odoo" does not survive; written once,
        # for a process that starts while it is written reads half of it
        self.script = self.folder / "odoo-bin.py"
        self.script.write_text("from odoo.cli.command import main\n\nmain()\n")
        self.keyfile = self.folder / "vault.key"
        if not self.keyfile.exists():
            self.keyfile.write_bytes(base64.b64encode(os.urandom(32)))
            self.keyfile.chmod(0o600)

    def exists(self, name):
        return bool(rows("postgres", "SELECT 1 FROM pg_database WHERE datname = %s", [name]))

    def drop(self, name):
        """Drop a database and its filestore, if there."""
        with contextlib.closing(connect()) as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        shutil.rmtree(self.filestore(name), ignore_errors=True)

    def create(self, name, template="template0"):
        """Make a database new; from a template of ours with its filestore, whose files are linked, not copied."""
        self.drop(name)
        with contextlib.closing(connect()) as connection, connection.cursor() as cursor:
            encoding = " ENCODING 'UTF8' LC_COLLATE 'C'" if template == "template0" else ""
            cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}" + encoding).format(
                sql.Identifier(name), sql.Identifier(template)))
        for store in (self.filestore(template), self.filestores and self.filestores / template):
            if store and store.is_dir():
                shutil.copytree(store, self.filestore(name), copy_function=os.link)
                return

    def rename(self, old, new):
        with contextlib.closing(connect()) as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))
        if self.filestore(old).is_dir():
            self.filestore(old).rename(self.filestore(new))

    def filestore(self, name):
        return self.data_dir / "filestore" / name

    def arguments(self, name):
        """Options of every Odoo process of this workshop."""
        addons = ",".join([*self.addons, str(odoo_folder() / "addons")])
        return [f"--addons-path={addons}", f"--data-dir={self.data_dir}", "-d", name, "--db-filter", f"^{name}$",
                "--without-demo", "--http-interface", "127.0.0.1"]

    def environment(self, **extra):
        return {
            **os.environ, "PYTHONPATH": os.pathsep.join([str(odoo_folder().parent), str(ROOT)]),
            "ODOO_RC": os.devnull, "UNICDO_VAULT_KEY_FILE": str(self.keyfile), **extra,
        }

    def odoo(self, name, *options, check=True):
        """Run Odoo to its end.

        :return: (seconds taken, log)
        """
        command = [sys.executable, "-m", "odoo", *self.arguments(name), *options]
        start = time.monotonic()
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)
        seconds = time.monotonic() - start
        if check and done.returncode:
            raise RuntimeError(f"Odoo ended with {done.returncode}: {' '.join(options)}\n{done.stderr[-6000:]}")
        return seconds, done.stderr

    def install(self, name, *modules):
        return self.odoo(name, "-i", ",".join(modules), "--stop-after-init", "--no-http")

    def shell(self, name, code, check=True):
        """Run Python in ``odoo shell``; what it prints is returned. Nothing is committed unless the code does it.

        Blocks in the code need an empty line after them.
        """
        command = [sys.executable, "-m", "odoo", "shell", *self.arguments(name), "--no-http", "--log-level=error"]
        done = subprocess.run(
            command, env=self.environment(), input=code, capture_output=True, text=True, check=False)
        if check and (done.returncode or "Traceback (most recent call last)" in done.stderr):
            raise RuntimeError(f"The shell failed:\n{done.stderr[-6000:]}")
        return done.stdout

    @contextlib.contextmanager
    def server(self, name, label, *options, **environment):
        """Start a server and end it, with the log in ``<label>.log``.

        :return: the ``Popen``; it may be killed inside
        """
        log = self.folder / f"{label}.log"
        command = [sys.executable, str(self.script), *self.arguments(name), *options]
        with log.open("a") as output:
            process = subprocess.Popen(
                command, env=self.environment(**environment), stdout=output, stderr=output, start_new_session=True)
        try:
            yield process
        finally:
            end(process, signal.SIGKILL)


def end(process, how=signal.SIGTERM, patience=20):
    """End a process started here with its children; if it does not end in time, it is killed."""
    if process.poll() is None:
        signal_group(process, how)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            signal_group(process, signal.SIGKILL)
            process.wait()


def signal_group(process, how):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)


def free_ports(count):
    """Port numbers that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _number in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def wait_until(condition, seconds, pause=0.2):
    """Wait for a condition; its last value, falsy when time ran out."""
    limit = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < limit:
        time.sleep(pause)
    return value
