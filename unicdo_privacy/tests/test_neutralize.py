# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.modules.neutralize import neutralize_database
from odoo.tests import tagged

from ..models.unicdo_vault import ID_PARAMETER
from ..models.unicdo_vault_key import data_key
from .common import PrivacyCase
from .vault_common import VaultMixin


@tagged("post_install", "-at_install")
class TestNeutralize(VaultMixin, PrivacyCase):
    """A neutralized copy never mails, calls hooks, erases or opens the vault (DESIGN 4)."""

    def setUp(self):
        super().setUp()
        self.vault = self.env["unicdo.vault"]
        self.key = self.env["unicdo.vault.key"]._new("res.partner", 1, "test")
        self.sealed = self.key._seal(b"x")
        self.file = self.vault._root() / "keys" / self.key.name[:2] / self.key.name
        plan = {"res_model": self.key._name, "res_id": self.key.id, "kind": "rewrap", "payload": {"ids": self.key.ids}}
        self.work = self.env["unicdo.work"]._enqueue([plan])
        self.env.flush_all()
        neutralize_database(self.env.cr)
        self.env.invalidate_all()

    def test_the_vault_opens_seals_and_destroys_nothing(self):
        self.assertEqual(self.vault._status(), "neutralized")
        for call in (
            lambda: self.env["unicdo.vault.key"]._new("res.partner", 1, "test"),
            lambda: self.key._seal(b"y"),
            lambda: data_key(self.key),
            self.key._destroy,
            self.vault._take_over,
            self.vault._renew,
            self.vault._plan_rewrap,
        ):
            with self.assertRaisesRegex(UserError, "neutralized"):
                call()
        self.vault._upkeep()
        self.assertTrue(self.file.exists())

    def test_even_set_live_again_it_does_not_find_the_originals_vault(self):
        self.env["ir.config_parameter"].search([("key", "=", "database.is_neutralized")]).unlink()
        self.assertEqual(self.vault._status(), "no_store")
        with self.assertRaises(UserError):
            data_key(self.key)
        self.assertTrue(self.file.exists())

    def test_planned_work_stays_undone_and_our_jobs_sleep(self):
        self.assertEqual(self.work.state, "cancelled")
        crons = self.env["ir.model.data"].search([("model", "=", "ir.cron"), ("module", "=like", "unicdo%")])
        self.assertGreaterEqual(len(crons), 6)
        self.assertFalse(self.env["ir.cron"].browse(crons.mapped("res_id")).exists().filtered("active"))

    def test_the_ledger_is_not_sealed(self):
        self.env["unicdo.ledger.event"]._record("a.b")
        self.assertFalse(self.env["unicdo.ledger.block"]._seal_pending())
        self.assertFalse(self.env["ir.config_parameter"].search([("key", "=", ID_PARAMETER)]))
