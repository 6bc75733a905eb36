# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.modules.module import load_script
from odoo.tests import tagged

from .common import PrivacyCase


@tagged("post_install", "-at_install")
class TestCompanies(PrivacyCase):
    """GOV-5: in a database with several companies it is known whose a record is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.shared, cls.theirs = cls.env["res.partner"].create([
            {"name": "Ann"}, {"name": "Ann", "company_id": cls.other.id},
        ])

    def _companies(self, records):
        self.env.flush_all()
        return self.env["unicdo.data.map"]._companies(records._name, records.ids)

    def test_a_message_is_whose_record_it_stands_on(self):
        messages = self.shared.message_post(body="x") + self.theirs.message_post(body="x")
        self.assertEqual(self._companies(messages), {messages[1].id: self.other.id})

    def test_what_hangs_on_a_message_goes_with_it(self):
        """A change noted with a message, and whom the message was delivered to: two steps from the company."""
        message = self.theirs.message_post(body="x", partner_ids=self.shared.ids)
        tracked = self.env["mail.tracking.value"].create({
            "mail_message_id": message.id, "field_id": self.env["ir.model.fields"]._get("res.partner", "email").id,
        })
        self.assertEqual(self._companies(tracked), {tracked.id: self.other.id})
        delivered = message.notification_ids
        self.assertEqual(self._companies(delivered), {delivered.id: self.other.id})

    def test_a_file_is_whose_record_it_stands_on_whoever_brought_it(self):
        files = self.env["ir.attachment"].create([
            {"name": "x", "res_model": "res.partner", "res_id": partner.id, "company_id": self.env.company.id}
            for partner in (self.shared, self.theirs)
        ])
        self.assertEqual(self._companies(files), {files[1].id: self.other.id})

    def test_a_file_that_stands_nowhere_is_of_the_company_that_brought_it(self):
        file = self.env["ir.attachment"].create({"name": "x", "company_id": self.other.id})
        self.assertEqual(self._companies(file), {file.id: self.other.id})

    def test_what_is_gone_is_nobodys(self):
        """A message whose record was removed by hand breaks nothing."""
        message = self.theirs.message_post(body="x")
        self.env.cr.execute("UPDATE mail_message SET res_id = 2000000000 WHERE id = %s", [message.id])
        self.assertEqual(self._companies(message), {})

    def test_purposes_of_older_databases_learn_what_they_serve(self):
        """CON-1: the module's data is not loaded twice; what an administrator wrote stays."""
        purposes = self.env["unicdo.purpose"].with_context(active_test=False)
        script = load_script("unicdo_privacy/migrations/19.0.1.1.0/pre-purposes.py", "pre-purposes")
        own = purposes.create({"name": "Own", "key": "own", "what": "x", "basis": "contract"})
        before = {purpose.key: purpose.serves for purpose in purposes.search([])}
        self.assertTrue(before["sales"])
        own.serves = "res.partner"
        self.env.flush_all()
        script.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(own.serves, "res.partner")
        self.env.cr.execute("ALTER TABLE unicdo_purpose DROP COLUMN serves")
        script.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual({purpose.key: purpose.serves for purpose in purposes.search([])}, before)
