# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields
from odoo.tests import TransactionCase, tagged

from odoo.addons.unicdo_privacy.catalogue.source import CATEGORIES, RETENTION, SECRET, Email, Link, source
from odoo.addons.unicdo_privacy.models.unicdo_data_map_index import index_sql
from odoo.addons.unicdo_privacy.models.unicdo_work import NotYet
from odoo.addons.unicdo_privacy.tools import matching


@tagged("post_install", "-at_install")
class TestDataMapCoverage(TransactionCase):
    """GOV-1: the data map covers every installed model that points at a person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.map = cls.env["unicdo.data.map"]

    def test_no_link_to_a_person_is_undecided(self):
        undecided = {row["model"]: row["undecided"] for row in self.map._coverage() if row["undecided"]}
        self.assertFalse(undecided)

    def test_catalogues_name_nothing_that_no_application_has(self):
        if any(found.model not in self.env for found in self.map._catalogue()):
            self.skipTest("only with every application installed")
        self.assertFalse(self.map._unknown_names())

    def test_a_new_link_on_a_covered_model_is_undecided(self):
        links = type(self.map)._links
        friend = {"x_best_friend_id": "many2one res.partner"}
        self.patch(type(self.map), "_links", lambda this, model: links(this, model) | friend)
        row = next(row for row in self.map._coverage() if row["model"] == "res.partner.bank")
        self.assertEqual(row["state"], "undecided")
        self.assertEqual(row["undecided"], ["x_best_friend_id"])
        self.assertEqual(row["proposal"], {"x_best_friend_id": "about"})

    def test_every_source_says_what_it_is(self):
        purposes = set(self.env["unicdo.purpose"].with_context(active_test=False).search([]).mapped("key"))
        for found in self.map._catalogue():
            with self.subTest(source=found.key):
                self.assertIn(found.category, CATEGORIES)
                self.assertIn(found.retention, RETENTION)
                self.assertIn(found.purpose, purposes)
                self.assertTrue(found.label)
                self.assertIn(found.erase.action, ("delete", "anonymise", "keep", "follow"))
                self.assertTrue(found.erase.action != "keep" or found.erase.period in RETENTION)

    def test_keys_are_unique(self):
        keys = [found.key for found in self.map._catalogue()]
        self.assertEqual(len(keys), len(set(keys)))

    def test_no_catalogue_copies_a_secret(self):
        for found in self.map._catalogue():
            self.assertFalse([name for name in found.fields if SECRET.search(name)], found.key)

    def test_fields_of_absent_applications_are_left_out(self):
        fitted = self.map._fit(source(
            "res.partner.bank", "Accounts", "company", (Link("partner_id"), Link("no_such_id"), Email("no_such_email")),
            "acc_number no_such_field api_key", provided="acc_number no_such_field",
        ))
        self.assertEqual(fitted.fields, ("acc_number",))
        self.assertEqual(fitted.provided, ("acc_number",))
        self.assertEqual(fitted.paths, (Link("partner_id"),))

    def test_sql_and_python_read_addresses_alike(self):
        texts = [
            "ann@x.example", "Ann <Ann@X.example>", '"Doe, Ann" <ann@x.example>', "Doe, Ann <ann@x.example>",
            '"bob@y.example via L" <list@z.example>', "a@b.c, d@e.f;g@h.i", "mailto:ann@x.example", "ann@x.example.",
            '"ann s"@x.example', "ann@@x.example", "", "o'neil+tag@x-y.example", "[ann@x.example]", "A <a@b> <c@d>",
            "ann@x.example\nbob@y.example", "a\\b@c.d", "{a}@b%s", "ann@x.example>", "ÄNN@bücher.example",
        ]
        for text in texts:
            with self.subTest(text=text):
                self.env.cr.execute("SELECT unicdo_emails(%s), unicdo_email(%s)", [text, text])
                several, first = self.env.cr.fetchone()
                self.assertEqual(several, matching.addresses(text))
                self.assertEqual(first, (several or [None])[0])

    def test_sql_and_python_read_numbers_alike(self):
        for text in ("+32 471 23 45 67", "0032 471/23.45.67", "(0471) 23 45 67"):
            self.env.cr.execute("SELECT unicdo_phone(%s)", [text])
            self.assertEqual(self.env.cr.fetchone()[0], matching.digits(text))

    def test_an_index_once_built_is_not_missing(self):
        missing = self.map._missing_indexes(min_bytes=0)
        self.assertIn(("res_partner", ("unicdo_email(email)",)), [(table, keys) for _name, table, keys, _by in missing])
        for specification in missing:
            self.env.cr.execute(index_sql(*specification, concurrently=False))
        self.assertFalse(self.map._missing_indexes(min_bytes=0))
        self.map._drop_indexes()
        self.env.cr.execute(r"SELECT count(*) FROM pg_class WHERE relname LIKE 'unicdo\_idx\_%%'")
        self.assertFalse(self.env.cr.fetchone()[0])

    def test_an_index_of_odoo_is_used(self):
        names = [(table, keys) for _name, table, keys, _method in self.map._missing_indexes(min_bytes=0)]
        self.assertNotIn(("mail_message", ("author_id",)), names)
        self.assertNotIn(("mail_message", ("model", "res_id")), names)

    def test_building_is_planned_once_and_comes_back_until_done(self):
        module = self.env.ref("base.module_unicdo_privacy")
        self.patch(type(self.map), "_missing_indexes", lambda self: [("name", "table", ("column",), "btree")])
        domain = [("res_model", "=", module._name), ("res_id", "=", module.id), ("kind", "=", "data_map_indexes")]
        self.env["unicdo.work"].search(domain).unlink()
        self.map._ensure_indexes()
        self.map._ensure_indexes()
        work = self.env["unicdo.work"].search(domain)
        self.assertEqual(len(work), 1)
        with self.assertRaises(NotYet):
            module._do_work_data_map_indexes(work)
        work._perform()
        self.assertEqual((work.state, work.attempts), ("todo", 0))
        self.assertGreater(work.next_try, fields.Datetime.now())
        self.patch(type(self.map), "_missing_indexes", lambda self: [])
        work._perform()
        self.assertEqual(work.state, "done")
