# SPDX-License-Identifier: LGPL-3.0-or-later
"""The vault beside real dumps, copies, renames and drops of a database."""
import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.quiet

#: databases of a process carry its number, so that several runs may share a server
NAME, COPY = f"unicdo_fault_vault_{os.getpid()}", f"unicdo_fault_vault_copy_{os.getpid()}"

MAKE = """
vault, keys = env["unicdo.vault"], env["unicdo.vault.key"]
kept, lost = keys._new("res.partner", 1, "kept"), keys._new("res.partner", 2, "lost")
for key in (kept, lost):
    env["ir.config_parameter"].set_param(f"fault.{key.purpose}", key._seal(key.purpose.encode()).hex())
    with key._writer(vault._folder("fault") / key.purpose) as writer:
        writer.write(b"x" * 200_000)
for number in range(3):
    env["unicdo.ledger.event"]._record("fault.event", detail={"number": number})
block = env["unicdo.ledger.block"]._seal_pending()
env.cr.commit()
"""
LOOK = """
import json
from odoo.addons.unicdo_privacy.tools import guard
vault = env["unicdo.vault"]
seen = {"status": vault._status(), "ledger": env["unicdo.ledger.event"]._verify()}
for purpose in ("kept", "lost"):
    key = env["unicdo.vault.key"].search([("purpose", "=", purpose)], limit=1)
    sealed = bytes.fromhex(env["ir.config_parameter"].get_param(f"fault.{purpose}"))
    try:
        with guard.opening():
            seen[purpose] = key._open(sealed).decode()
            with key._reader(vault._root() / "fault" / purpose) as reader:
                seen[purpose] += str(reader.size)
    except Exception as error:
        seen[purpose] = type(error).__name__
print("SEEN" + json.dumps(seen))
"""
DESTROY = """
env["unicdo.vault.key"].search([("purpose", "=", "lost")])._destroy()
env.cr.commit()
"""


@pytest.fixture(scope="module")
def shop(bench):
    """The workshop, with one database whose vault holds two keys."""
    name = bench.copy("vault")
    assert name == NAME
    bench.made.append(COPY)
    bench.shell(NAME, MAKE)
    return bench


def rc(shop):
    """A configuration file, since subcommands take no server options from the command line."""
    path = shop.folder / "odoo.conf"
    options = dict(argument[2:].split("=") for argument in shop.arguments(NAME) if "=" in argument)
    path.write_text(f"[options]\naddons_path = {options['addons-path']}\ndata_dir = {options['data-dir']}\n")
    return str(path)


def command(shop, *words):
    """Run ``odoo unicdo``.

    :return: (exit code, what it printed, with the errors if it failed)
    """
    done = subprocess.run(
        [sys.executable, "-m", "odoo", "unicdo", *words], env={**shop.environment(), "ODOO_RC": rc(shop)},
        capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + (done.stderr if done.returncode else "")


def look(shop, name):
    return json.loads(shop.shell(name, LOOK).split("SEEN")[1].splitlines()[0])


def test_an_old_dump_does_not_open_what_was_destroyed_since(shop, tmp_path):
    """GOV-9: destroying the key destroys the content, backups of the database included."""
    assert look(shop, NAME) == {"status": "ready", "ledger": None, "kept": "kept200000", "lost": "lost200000"}
    dump = tmp_path / "old.dump"
    subprocess.run(["pg_dump", "-Fc", "-f", dump, NAME], check=True)
    shop.shell(NAME, DESTROY)
    shop.drop(NAME)
    subprocess.run(["createdb", NAME], check=True)
    subprocess.run(["pg_restore", "--no-owner", "-d", NAME, dump], check=True)
    assert look(shop, NAME) == {"status": "ready", "ledger": None, "kept": "kept200000", "lost": "SealError"}
    code, text = command(shop, "check", "-d", NAME)
    assert code == 1
    assert "cannot" in text


def test_a_raw_copy_touches_nothing_until_it_gets_a_vault_of_its_own(shop):
    shop.create(COPY, template=NAME)
    seen = look(shop, COPY)
    assert (seen["status"], seen["kept"]) == ("foreign", "UserError")
    assert look(shop, NAME)["kept"] == "kept200000"
    assert command(shop, "new-vault", "-d", COPY)[0] == 0
    assert look(shop, COPY)["kept"] == "SealError"
    seen = look(shop, NAME)
    assert (seen["status"], seen["kept"]) == ("ready", "kept200000")


def test_a_key_from_the_safe_is_proven_and_a_wrong_one_is_not(shop, tmp_path):
    safe = tmp_path / "safe"
    safe.write_text(shop.keyfile.read_text())
    shop.shell(NAME, 'env["unicdo.vault"]._upkeep(); env.cr.commit()')
    assert command(shop, "check", "-d", NAME, "--key-file", str(safe))[0] == 0
    safe.write_text(command(shop, "keygen")[1])
    code, text = command(shop, "check", "-d", NAME, "--key-file", str(safe))
    assert code == 1
    assert "do not open" in text


def test_the_ledger_is_verified_from_the_command_line(shop):
    assert command(shop, "verify", "-d", NAME)[0] == 0
    shop.shell(NAME, """
env.cr.execute("ALTER TABLE unicdo_ledger_event DISABLE TRIGGER ALL")
env.cr.execute("UPDATE unicdo_ledger_event SET detail = '{}' WHERE detail->>'number' = '1'")
env.cr.commit()
""")
    code, text = command(shop, "verify", "-d", NAME)
    assert code == 1
    assert "Block 1, event" in text


def test_a_renamed_database_goes_on_after_adopting(shop):
    shop.drop(COPY)
    shop.rename(NAME, COPY)
    assert look(shop, COPY)["status"] == "foreign"
    assert command(shop, "adopt", "-d", COPY)[0] == 0
    assert look(shop, COPY)["kept"] == "kept200000"


def test_files_of_a_dropped_database_are_reported(shop):
    # the vault that the first copy got for itself lies there already
    before = command(shop, "dropped")[1].count("of database")
    shop.drop(COPY)
    code, text = command(shop, "dropped")
    assert code == 1
    assert text.count(f"of database {COPY}") == before + 1 == 2


@pytest.mark.parametrize(("database", "reason"), [("nowhere", "does not exist"), ("postgres", "are not installed in")])
def test_a_database_that_is_not_ours_is_named_and_left_alone(shop, database, reason):
    tables = ["psql", "-XAtc", "SELECT tablename FROM pg_tables WHERE schemaname = 'public'", "-d", "postgres"]
    before = subprocess.check_output(tables)
    code, text = command(shop, "verify", "-d", database)
    assert code == 1
    assert reason in text
    assert "Traceback" not in text
    assert subprocess.check_output(tables) == before
