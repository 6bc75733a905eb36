# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import PrivacyCase


@tagged("post_install", "-at_install")
class TestSourceDecision(PrivacyCase):
    """GOV-1: an officer decides the models that no catalogue knows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.registry.reset_changes)
        cls.rows = cls.env["unicdo.source.decision"]
        cls.custom = cls.env["ir.model"].create({
            "name": "Club cards", "model": "x_club_card", "field_id": [
                Command.create({"name": "x_number", "ttype": "char", "field_description": "Number"}),
                Command.create({"name": "x_api_key", "ttype": "char", "field_description": "Key"}),
                Command.create({"name": "x_owner_email", "ttype": "char", "field_description": "E-mail"}),
                Command.create({
                    "name": "x_owner_id", "ttype": "many2one", "relation": "res.partner", "field_description": "Owner",
                }),
                Command.create({
                    "name": "x_clerk_id", "ttype": "many2one", "relation": "res.users", "field_description": "Clerk",
                }),
            ],
        })
        cls.rows._refresh()
        cls.ann = cls.env["res.partner"].create({"name": "Ann", "email": "ann@x.example"})

    def setUp(self):
        super().setUp()
        self.officer = self._user_with_role("officer")

    def _row(self, link):
        return self.rows.with_user(self.officer).search([("model", "=", "x_club_card"), ("link", "=", link)])

    def test_a_custom_model_is_listed_with_a_proposal_and_blocks_nothing(self):
        self.assertEqual(self._row("x_owner_id").state, "undecided")
        self.assertEqual(self._row("x_owner_id").proposal, "about")
        self.assertEqual(self._row("x_clerk_id").proposal, "acted")
        self.assertNotIn("x_club_card", self.env["unicdo.data.map"]._find(self.ann))

    def test_an_accepted_proposal_takes_effect_at_once(self):
        card = self.env["x_club_card"].create({"x_number": "7", "x_owner_id": self.ann.id})
        by_mail = self.env["x_club_card"].create({"x_owner_email": "Ann <ann@x.example>"})
        (self._row("x_owner_id") | self._row("x_owner_email") | self._row("x_clerk_id")).action_accept_proposal()
        data_map = self.env["unicdo.data.map"]
        self.assertEqual(data_map._find(self.ann, ["x_club_card"])["x_club_card"].ids, sorted((card | by_mail).ids))
        found = data_map._sources()["x_club_card"]
        self.assertIn("x_number", found.fields)
        self.assertNotIn("x_api_key", found.fields)
        self.assertEqual(found.review, ("*",))
        covered = next(row for row in data_map._coverage() if row["model"] == "x_club_card")
        self.assertEqual(covered["state"], "decided")
        self.assertEqual(self._row("x_owner_id").decided_by_id, self.officer)

    def test_an_exemption_needs_a_reason(self):
        row = self._row("x_owner_email")
        with self.assertRaises(ValidationError):
            row.decision = "exempt"
        row.write({"decision": "exempt", "reason": "Always our own address."})
        self.assertEqual(row.state, "decided")

    def test_what_the_software_describes_cannot_be_changed(self):
        row = self.rows.search([("model", "=", "res.partner.bank"), ("link", "=", "partner_id")])
        self.assertEqual((row.state, row.decision), ("built_in", "about"))
        with self.assertRaises(UserError):
            row.with_user(self.officer).decision = "exempt"

    def test_a_refresh_keeps_decisions_and_repeats_nothing(self):
        self._row("x_owner_id").action_accept_proposal()
        count = self.rows.search_count([])
        self.rows._refresh()
        self.assertEqual(self.rows.search_count([]), count)
        self.assertEqual(self._row("x_owner_id").state, "decided")

    def test_only_officers_decide(self):
        row = self._row("x_owner_id")
        for role in ("user", "auditor"):
            user = self._user_with_role(role)
            self.assertTrue(row.with_user(user).model)
            with self.assertRaises(AccessError):
                row.with_user(user).action_accept_proposal()
        for role in ("helpdesk", "admin", "internal", "portal"):
            with self.assertRaises(AccessError):
                row.with_user(self._user_with_role(role)).read(["model"])

    def test_the_health_page_names_what_is_undecided(self):
        checks = {check["key"]: check for check in self.env["unicdo.health"].with_user(self.officer).get_checks()}
        self.assertEqual(checks["data_map"]["state"], "warning")
        self.assertTrue(checks["data_map"]["action"])
        self.rows.search([("state", "=", "undecided")]).with_user(self.officer).action_accept_proposal()
        checks = {check["key"]: check for check in self.env["unicdo.health"].with_user(self.officer).get_checks()}
        self.assertEqual(checks["data_map"]["state"], "ok")

    def test_lists_open_and_sources_mirror_the_map(self):
        self.env["unicdo.source"].with_user(self.officer)._open()
        self.rows.with_user(self.officer)._open()
        sources = self.env["unicdo.source"].search([])
        self.assertEqual(set(sources.mapped("key")), set(self.env["unicdo.data.map"]._sources()))
        self.assertTrue(all(row.purpose_id and row.paths for row in sources))

    def test_the_map_speaks_in_words(self):
        """GOV-1: a register that people read names fields as the screens do, not as the database does."""
        self._row("x_owner_id").action_accept_proposal()
        self._row("x_clerk_id").action_accept_proposal()
        self.env["unicdo.source"]._refresh()
        card = self.env["unicdo.source"].search([("key", "=", "x_club_card")])
        self.assertEqual(card.paths.splitlines(), ["Clerk (only acted there)", "Owner"])
        self.assertIn("Number", card.shown)
        self.assertEqual((self._row("x_owner_id").model_label, self._row("x_owner_id").link_label), ("Club cards", "Owner"))
        contacts = self.env["unicdo.source"].search([("key", "=", "res.partner")])
        self.assertIn("the record itself", contacts.paths)
        self.assertNotRegex(contacts.shown, r"[a-z]_[a-z]")
