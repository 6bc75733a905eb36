# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from .common import PrivacyHttpCase


@tagged("post_install", "-at_install")
class TestPortalData(PrivacyHttpCase):
    """GOV-1: each person sees their part of the data map in the portal."""

    def setUp(self):
        super().setUp()
        person = self._user_with_role("portal", "ann@example.com")
        self.env["res.partner.bank"].create({"acc_number": "BE0012345678", "partner_id": person.partner_id.id})

    def test_the_page_counts_by_category_and_shows_no_content(self):
        self.authenticate("ann@example.com", "ann@example.com")
        page = self.url_open("/my/privacy/data")
        self.assertEqual(page.status_code, 200)
        self.assertIn("o_unicdo_held_account", page.text)
        self.assertIn("o_unicdo_held_company", page.text)
        self.assertIn("Bank accounts", page.text)
        self.assertNotIn("BE0012345678", page.text)
        self.assertNotIn("o_unicdo_held_payment", page.text)

    def test_the_centre_leads_there(self):
        self.authenticate("ann@example.com", "ann@example.com")
        self.assertIn("/my/privacy/data", self.url_open("/my/privacy").text)

    def test_visitors_must_sign_in(self):
        self.assertIn("/web/login", self.url_open("/my/privacy/data").url)
