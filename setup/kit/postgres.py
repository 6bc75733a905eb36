# SPDX-License-Identifier: LGPL-3.0-or-later
"""A PostgreSQL to work on: the one PGHOST names, else a private cluster on a Unix socket."""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import processes
from .places import REPO
from .say import Stop, call, step
from .system import ensure, postgres_folder

#: a Unix socket's path may have 107 characters at most
SOCKET_LENGTH = 107
USER = "odoo"
#: a database's description that marks it as this clone's
MADE_HERE = f"made by {REPO}/setup"
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_completion_target": "0.9",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
#: for databases that live as long as a test run
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10min"}


class Server:
    """A server that runs already: what libpq's own environment variables say."""

    #: nobody else's databases stand there
    private = False

    def __init__(self):
        self.environment = {}

    def start(self):
        """See that it answers, and that Odoo can work with it."""
        try:
            user, version = self.query("SELECT current_user, current_setting('server_version_num')").split("|")
        except Stop as stop:
            raise Stop(
                f"{stop}\nPGHOST names that server; PGPORT, PGUSER, and PGPASSWORD or ~/.pgpass say the rest.\n"
                "Without PGHOST a private server is made."
            ) from None
        if user == "postgres":
            raise Stop("Odoo refuses to work as the database user postgres. Name one who may create databases by PGUSER.")
        if int(version) < 130000:
            raise Stop(f"The server at PGHOST is PostgreSQL {int(version) // 10000}; Odoo 19 needs 13 or later.")

    def place(self, folder):
        """Where files of this server's databases go: one name may stand on several servers."""
        identifier = self.query("SELECT system_identifier FROM pg_control_system()")
        return folder.with_name(f"{folder.name}-{identifier}")

    def name(self, database):
        """What a database is called where other clones may have one of the same name."""
        return f"{database}_{_digest(REPO)}"

    def stop(self):
        """Not ours to stop."""

    def run(self, *command, check=True, log=None):
        """Run a PostgreSQL client program on this server and give back its output."""
        done = subprocess.run(
            [str(command[0]), "--no-password", *map(str, command[1:])], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False, env={**os.environ, **self.environment},
        )
        if check and done.returncode:
            raise Stop(f"PostgreSQL: {command[0]} failed:\n{done.stderr.strip()}")
        return done.stdout.strip()

    def query(self, sql, database="postgres"):
        """Result of one statement, without headers."""
        return self.run("psql", "-XqtA", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql)

    def version(self):
        """Major version as text."""
        return str(int(self.query("SHOW server_version_num")) // 10000)

    def has(self, database):
        """Whether a database exists."""
        return self.query(f"SELECT 1 FROM pg_database WHERE datname = '{database}'") == "1"

    def create(self, database, template="template0"):
        """Make a database that is known as this clone's; a template of our own is copied as it is."""
        encoding = ["-E", "UTF8", "--lc-collate=C"] if template == "template0" else []
        self.run("createdb", "-T", template, *encoding, database, MADE_HERE)

    def made_here(self, database):
        """Whether a database is this clone's."""
        sql = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{database}'"
        return self.query(sql) == MADE_HERE

    def drop(self, database):
        """Remove a database, whoever is connected."""
        self.run("dropdb", "--if-exists", "--force", database)

    def rename(self, old, new):
        """Give a database another name."""
        self.query(f'ALTER DATABASE "{old}" RENAME TO "{new}"')


class Cluster(Server):
    """A private cluster in a folder, run as an ordinary user also when we are root."""

    private = True

    def __init__(self, folder, forgetful=False):
        self.user = processes.ordinary_user()
        self.folder = _reachable(folder, self.user)
        self.sockets = self.folder / "socket"
        if len(f"{self.sockets}/.s.PGSQL.5432") > SOCKET_LENGTH:
            self.sockets = Path(f"/tmp/unicdo-{_digest(folder)}")
        self.settings = {**SETTINGS, **(FORGETFUL if forgetful else {})}
        self.environment = {"PGHOST": str(self.sockets), "PGUSER": USER, "PGPORT": "5432"}
        self.log = folder.parent / "logs/postgres.log"
        self.process = None

    def start(self):
        """Make the cluster at the first time, run it, and wait until it answers."""
        programs = postgres_folder()
        for path in (self.folder, self.sockets):
            _own(path, self.user)
        data = self.folder / f"data-{programs.parent.name}"
        if not (data / "PG_VERSION").exists():
            self._make(programs, data)
        with step("Starting PostgreSQL"):
            self._run(programs, data)

    def _run(self, programs, data):
        options = [f"-c{name}={value.strip(chr(39))}" for name, value in self.settings.items()]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as output:
            self.process = processes.start(
                [programs / "postgres", "-D", data, "-k", self.sockets, *options],
                death_signal=signal.SIGINT, user=self.user, stdout=output, stderr=output,
            )
        self._wait(programs)

    def _make(self, programs, data):
        with step("Making a private PostgreSQL cluster"):
            fresh = self.folder / "fresh"
            shutil.rmtree(fresh, ignore_errors=True)
            command = [programs / "initdb", "-D", fresh, "-U", USER, "--auth=trust", "-E", "UTF8", "--no-sync"]
            locale = ["--locale=C.UTF-8"]
            environment = {**os.environ, "LC_ALL": "C.UTF-8"}
            log = self.log.with_name("initdb.log")
            call([*command, *locale], log, "initdb", env=environment, user=self.user)
            fresh.rename(data)

    def _wait(self, programs):
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            ready = subprocess.run(
                [programs / "pg_isready", "-q", "-h", self.sockets, "-U", USER], check=False, stdin=subprocess.DEVNULL
            )
            if not ready.returncode:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
        raise Stop(f"PostgreSQL did not start. Last lines of {self.log}:\n{tail}")

    def place(self, folder):
        """The folder as it is."""
        return folder

    def name(self, database):
        """The name as it is."""
        return database

    def stop(self):
        """Fast shutdown of what we started."""
        if self.process:
            with step("Stopping PostgreSQL"):
                processes.stop(self.process, 120)
            self.process = None


def provide(folder, forgetful=False):
    """The server to use; not started yet.

    :param Path folder: where a private cluster may stand
    :param bool forgetful: fast and not safe against a power cut, for tests
    """
    if os.environ.get("PGHOST"):
        ensure("PostgreSQL client")
        return Server()
    ensure("PostgreSQL", "PostgreSQL client")
    return Cluster(folder, forgetful)


def _own(path, user):
    """Make a folder that only the server's user enters.

    :raise Stop: if somebody else has put something at its place, as they may in a folder for everybody
    """
    path.mkdir(parents=True, exist_ok=True)
    owners = {os.geteuid(), *([pwd.getpwnam(user).pw_uid] if user else [])}
    if path.is_symlink() or path.stat().st_uid not in owners:
        raise Stop(f"{path} belongs to somebody else. See what it is, and remove it.")
    if user:
        shutil.chown(path, user)
    path.chmod(0o700)


def _digest(folder):
    return hashlib.sha256(str(folder).encode()).hexdigest()[:12]


def _reachable(folder, user):
    """The folder, or one elsewhere if the user cannot get there (a clone under /root): where nobody sweeps old files."""
    if user is None:
        return folder
    entry = pwd.getpwnam(user)
    for parent in REPO, *REPO.parents:
        status = parent.stat()
        bit = 0o100 if status.st_uid == entry.pw_uid else 0o010 if status.st_gid == entry.pw_gid else 0o001
        if not status.st_mode & bit:
            return Path(f"/var/lib/unicdo-{_digest(folder)}")
    return folder
