# SPDX-License-Identifier: LGPL-3.0-or-later
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.unicdo_privacy.tests.common import PrivacyCase


@tagged("post_install", "-at_install")
class TestPrivacySettings(PrivacyCase):
    """DSR-1: a copy names the controller, the data protection officer and the authority (GDPR Art. 15(1)(f))."""

    def setUp(self):
        super().setUp()
        self.officer = self._user_with_role("officer")
        self.settings = self.env["unicdo.privacy.settings"]

    def test_the_officer_opens_and_changes_them(self):
        action = self.settings.with_user(self.officer).action_open()
        own = self.settings.with_user(self.officer).browse(action["res_id"])
        own.write({"dpo_name": "Data protection", "response_days": 20, "authority_url": "https://authority.example"})
        self.assertEqual(self.settings._article15_contacts()["dpo_name"], "Data protection")

    def test_a_settings_administrator_does_not(self):
        admin = self._user_with_role("admin")
        with self.assertRaises(AccessError):
            self.settings.with_user(admin).action_open()
        with self.assertRaises(AccessError):
            self.settings._for_company().with_user(admin).write({"dpo_name": "Me"})

    def test_contacts_come_from_the_company_until_the_officer_says_more(self):
        company = self.env["res.company"].create({"name": "Second", "email": "hello@second.example", "city": "Namur"})
        contacts = self.settings.with_company(company)._article15_contacts()
        self.assertEqual(contacts["controller_name"], "Second")
        self.assertEqual(contacts["controller_email"], "hello@second.example")
        self.assertIn("Namur", contacts["controller_address"])
        self.assertEqual(contacts["dpo_name"], "")
        self.settings._for_company(company).privacy_email = "privacy@second.example"
        self.assertEqual(self.settings.with_company(company)._article15_contacts()["controller_email"], "privacy@second.example")

    def test_companies_do_not_see_each_others(self):
        company = self.env["res.company"].create({"name": "Second"})
        foreign = self.settings._for_company(company)
        self.assertFalse(self.settings.with_user(self.officer).search([("id", "=", foreign.id)]))

    def test_no_answer_later_than_the_law_allows(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.settings._for_company().response_days = 31

    def test_addresses_are_checked(self):
        for values in ({"dpo_email": "nobody"}, {"authority_url": "javascript:alert(1)"}):
            with self.assertRaises(ValidationError):
                self.settings._for_company().write(values)
