# SPDX-License-Identifier: LGPL-3.0-or-later
from psycopg2.errors import InsufficientPrivilege

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.unicdo_privacy.tools import append_only


@tagged("post_install", "-at_install")
class TestAppendOnly(TransactionCase):
    """Tables that hold proof only grow (DESIGN 3)."""

    def setUp(self):
        super().setUp()
        self.env.cr.execute("CREATE TABLE unicdo_test_proof (id serial PRIMARY KEY, word varchar)")
        append_only.protect(self.env.cr, "unicdo_test_proof")
        self.env.cr.execute("INSERT INTO unicdo_test_proof (word) VALUES ('given'), ('refused')")

    def assertRefused(self, query):
        with mute_logger("odoo.sql_db"), self.assertRaises(InsufficientPrivilege), self.env.cr.savepoint():
            self.env.cr.execute(query)

    def words(self):
        self.env.cr.execute("SELECT word FROM unicdo_test_proof ORDER BY id")
        return [row[0] for row in self.env.cr.fetchall()]

    def test_rows_are_neither_changed_nor_removed(self):
        self.assertRefused("UPDATE unicdo_test_proof SET word = 'x' WHERE id = 1")
        self.assertRefused("DELETE FROM unicdo_test_proof")
        self.assertRefused("TRUNCATE unicdo_test_proof")
        self.assertEqual(self.words(), ["given", "refused"])

    def test_a_statement_that_touches_no_row_passes(self):
        self.env.cr.execute("UPDATE unicdo_test_proof SET word = 'x' WHERE id = 0")

    def test_an_upgrade_adds_a_column_and_protects_again(self):
        self.env.cr.execute("ALTER TABLE unicdo_test_proof ADD COLUMN place varchar")
        append_only.protect(self.env.cr, "unicdo_test_proof")
        self.env.cr.execute("INSERT INTO unicdo_test_proof (word, place) VALUES ('asked', 'portal')")
        self.assertRefused("UPDATE unicdo_test_proof SET place = 'mail'")

    def test_a_disabled_trigger_is_mended_at_the_next_upgrade(self):
        self.env.cr.execute("ALTER TABLE unicdo_test_proof DISABLE TRIGGER ALL")
        append_only.protect(self.env.cr, "unicdo_test_proof")
        self.assertRefused("DELETE FROM unicdo_test_proof")

    def test_lifting_ends_with_its_block(self):
        with append_only.lifted(self.env.cr, "unicdo_test_proof", "test"):
            self.env.cr.execute("UPDATE unicdo_test_proof SET word = 'asked' WHERE id = 2")
            self.env.cr.execute("DELETE FROM unicdo_test_proof WHERE id = 1")
        self.assertEqual(self.words(), ["asked"])
        self.assertRefused("DELETE FROM unicdo_test_proof")

    def test_lifting_one_table_leaves_the_others_protected(self):
        with append_only.lifted(self.env.cr, "some_other_table", "test"):
            self.assertRefused("DELETE FROM unicdo_test_proof")

    def test_an_error_inside_a_lifting_block_ends_the_lifting(self):
        with self.assertRaises(ValueError), self.env.cr.savepoint():
            with append_only.lifted(self.env.cr, "unicdo_test_proof", "test"):
                raise ValueError
        self.assertRefused("DELETE FROM unicdo_test_proof")

    def test_the_function_goes_with_the_module(self):
        append_only.drop_function(self.env.cr)
        self.env.cr.execute("SELECT 1 FROM pg_proc WHERE proname = %s", [append_only.FUNCTION])
        self.assertFalse(self.env.cr.fetchall())
        self.env.cr.execute("DELETE FROM unicdo_test_proof")
