# SPDX-License-Identifier: LGPL-3.0-or-later
import json
from contextlib import ExitStack
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import InsufficientPrivilege

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models import unicdo_ledger_block
from ..tools import append_only
from .common import PrivacyCase, recorded_kinds
from .vault_common import VaultMixin

TABLES = ("unicdo_ledger_event", "unicdo_ledger_leaf", "unicdo_ledger_block")


class LedgerCase(VaultMixin, PrivacyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = cls.env["unicdo.ledger.event"]
        cls.blocks = cls.env["unicdo.ledger.block"]
        for table in TABLES:
            cls.tamper(f"DELETE FROM {table}")
        # the liftings themselves stand in the ledger now
        cls.tamper("DELETE FROM unicdo_ledger_event", noted=False)
        cls.partner = cls.env["res.partner"].create({"name": "Ann Example", "email": "ann@example.org"})

    @classmethod
    def tamper(cls, query, noted=True):
        """Change what may not change, as the database's owner can."""
        cr = cls.env.cr
        with ExitStack() as stack:
            if not noted:
                stack.enter_context(patch.object(append_only, "_record"))
            table = next(table for table in TABLES if table in query)
            stack.enter_context(append_only.lifted(cr, table, "test"))
            cr.execute(query)
        cls.env.invalidate_all()

    def record(self, *kinds):
        for kind in kinds:
            self.events._record(kind, subject=self.partner, model="res.partner", res_ids=[3, 1], detail={"part": 1})

    def seal(self):
        return self.blocks._seal_pending()

    def write_anchor(self, block):
        # in tests nothing is committed, so nothing runs after a commit
        block._write_anchor()


@tagged("post_install", "-at_install")
class TestLedger(LedgerCase):
    """GOV-9: the ledger shows tampering (DESIGN 5)."""

    def test_an_event_says_who_did_what_to_whose_data_without_naming_them(self):
        officer = self._user_with_role("officer")
        self.events.with_user(officer)._record(
            "dsar.download", subject=self.partner, model="res.partner", res_ids=[3, 1], detail={"part": 2}
        )
        event = self.events.search([], limit=1)
        self.assertEqual(event.actor, "Test officer")
        self.assertEqual((event.res_ids, event.detail), ([1, 3], {"part": 2}))
        self.assertEqual(event.subject, self.env["unicdo.subject"]._for_partner(self.partner)._digest())
        self.env.cr.execute("SELECT row_to_json(e)::text FROM unicdo_ledger_event e WHERE id = %s", [event.id])
        row = self.env.cr.fetchone()[0]
        for clear in ("Ann", "ann@", f'"{self.partner.id}"', "officer"):
            self.assertNotIn(clear, row)

    def test_the_ledger_speaks_in_words(self):
        """GOV-9: an auditor reads what happened, and finds it by those words."""
        officer = self._user_with_role("officer")
        self.record("a.b")
        role = self.env.ref("unicdo_privacy.unicdo_privacy_group_auditor")
        self.events._record("role.ended", detail={"group": "unicdo_privacy.unicdo_privacy_group_auditor"})
        events = self.events.with_user(officer)
        ended = events.search([("what", "ilike", "role ended")])
        self.assertEqual((ended.what, ended.detail_text), ("Role ended", f"Role: {role.display_name}"))
        unknown = events.search([("what", "ilike", "a.b")])
        self.assertEqual((unknown.what, unknown.model_name, unknown.detail_text), ("a.b", "Contact", "part: 1"))
        self.assertEqual(events.search([("what", "=", "Role ended")]), ended)

    def test_everything_that_is_recorded_has_words(self):
        kinds = recorded_kinds("unicdo_privacy")
        self.assertIn("role.granted", kinds)
        self.assertFalse(kinds - set(self.events._kind_names()))

    def test_a_persons_events_are_found_and_no_one_elses(self):
        self.record("a.b")
        other = self.env["res.partner"].create({"name": "Ann Example"})
        self.events._record("c.d", subject=other)
        subject = self.env["unicdo.subject"]._for_partner(self.partner)
        self.assertEqual(self.events._of_subject(subject).mapped("kind"), ["a.b"])

    def test_erasing_the_subjects_key_cuts_the_link_and_breaks_no_chain(self):
        self.record("a.b")
        self.seal()
        subject = self.env["unicdo.subject"]._for_partner(self.partner)
        digest = subject._digest()
        subject.sudo().digest_key = "00" * 32
        self.assertNotEqual(subject._digest(), digest)
        self.assertFalse(self.events._of_subject(subject))
        self.assertIsNone(self.events._verify())

    def test_a_kind_is_a_dotted_word(self):
        for kind in ("", "download", "Dsar.Download", "dsar download", "dsar.ann@example.org"):
            with self.assertRaises(ValueError):
                self.events._record(kind)

    def test_rows_only_come(self):
        self.record("a.b")
        self.seal()
        for table in TABLES:
            for query in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id + 1", f"TRUNCATE {table}"):
                with mute_logger("odoo.sql_db"), self.assertRaises(InsufficientPrivilege), self.env.cr.savepoint():
                    self.env.cr.execute(query)

    def test_recording_takes_one_query(self):
        self.record("a.b")
        subject = self.env["unicdo.subject"]._for_partner(self.partner)
        subject._digest()
        with self.assertQueryCount(1):
            self.events._record("a.b", subject=subject, res_ids=[1])

    def test_deleting_users_and_people_is_not_in_the_way(self):
        user = self._user_with_role("internal")
        self.events.with_user(user)._record("a.b", subject=self.partner)
        self.seal()
        user.unlink()
        self.partner.unlink()
        event = self.events.search([("kind", "=", "a.b")])
        self.assertEqual(event.actor, "Test internal")
        self.assertIsNone(self.events._verify())

    def test_an_actors_name_can_be_erased_without_breaking_the_chain(self):
        self.record("a.b")
        self.seal()
        self.env["unicdo.ledger.actor"].search([]).unlink()
        self.assertIsNone(self.events._verify())


@tagged("post_install", "-at_install")
class TestLedgerSealing(LedgerCase):
    """Blocks: membership, root, chain and signature (DESIGN 5)."""

    def test_what_waits_is_sealed_once_and_in_a_chain(self):
        self.record("a.one", "a.two")
        first = self.seal()
        self.assertFalse(self.seal())
        self.record("a.three")
        second = self.seal()
        self.assertEqual((first.number, first.size, second.number, second.size), (1, 2, 2, 1))
        self.assertEqual(second.previous, first.digest)
        self.assertEqual(self.events.search([], order="id").mapped("block"), [1, 1, 2])
        self.assertIsNone(self.events._verify())

    def test_an_event_that_commits_late_with_a_low_id_is_sealed_next(self):
        self.env.cr.execute("SELECT nextval('unicdo_ledger_event_id_seq')")
        low = self.env.cr.fetchone()[0]
        self.record("a.early")
        self.seal()
        self.env.cr.execute(
            "INSERT INTO unicdo_ledger_event (id, kind, happened_at) VALUES (%s, 'a.late', now())", [low]
        )
        self.assertEqual(self.seal().size, 1)
        self.assertEqual(self.events.browse(low).block, 2)
        self.assertIsNone(self.events._verify())

    def test_many_events_make_several_blocks(self):
        self.record(*["a.b"] * 7)
        with patch.object(unicdo_ledger_block, "BLOCK_SIZE", 3):
            sizes = [self.seal().size, self.seal().size, self.seal().size]
        self.assertEqual(sizes, [3, 3, 1])
        self.assertIsNone(self.events._verify())

    def test_without_a_vault_key_events_wait(self):
        self.record("a.b")
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": ""}):
            self.assertFalse(self.seal())
            self.assertEqual(self.blocks._pending()["count"], 1)
        self.assertTrue(self.seal())
        self.assertEqual(self.blocks._pending(), {"count": 0, "oldest": None})

    def test_a_new_column_changes_no_hash(self):
        self.record("a.b")
        self.seal()
        self.env.cr.execute("ALTER TABLE unicdo_ledger_event ADD COLUMN place varchar")
        with patch.object(unicdo_ledger_block, "EVENT_COLUMNS", (*unicdo_ledger_block.EVENT_COLUMNS, "place")):
            self.assertIsNone(self.events._verify())
            self.env.cr.execute("INSERT INTO unicdo_ledger_event (kind, happened_at, place) VALUES ('a.c', now(), 'x')")
            self.seal()
            self.assertIsNone(self.events._verify())
            self.tamper("UPDATE unicdo_ledger_event SET place = 'y' WHERE kind = 'a.c'", noted=False)
            self.assertEqual(self.events._verify()["block"], 2)

    def test_old_events_go_and_their_signed_heads_stay(self):
        self.record("a.old")
        self.seal()
        self.record("a.older")
        self.seal()
        later = fields.Datetime.now() + timedelta(days=unicdo_ledger_block.KEEP_DAYS - 1)
        with patch.object(fields.Datetime, "now", lambda: later):
            self.blocks._drop_old()
            self.assertEqual(self.events.search_count([("kind", "=like", "a.%")]), 2)
        later += timedelta(days=2)
        with patch.object(fields.Datetime, "now", lambda: later):
            self.blocks._drop_old()
            self.assertFalse(self.events.search_count([("kind", "=like", "a.%")]))
            self.assertEqual(self.blocks.search_count([]), 2)
            self.assertIsNone(self.events._verify())
            self.assertTrue(self.seal())
            self.assertIsNone(self.events._verify())


@tagged("post_install", "-at_install")
class TestLedgerVerify(LedgerCase):
    """Verification names the first bad event (DESIGN 5)."""

    def setUp(self):
        super().setUp()
        for _block in range(3):
            self.record("a.one", "a.two", "a.three")
            self.seal()
        self.ids = self.events.search([], order="id").ids

    def found(self):
        found = self.events._verify()
        return found and (found["block"], found["event"])

    def test_a_changed_event_is_named(self):
        for column, value in (
            ("kind", "'a.x'"), ("actor_uid", "7"), ("subject", "NULL"), ("detail", "'{}'"), ("res_ids", "'[1]'"),
            ("happened_at", "happened_at - interval '1 hour'"), ("res_model", "'res.users'"),
        ):
            with self.subTest(column), self.env.cr.savepoint() as savepoint:
                self.tamper(f"UPDATE unicdo_ledger_event SET {column} = {value} WHERE id = {self.ids[4]}", noted=False)
                self.tamper(f"UPDATE unicdo_ledger_event SET kind = 'a.y' WHERE id = {self.ids[7]}", noted=False)
                self.assertEqual(self.found(), (2, self.ids[4]))
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertIsNone(self.found())

    def test_a_removed_event_is_named(self):
        self.tamper(f"DELETE FROM unicdo_ledger_event WHERE id = {self.ids[3]}", noted=False)
        self.assertEqual(self.found(), (2, self.ids[3]))

    def test_an_event_changed_together_with_its_hash_spoils_its_block(self):
        wrong = "repeat('0', 64)"
        self.tamper(f"UPDATE unicdo_ledger_leaf SET digest = {wrong} WHERE event_id = {self.ids[0]}", noted=False)
        self.assertEqual(self.found(), (1, self.ids[0]))
        self.tamper(f"DELETE FROM unicdo_ledger_leaf WHERE event_id = {self.ids[0]}", noted=False)
        self.assertEqual(self.found(), (1, None))

    def test_all_of_a_blocks_events_removed_is_no_dropping_before_its_time(self):
        self.tamper("DELETE FROM unicdo_ledger_leaf WHERE block = 1", noted=False)
        self.assertEqual(self.found(), (1, None))

    def test_a_changed_head_signature_or_chain_is_named(self):
        for change in (
            "root = repeat('0', 64)", "signature = repeat('0', 128)", "previous = ''", "size = 2",
            "digest = repeat('0', 64)", "sealed_at = sealed_at - interval '1 day'",
        ):
            with self.subTest(change), self.env.cr.savepoint() as savepoint:
                self.tamper(f"UPDATE unicdo_ledger_block SET {change} WHERE number = 2", noted=False)
                self.assertEqual(self.found(), (2, None))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_missing_block_is_noticed(self):
        self.tamper("DELETE FROM unicdo_ledger_block WHERE number = 2", noted=False)
        self.assertEqual(self.found(), (3, None))

    def test_a_chain_signed_anew_with_another_key_is_noticed(self):
        for table in TABLES[1:]:
            self.tamper(f"DELETE FROM {table}", noted=False)
        with patch.object(type(self.blocks), "_signing_seed", lambda self: bytes(32)):
            self.seal()
        self.assertEqual(self.found(), (1, None))

    def test_a_cut_end_is_noticed_and_stays_in_the_ledger(self):
        self.write_anchor(self.blocks.search([], limit=1))
        self.assertIsNone(self.found())
        self.tamper("DELETE FROM unicdo_ledger_block WHERE number = 3", noted=False)
        self.tamper("DELETE FROM unicdo_ledger_leaf WHERE block = 3", noted=False)
        self.assertEqual(self.found(), (3, None))
        with self.assertLogs("odoo.addons.unicdo_privacy", "WARNING"):
            self.write_anchor(self.seal())
        self.assertIsNone(self.found())
        cut = self.events.search([("kind", "=", "ledger.cut")])
        self.assertEqual(cut.detail, {"ends_at": 2, "expected": 3})

    def test_the_health_page_says_when_sealing_is_late_or_blocks_have_gone(self):
        def state():
            return next(check["state"] for check in self.env["unicdo.health"]._checks() if check["key"] == "ledger")

        self.assertEqual(state(), "ok")
        self.env.cr.execute(
            "INSERT INTO unicdo_ledger_event (kind, happened_at) VALUES ('a.b', now() - interval '2 days')"
        )
        self.assertEqual(state(), "warning")
        self.write_anchor(self.seal())
        self.assertEqual(state(), "ok")
        self.tamper("DELETE FROM unicdo_ledger_block WHERE number = 4", noted=False)
        self.assertEqual(state(), "error")

    def test_the_button_says_what_came_out(self):
        auditor = self._user_with_role("auditor")
        answer = self.blocks.with_user(auditor).action_verify()
        self.assertEqual(answer["params"]["type"], "success")
        self.tamper(f"UPDATE unicdo_ledger_event SET kind = 'a.x' WHERE id = {self.ids[4]}", noted=False)
        answer = self.blocks.with_user(auditor).action_verify()
        self.assertEqual(answer["params"]["type"], "danger")
        self.assertIn(f"event {self.ids[4]}", answer["params"]["message"])

    def test_only_auditors_and_officers_read_and_nobody_writes(self):
        models = ("unicdo.ledger.event", "unicdo.ledger.block", "unicdo.ledger.leaf", "unicdo.ledger.actor")
        for role, reads in (
            ("auditor", True), ("officer", True), ("user", False), ("helpdesk", False), ("admin", False),
            ("internal", False), ("portal", False),
        ):
            user = self._user_with_role(role)
            for name in models:
                model = self.env[name].with_user(user)
                self.assertEqual(model.has_access("read"), reads, (role, name))
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(model.has_access(operation), (role, name, operation))
            if not reads:
                with self.assertRaises(AccessError):
                    self.blocks.with_user(user).action_verify()


@tagged("post_install", "-at_install")
class TestLedgerSeparate(LedgerCase):
    """Refused attempts and reads survive a rollback (DESIGN 5). Commits for real, and cleans up."""

    KIND = "test.separate"

    def setUp(self):
        super().setUp()
        self.addCleanup(self.clean_up)
        self.public = self.env.ref("base.partner_admin")

    def rows(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT subject, detail FROM unicdo_ledger_event WHERE kind = %s ORDER BY id", [self.KIND])
            return cr.fetchall()

    def clean_up(self):
        with self.registry.cursor() as cr, patch.object(append_only, "_record"):
            with append_only.lifted(cr, "unicdo_ledger_event", "test"):
                cr.execute("DELETE FROM unicdo_ledger_event WHERE kind = %s", [self.KIND])

    def record(self, **kwargs):
        self.events._record(self.KIND, separate=True, detail={"a": 1}, **kwargs)

    def test_it_stays_when_the_transaction_is_rolled_back(self):
        with self.assertRaises(ValueError), self.env.cr.savepoint():
            self.record()
            raise ValueError
        self.assertEqual(self.rows(), [(None, {"a": 1})])

    def test_it_works_in_a_read_only_request(self):
        with self.registry.cursor() as cr:
            cr.connection.set_session(readonly=True)
            self.assertTrue(cr.readonly)
            self.events.with_env(self.env(cr=cr))._record(self.KIND, separate=True)
        self.assertEqual(len(self.rows()), 1)

    def test_a_subject_that_the_other_transaction_cannot_see_is_left_out(self):
        self.record(subject=self.partner)
        self.assertEqual(self.rows(), [(None, {"a": 1})])

    def test_a_locked_subject_does_not_hold_it_up_for_long(self):
        self.env.cr.execute("SELECT id FROM res_partner WHERE id = %s FOR UPDATE", [self.public.id])
        with mute_logger("odoo.sql_db"):
            self.record(subject=self.public)
        self.assertEqual(len(self.rows()), 1)


@tagged("post_install", "-at_install")
class TestLedgerHead(LedgerCase, HttpCase):
    """The latest head can be published (DESIGN 5)."""

    def test_anybody_may_keep_the_newest_head(self):
        self.assertEqual(self.url_open("/privacy/ledger/head").json(), {})
        self.record("a.b")
        block = self.seal()
        head = self.url_open("/privacy/ledger/head").json()
        self.assertEqual(head["hash"], block.digest)
        self.assertEqual((head["number"], head["size"]), (1, 1))
        self.assertNotIn("a.b", json.dumps(head))
