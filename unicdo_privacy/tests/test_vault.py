# SPDX-License-Identifier: LGPL-3.0-or-later
import os
import shutil
import tempfile
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import unicdo_vault
from ..models.unicdo_vault_key import data_key
from ..tools import guard, sealing
from .common import PrivacyCase
from .vault_common import VaultMixin


class VaultCase(VaultMixin, PrivacyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vault = cls.env["unicdo.vault"]
        cls.keys = cls.env["unicdo.vault.key"]

    def new_key(self, res_id=1, purpose="test"):
        return self.keys._new("res.partner", res_id, purpose)

    def open(self, key, data):
        with guard.opening():
            return key._open(data)

    def read(self, key, path):
        with guard.opening(), key._reader(path) as reader:
            return b"".join(reader.read_range())

    def file_of(self, key):
        return self.vault._root() / "keys" / key.name[:2] / key.name

    def environment(self, **values):
        return patch.dict(os.environ, {"UNICDO_VAULT_KEY": "", "UNICDO_VAULT_KEY_FILE": "", **values})


@tagged("post_install", "-at_install")
class TestVault(VaultCase):
    """GOV-9: secrets, packages and recordings are sealed (DESIGN 4)."""

    def test_what_was_sealed_opens_with_its_key_only(self):
        key, other = self.new_key(1), self.new_key(2)
        sealed = key._seal(b"Ann's number")
        self.assertNotIn(b"Ann", sealed)
        self.assertEqual(self.open(key, sealed), b"Ann's number")
        with self.assertRaises(sealing.SealError):
            self.open(other, sealed)

    def test_no_key_stands_in_the_database(self):
        key = self.new_key()
        row = str(key.read()[0])
        secret = data_key(key)
        self.assertNotIn(secret.hex(), row)
        self.assertNotIn(sealing.format_key(secret), row)
        self.assertNotIn(secret, self.file_of(key).read_bytes())

    def test_rows_and_key_files_cannot_be_swapped(self):
        one, two = self.new_key(1), self.new_key(2)
        sealed = one._seal(b"x")
        shutil.copy(self.file_of(one), self.file_of(two))
        with self.assertRaises(sealing.SealError):
            self.open(two, sealed)
        one.sudo().res_id = 3
        with self.assertRaises(sealing.SealError):
            self.open(one, sealed)

    def test_a_destroyed_key_opens_nothing_and_destroying_again_is_fine(self):
        key = self.new_key()
        sealed = key._seal(b"x")
        path = self.file_of(key)
        key._destroy()
        key._destroy()
        self.assertFalse(path.exists())
        self.assertTrue(key.destroyed_at)
        with self.assertRaises(sealing.SealError):
            self.open(key, sealed)
        with self.assertRaises(sealing.SealError):
            key._seal(b"y")

    def test_destroying_needs_no_key_encryption_key(self):
        key = self.new_key()
        with self.environment():
            key._destroy()
        self.assertFalse(self.file_of(key).exists())

    def test_a_file_is_sealed_and_read_in_parts(self):
        key = self.new_key()
        path = self.vault._folder("packages") / "one"
        data = os.urandom(300_000)
        with key._writer(path) as writer:
            writer.write(data[:5])
            writer.write(data[5:])
        with guard.opening(), key._reader(path) as reader:
            self.assertEqual(reader.size, 300_000)
            self.assertEqual(b"".join(reader.read_range(65_000, 200_001)), data[65_000:200_001])
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)

    def test_a_file_can_be_written_again(self):
        key = self.new_key()
        path = self.vault._folder("packages") / "again"
        for data in (b"first", b"second"):
            with key._writer(path) as writer:
                writer.write(data)
        self.assertEqual(self.read(key, path), b"second")

    def test_an_interrupted_file_leaves_nothing(self):
        key = self.new_key()
        folder = self.vault._folder("broken")
        with self.assertRaises(ValueError), key._writer(folder / "one") as writer:
            writer.write(b"x" * 100_000)
            raise ValueError
        self.assertEqual(list(folder.iterdir()), [])

    def test_a_tampered_cut_or_missing_file_is_refused(self):
        key = self.new_key()
        path = self.vault._folder("packages") / "tampered"
        with key._writer(path) as writer:
            writer.write(os.urandom(100_000))
        whole = path.read_bytes()
        for content in (whole[:-1], whole[:65_600], whole[:50] + b"\x00" + whole[51:], b""):
            path.write_bytes(content)
            with self.assertRaises(sealing.SealError):
                self.read(key, path)
        path.unlink()
        with self.assertRaises(sealing.SealError):
            self.read(key, path)

    def test_a_file_can_be_read_after_its_cursor_is_gone(self):
        key = self.new_key()
        path = self.vault._folder("packages") / "late"
        with key._writer(path) as writer:
            writer.write(b"late")
        with guard.opening(), key._reader(path) as reader:
            query_count = self.env.cr.sql_log_count
            self.assertEqual(b"".join(reader.read_range()), b"late")
            self.assertEqual(self.env.cr.sql_log_count, query_count)

    def test_a_key_in_use_cannot_be_deleted(self):
        key = self.new_key()
        with self.assertRaises(UserError):
            key.unlink()
        key._destroy()
        key.unlink()


@tagged("post_install", "-at_install")
class TestVaultKeys(VaultCase):
    """Key-encryption keys: where they come from, and how they change (DESIGN 4)."""

    def test_without_a_key_nothing_is_stored_and_the_message_says_what_to_do(self):
        with self.environment():
            self.assertEqual(self.vault._status(), "no_key")
            with self.assertRaisesRegex(UserError, "keygen"):
                self.new_key()
        self.assertFalse(self.keys.search([("purpose", "=", "test")]))

    def test_a_wrong_key_counts_as_none_and_is_not_shown(self):
        with self.environment(UNICDO_VAULT_KEY="not-a-key"):
            self.assertEqual(self.vault._status(), "no_key")
            with self.assertRaises(UserError) as caught:
                unicdo_vault.key_ring(self.env)
        self.assertNotIn("not-a-key", str(caught.exception))

    def test_keys_come_from_a_file_named_in_the_environment_or_in_the_configuration(self):
        with tempfile.TemporaryDirectory() as folder:
            path, conf = os.path.join(folder, "key"), os.path.join(folder, "odoo.conf")
            with open(path, "w") as target:
                target.write(f"# ours\n{self.vault_key}\n")
            with open(conf, "w") as target:
                target.write(f"[options]\n[unicdo]\nvault_key_file = {path}\n")
            with self.environment(UNICDO_VAULT_KEY_FILE=path):
                self.assertEqual(self.vault._status(), "ready")
            with self.environment(), patch.dict(unicdo_vault.config.options, {"config": conf}):
                self.assertEqual(self.vault._status(), "ready")
        with self.environment(UNICDO_VAULT_KEY_FILE=path):
            self.assertEqual(self.vault._status(), "no_key")

    def test_a_new_first_key_wraps_all_keys_anew_in_the_background(self):
        keys = [self.new_key(number) for number in range(5)]
        sealed = [key._seal(b"content") for key in keys]
        keys[0]._destroy()
        new = sealing.format_key(sealing.new_key())
        both = f"{new},{self.vault_key}"
        with self.environment(UNICDO_VAULT_KEY=both), patch.object(unicdo_vault, "REWRAP_BATCH", 2):
            self.assertEqual(self.vault._plan_rewrap(), 4)
            work = self.env["unicdo.work"].search([("kind", "=", "rewrap")])
            self.assertEqual(len(work), 2)
            for row in work:
                row._perform()
                row._perform()
            self.assertEqual(set(work.mapped("state")), {"done"})
            self.assertEqual(self.vault._plan_rewrap(), 0)
        with self.environment(UNICDO_VAULT_KEY=new):
            self.assertEqual([self.open(key, data) for key, data in zip(keys[1:], sealed[1:])], [b"content"] * 4)
        self.assertFalse(self.file_of(keys[0]).exists())
        with self.assertRaises(sealing.SealError):
            self.open(keys[1], sealed[1])

    def test_recovery_is_proven_key_by_key(self):
        good, missing, closed = self.new_key(1), self.new_key(2), self.new_key(3)
        self.file_of(missing).unlink()
        self.file_of(closed).write_bytes(b"rubbish")
        found = self.vault._check_recoverable()
        self.assertEqual((found["good"], found["missing"], found["closed"]), (1, missing.ids, closed.ids))
        self.assertEqual(found["by_kek"], {good.kek: 1})
        with self.assertRaises(UserError), self.environment():
            self.vault._check_recoverable()


@tagged("post_install", "-at_install")
class TestVaultUpkeep(VaultCase):
    """What a rolled back transaction, a lost file or a restored dump leaves (DESIGN 4)."""

    def age(self, path):
        os.utime(path, (1, 1))

    def test_a_key_file_of_a_rolled_back_transaction_goes_after_a_day(self):
        self.new_key(1)
        savepoint = self.env.cr.savepoint()
        with savepoint:
            path = self.file_of(self.new_key(2))
            savepoint.rollback()
        self.env.invalidate_all()
        self.vault._upkeep()
        self.assertTrue(path.exists())
        self.age(path)
        self.vault._upkeep()
        self.assertFalse(path.exists())

    def test_a_key_in_use_stays_however_old(self):
        key = self.new_key()
        self.age(self.file_of(key))
        self.vault._upkeep()
        self.assertTrue(self.file_of(key).exists())

    def test_a_row_whose_file_is_gone_is_marked_destroyed(self):
        key, other = self.new_key(1), self.new_key(2)
        self.file_of(key).unlink()
        self.vault._upkeep()
        self.assertTrue(key.destroyed_at)
        self.assertFalse(other.destroyed_at)

    def test_too_much_missing_at_once_stops_and_is_reported(self):
        keys = [self.new_key(number) for number in range(3)]
        shutil.rmtree(self.vault._root() / "keys")
        with patch.object(unicdo_vault, "TOO_MANY", 2), self.assertLogs("odoo.addons.unicdo_privacy", "ERROR"):
            self.vault._upkeep()
        self.assertFalse(any(key.destroyed_at for key in keys))


@tagged("post_install", "-at_install")
class TestVaultOwner(VaultCase):
    """A copy never touches the original's files; a restored dump goes on (DESIGN 4)."""

    def become_another(self):
        """As core's duplicate does: another ``database.uuid``."""
        self.env["ir.config_parameter"].set_param("database.uuid", "another")

    def test_a_copy_reads_seals_and_destroys_nothing(self):
        key = self.new_key()
        path = self.file_of(key)
        sealed = key._seal(b"x")
        self.become_another()
        self.assertEqual(self.vault._status(), "foreign")
        os.utime(path, (1, 1))
        self.keys.search([]).sudo().destroyed_at = fields.Datetime.now()
        self.vault._upkeep()
        self.keys.search([]).sudo().destroyed_at = False
        for call in (self.new_key, key._destroy, lambda: key._seal(b"y"), lambda: self.open(key, sealed)):
            with self.assertRaisesRegex(UserError, "another database"):
                call()
        self.assertTrue(path.exists())

    def test_a_copy_made_on_purpose_gets_a_vault_of_its_own(self):
        key = self.new_key()
        sealed, path, old_root = key._seal(b"x"), self.file_of(key), self.vault._root()
        self.become_another()
        self.vault._renew()
        self.assertEqual(self.vault._status(), "ready")
        fresh = self.new_key(9)
        self.assertEqual(self.open(fresh, fresh._seal(b"new")), b"new")
        with self.assertRaises(sealing.SealError):
            self.open(key, sealed)
        self.assertNotEqual(self.vault._root(), old_root)
        self.assertTrue(path.exists())

    def test_the_owner_cannot_lose_its_vault_by_asking_for_a_new_one(self):
        self.new_key()
        with self.assertRaises(UserError):
            self.vault._renew()

    def test_a_renamed_database_goes_on_after_an_officers_word(self):
        key = self.new_key()
        sealed = key._seal(b"x")
        self.become_another()
        self.vault._take_over()
        self.assertEqual(self.vault._status(), "ready")
        self.assertEqual(self.open(key, sealed), b"x")

    def test_a_folder_that_is_not_there_is_not_taken_for_an_empty_one(self):
        key = self.new_key()
        shutil.rmtree(self.vault._root())
        self.assertEqual(self.vault._status(), "no_store")
        self.vault._upkeep()
        self.assertFalse(key.destroyed_at)
        with self.assertRaises(UserError):
            self.new_key()

    def test_the_note_of_another_name_is_a_stranger(self):
        self.new_key()
        note = self.vault._owner_path()
        note.write_text(note.read_text().replace(self.env.cr.dbname, "production"))
        self.assertEqual(self.vault._status(), "foreign")

    def test_a_changed_vault_id_leads_to_no_other_folder(self):
        self.env["ir.config_parameter"].set_param(unicdo_vault.ID_PARAMETER, "../../etc")
        with self.assertRaises(UserError):
            self.vault._root()


@tagged("post_install", "-at_install")
class TestVaultGuard(VaultCase):
    """Sealed content is handed to the people it concerns and to nothing else (DESIGN 7)."""

    def test_nothing_opens_unless_a_modules_code_says_so(self):
        key = self.new_key()
        sealed = key._seal(b"x")
        for call in (lambda: key._open(sealed), lambda: key.sudo()._open(sealed), lambda: key._derive(b"x")):
            with self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError), key._reader(self.vault._folder("x") / "y"):
            pass

    @mute_logger("odoo.addons.base.models.ir_actions")
    def test_a_server_action_opens_nothing_even_inside_a_job(self):
        """Neither an administrator's action nor a cron's own code; a job's function may, but hands nothing back."""
        key = self.new_key()
        self.env["ir.config_parameter"].set_param("unicdo.test", key._seal(b"x").hex())
        action = self.env["ir.actions.server"].create({
            "name": "Steal",
            "model_id": self.env["ir.model"]._get_id("unicdo.vault.key"),
            "state": "code",
            "code": f"sealed = env['ir.config_parameter'].get_param('unicdo.test')\n"
                    f"env['unicdo.vault.key'].browse({key.id})._open(bytes.fromhex(sealed))",
        })
        for context in (guard.opening(), guard.action_code()):
            with self.assertRaises(AccessError), context:
                action.run()

    def test_no_method_gives_a_key_away(self):
        """Code typed into the database can call every method of a record, but no function of a module."""
        for secret in ("_data_key", "_key_ring", "_configured_keys"):
            self.assertFalse(hasattr(self.keys, secret) or hasattr(self.vault, secret))

    def test_roles_read_names_of_keys_at_most(self):
        key = self.new_key()
        officer = self._user_with_role("officer")
        self.assertTrue(key.with_user(officer).read(["name"]))
        for role in ("admin", "user", "helpdesk", "auditor", "internal", "portal"):
            with self.assertRaises(AccessError):
                key.with_user(self._user_with_role(role)).read(["name"])
        with self.assertRaises(AccessError):
            key.with_user(officer).write({"purpose": "x"})

    def test_the_panel_is_the_officers(self):
        officer = self._user_with_role("officer")
        panel = self.env["unicdo.vault.panel"].with_user(officer).create({})
        self.assertEqual(panel.status, "ready")
        panel.action_check()
        panel.action_rewrap()
        with self.assertRaises(AccessError):
            panel.with_user(self._user_with_role("admin")).action_renew()
        self.become_copy()
        panel.invalidate_recordset()
        self.assertEqual(panel.status, "foreign")
        panel.action_renew()

    def become_copy(self):
        self.new_key()
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
