# SPDX-License-Identifier: LGPL-3.0-or-later
"""./setup/run: Odoo with the suite, ready to sign in."""

import argparse
import base64
import hashlib
import json
import os
import re
import socket
import time
import urllib.error
import urllib.request

from . import browser_files, cached, databases, mail, odoo_process, odoo_source, postgres, processes, python_env
from .places import REPO, STATE, suite_modules
from .say import Stop, main, say, step
from .system import ensure

FOLDER = STATE / "run"
HOST = "127.0.0.1"
PORT = 8069
#: sign-in → who that is, in the order they are shown; each has its own name as password
PEOPLE = {"admin": "administrator", "officer": "privacy officer", "portal": "portal user"}
#: links in mails lead to this run's port, not to the one that made the template; a name given by a person stays
OWN_ADDRESS = (
    "UPDATE ir_config_parameter SET value = '{}' WHERE key = 'web.base.url' AND"
    r" value ~ '^http://(localhost|127\.0\.0\.1):\d+$'"
)
#: seconds until Odoo must answer
START_LIMIT = 300


class Run:
    """One run of the server."""

    def __init__(self, options):
        self.port = options.port
        self.database = options.db
        self.reset = options.reset
        self.demo = not options.no_demo
        self.modules = options.modules or suite_modules()

    def do(self):
        """Bring everything, serve until Ctrl-C; the exit code."""
        _see_that_port_is_free(self.port)
        ensure("libmagic")
        browser_files.serve()
        odoo = odoo_source.find()
        self.prints = _fingerprints(self.modules, odoo.manifests())
        python = python_env.odoo_python()
        server = postgres.provide(FOLDER / "postgres")
        mails = mail.Catcher(python, FOLDER / "mail", FOLDER / "logs/mail.log")
        try:
            server.start()
            self.runner = self._runner(odoo, python, server, mails)
            #: what we know of the database: absent until it is whole
            self.record = self.runner.folder / f"{self.database}.json"
            self._prepare(databases.Databases(server, self.runner))
            return self._serve(server, mails)
        finally:
            mails.stop()
            server.stop()

    def _runner(self, odoo, python, server, mails):
        key = _vault_key()
        options = {"http_port": self.port, "db_name": self.database, "dbfilter": f"^{re.escape(self.database)}$"}
        options |= mails.options()
        sections = f"\n[unicdo]\nvault_key_file = {key}\n"
        runner = odoo_process.Runner(odoo, python, server, server.place(FOLDER), [REPO], options, sections)
        runner.extra_environment = {"UNICDO_VAULT_KEY_FILE": str(key)}
        return runner

    def _prepare(self, all_databases):
        """See that the database is there with the modules as they stand now."""
        known = json.loads(self.record.read_text()) if self.record.exists() else {}
        exists = all_databases.owns(self.database)
        if exists and known and not self.reset and known["demo"] != self.demo:
            word = "with" if known["demo"] else "without"
            raise Stop(f"The database {self.database} was made {word} demo data. Make it new with --reset.")
        if self.reset or not (exists and known):
            self.record.unlink(missing_ok=True)
            all_databases.create(self.database, databases.demo_template() if self.demo else databases.plain_template())
            known = {"demo": self.demo, "modules": {}}
        self._install(known)

    def _install(self, known):
        """Install what is new and upgrade what has changed since."""
        arguments = []
        if fresh := sorted(set(self.prints) - set(known["modules"])):
            arguments += ["-i", ",".join(fresh)]
        changed = sorted(name for name, print_ in self.prints.items() if known["modules"].get(name, print_) != print_)
        if changed:
            arguments += ["-u", ",".join(changed)]
        if arguments:
            log = self.runner.logs / "install.log"
            names = ", ".join([*fresh, *changed])
            with step(f"Installing {names}"):
                self.runner.run(["-d", self.database, *arguments, "--stop-after-init", "--no-http"], log, "Installing")
            known["modules"].update(self.prints)
            self.record.write_text(json.dumps(known, indent=1))

    def _serve(self, server, mails):
        server.query(OWN_ADDRESS.format(f"http://{HOST}:{self.port}"), self.database)
        log = self.runner.logs / "odoo.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            process = self.runner.start([], output)
            try:
                with step("Starting Odoo"):
                    _wait_until_it_answers(process, self.port, log)
                self._welcome(server, mails, log)
                process.wait()
                raise Stop(f"Odoo ended by itself ({process.returncode}). Its log: {log}")
            except KeyboardInterrupt:
                say("\nStopping.")
                return 0
            finally:
                processes.stop(process)

    def _welcome(self, server, mails, log):
        logins = server.query("SELECT login FROM res_users WHERE active", self.database).splitlines()
        say(f"\nReady: http://{HOST}:{self.port}")
        for login, who in PEOPLE.items():
            if login in logins:
                say(f"  {who + ':':<18}{login} / {login}")
        say(f"Mails come here, the last as newest.eml: {mails.folder}")
        say(f"Log: {log}\nCtrl-C stops it.")


def _see_that_port_is_free(port):
    if problem := _why_not(port):
        other = next(number for number in range(PORT, 65536) if not _why_not(number))
        raise Stop(f"Port {port} cannot be used: {problem}. Choose another:\n    ./setup/run --port {other}")


def _why_not(port):
    """What hinders us from listening on a port, or nothing."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.strerror
    return ""


def _vault_key():
    """File with the key that seals this clone's secrets; made at the first run."""
    path = FOLDER / "vault.key"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            handle.write(base64.b64encode(os.urandom(32)) + b"\n")
        fresh.rename(path)
    return path


def _fingerprints(modules, odoo_modules):
    """Module name → what changes when a file of one of our modules does; Odoo's own stay as they are.

    :raise Stop: if there is no such module
    """
    prints = {}
    for module in modules:
        if (REPO / module / "__manifest__.py").exists():
            prints[module] = _fingerprint(REPO / module)
        elif module in odoo_modules:
            prints[module] = ""
        else:
            raise Stop(f"There is no module {module}, neither in this clone nor in Odoo.")
    return prints


def _fingerprint(folder):
    content = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            content.update(str(path.relative_to(folder)).encode())
            content.update(path.read_bytes())
    return content.hexdigest()


def _wait_until_it_answers(process, port, log):
    limit = time.monotonic() + START_LIMIT
    while time.monotonic() < limit:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/web/login", timeout=60) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise Stop(f"Odoo did not start. Last lines of {log}:\n{tail}")


def _port(text):
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def _names(text):
    return [name.strip() for name in text.split(",") if name.strip()]


def run(arguments):
    """Entry point."""
    parser = argparse.ArgumentParser(prog="./setup/run", description="Serve Odoo 19 with the suite on this machine.")
    parser.add_argument("--port", type=_port, default=PORT, help=f"TCP port on {HOST} ({PORT})")
    parser.add_argument("--db", default="unicdo", help="name of the database (unicdo)")
    parser.add_argument("--reset", action="store_true", help="make the database new; what is in it is lost")
    parser.add_argument(
        "--modules", metavar="LIST", type=_names, help="install these, comma-separated, not all of the suite's"
    )
    parser.add_argument("--no-demo", action="store_true", help="without demo data")
    options = parser.parse_args(arguments)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", options.db):
        raise Stop("A database's name has letters, digits, '_', '.' and '-' only, and starts with a letter or digit.")

    def busy():
        raise Stop("Another ./setup/run serves from this clone. Stop it first (Ctrl-C there).")

    with cached.locked(STATE / "run.lock", busy):
        return Run(options).do()


if __name__ == "__main__":
    main(run)
