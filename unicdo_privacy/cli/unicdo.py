# SPDX-License-Identifier: LGPL-3.0-or-later
import argparse
import contextlib
import json
import pathlib
import sys

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.service.db import list_dbs
from odoo.sql_db import db_connect
from odoo.tools import config


def say(text):
    """Print for the person at the terminal."""
    sys.stdout.write(f"{text}\n")


class Unicdo(Command):
    """Vault and audit ledger of the privacy modules.

    keygen    make a key for the vault and print it; nothing is stored
    check     prove that every stored data key opens with the configured keys, or with those of --key-file
    verify    check the audit ledger and name the first bad event
    dropped   list what databases that are gone, or are another now, left below the data directory
    adopt     this database continues the vault: after a rename or a move, or when the vault's folder was lost
    new-vault this database is a copy made on purpose: give it a vault of its own
    """

    def run(self, args):
        """Called by ``odoo unicdo``; exits with 1 when something is wrong."""
        parser = self.parser
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.add_argument("action", choices=["keygen", "check", "verify", "dropped", "adopt", "new-vault"])
        parser.add_argument("-d", "--database", help="database, for all but keygen and dropped")
        parser.add_argument("-c", "--config", help="configuration file")
        parser.add_argument("-D", "--data-dir", help="data directory")
        parser.add_argument("--key-file", help="for check: try the keys in this file, such as the copy from the safe")
        options = parser.parse_args(args)
        shared = [f"{name}={value}" for name, value in (
            ("--config", options.config), ("--data-dir", options.data_dir),
        ) if value]
        config.parse_config([*shared, "--no-http", "--log-level=warn"], setup_logging=True)
        action = getattr(self, f"_{options.action.replace('-', '_')}")
        if options.action in ("keygen", "dropped"):
            sys.exit(action())
        if not options.database:
            parser.error("which database? Name it with -d")
        with self._environment(options.database) as env:
            code = action(env, options)
        sys.exit(code)

    @contextlib.contextmanager
    def _environment(self, database):
        # looked at before Odoo opens it, who would leave a table in a database that is not its own
        try:
            with db_connect(database).cursor() as cr:
                cr.execute("SELECT to_regclass('unicdo_ledger_event')")
                [installed] = cr.fetchone()
        except psycopg2.OperationalError as error:
            sys.exit(f"The database {database} cannot be opened: {error}".strip())
        if not installed:
            sys.exit(f"The privacy modules are not installed in {database}.")
        with Registry(database).cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def _keygen(self):
        from odoo.addons.unicdo_privacy.tools import sealing  # noqa: PLC0415 - commands load without the addon

        say(sealing.format_key(sealing.new_key()))
        return 0

    def _check(self, env, options):
        from odoo.addons.unicdo_privacy.tools import sealing  # noqa: PLC0415 - commands load without the addon

        vault, ring = env["unicdo.vault"], None
        if options.key_file:
            try:
                ring = sealing.KeyRing(sealing.parse_keys(pathlib.Path(options.key_file).read_text("utf-8")))
            except (OSError, ValueError) as error:
                say(f"The key file cannot be used: {error}")
                return 1
        status = vault._status()
        if status != "ready" and not (ring and status == "no_key"):
            say(vault._status_text(status))
            return 1
        found = vault._check_recoverable(ring)
        for name, count in found["by_kek"].items():
            say(f"{count} data keys open with key {name}")
        for what, text in (("missing", "have no file any more"), ("closed", "do not open with these keys")):
            if found[what]:
                say(f"{len(found[what])} data keys {text}: {found[what][:20]}")
        say(f"{found['good']} data keys can be recovered, {len(found['missing']) + len(found['closed'])} cannot.")
        return 1 if found["missing"] or found["closed"] else 0

    def _verify(self, env, _options):
        found = env["unicdo.ledger.event"]._verify()
        if found:
            event = f", event {found['event']}" if found["event"] else ""
            say(f"Block {found['block']}{event}: {found['reason']}")
            return 1
        head = env["unicdo.ledger.block"]._head()
        waiting = env["unicdo.ledger.block"]._pending()["count"]
        say(f"The ledger is as it was sealed. {waiting} events wait to be sealed.")
        if head:
            say(f"Newest block: {head['number']}, hash {head['hash']}")
        return 0

    def _adopt(self, env, _options):
        env["unicdo.vault"]._take_over()
        say("This database owns its vault's folder now.")
        return 0

    def _new_vault(self, env, _options):
        env["unicdo.vault"]._renew()
        say("This database has a vault of its own now. What the original sealed stays closed here.")
        return 0

    def _dropped(self):
        databases = set(list_dbs(force=True))
        left = 0
        for folder in sorted((pathlib.Path(config["data_dir"]) / "unicdo").glob("*")):
            try:
                name = json.loads((folder / "owner.json").read_text("utf-8"))["database"]
            except (OSError, ValueError, KeyError):
                name = None
            if name in databases and self._vault_id_of(name) == folder.name:
                continue
            files = [path for path in folder.rglob("*") if path.is_file()]
            size = sum(path.stat().st_size for path in files)
            say(f"{folder}: {len(files)} files, {size} bytes, of database {name or 'unknown'}")
            left += 1
        say(f"{left} folders belong to no database here. Remove them once nobody needs a dump of those databases.")
        return 1 if left else 0

    def _vault_id_of(self, database):
        with db_connect(database).cursor() as cr:
            cr.execute("SELECT to_regclass('ir_config_parameter')")
            if not cr.fetchone()[0]:
                return None
            cr.execute("SELECT value FROM ir_config_parameter WHERE key = 'unicdo.vault_id'")
            return (cr.fetchone() or [None])[0]
