# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import PrivacyHttpCase
from .provider_common import ProviderMixin

PAGE = "/privacy/providers"


@tagged("post_install", "-at_install")
class TestProviderPage(ProviderMixin, PrivacyHttpCase):
    """GOV-2: the public list; changes announced ahead."""

    def setUp(self):
        super().setUp()
        self.today = fields.Date.today()

    def _announced(self, name="Coming Mail", **vals):
        provider = self._provider(name, **{"told_on": False, "told_how": False, "used_from": False, **vals})
        provider.action_evaluate()
        provider.action_announce()
        return provider

    def test_everybody_reads_who_is_used_and_who_is_to_come(self):
        """GOV-2: those in use, those announced with their day, those that ended within a year; no draft, no other company's."""
        self._used("Used Ltd", country_id=self.env.ref("base.in").id, transfer_basis="scc", transfer_note="Secret annex",
                   contract_reference="Secret reference", evaluation="Secret evaluation")
        announced = self._announced()
        ended, old = self._used("Ended Ltd"), self._used("Old Ltd")
        (ended | old).action_end()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE unicdo_provider SET used_from = used_from - 400, used_until = used_until - 366 WHERE id = %s", [old.id]
        )
        self._provider("Draft Ltd")
        self._used("Foreign Ltd", company_id=self.env["res.company"].create({"name": "Other"}).id)
        self.env.invalidate_all()
        page = self.url_open(PAGE).text.split('<h1>')[1].split("<footer")[0]
        self.assertIn("Used Ltd", page.split('id="providers_active"')[1])
        self.assertIn("Standard contractual clauses 2021/914", page)
        coming = page.split('id="providers_announced"')[1].split('id="providers_active"')[0]
        self.assertIn("Coming Mail", coming)
        day = self.env["ir.qweb.field.date"].value_to_html(announced.used_from, {"format": "long"})
        self.assertIn(day, coming)
        self.assertIn("Ended Ltd", page.split('id="providers_ended"')[1])
        for hidden in ("Draft Ltd", "Old Ltd", "Foreign Ltd", "Secret"):
            self.assertNotIn(hidden, page)

    def test_people_can_object(self):
        """GOV-2: the privacy mailbox stands beside what is announced (GDPR Art. 28(2))."""
        self.env["unicdo.privacy.settings"]._for_company().privacy_email = "privacy@objection.example"
        self._announced()
        self.assertIn("mailto:privacy@objection.example", self.url_open(PAGE).text)

    def test_the_privacy_centre_tells_of_what_is_announced(self):
        """GOV-2: customers see ahead that somebody new is to come."""
        user = self._user_with_role("portal")
        self.authenticate(user.login, user.login)
        self._announced()
        page = self.url_open("/my/privacy").text
        card = page.split(f'href="{PAGE}"')[1].split("</a>")[0]
        self.assertRegex(card, r"\d+ announced")

    def test_who_asked_for_it_is_mailed_ahead_and_nobody_else(self):
        """GOV-2: whoever is signed in asks for the mails and ends them; each is told in their language."""
        user = self._user_with_role("portal")
        silent = self._user_with_role("portal", login="silent@example.com")
        self.env["unicdo.privacy.settings"]._for_company().privacy_email = "privacy@objection.example"
        self.authenticate(user.login, user.login)
        page = self.url_open(PAGE)
        answer = self.url_open(f"{PAGE}/tell", data={"csrf_token": self._csrf(page), "wanted": "1"})
        self.assertIn("Mail me no more", answer.text)
        self._announced()
        mails = self.env["mail.mail"].sudo().search([("subject", "like", "A new service provider of")])
        told = mails.recipient_ids
        self.assertIn(user.partner_id, told)
        self.assertNotIn(silent.partner_id, told)
        self.assertIn("Coming Mail", mails[0].body_html)
        self.assertEqual(mails[0].reply_to, "privacy@objection.example")
        self.url_open(f"{PAGE}/tell", data={"csrf_token": self._csrf(answer), "wanted": "0"})
        self._announced("Second Mail")
        mails = self.env["mail.mail"].sudo().search([("body_html", "like", "Second Mail")])
        self.assertNotIn(user.partner_id, mails.recipient_ids)

    def test_looking_at_the_page_subscribes_nobody(self):
        """GOV-2: neither a visit nor a link that is followed."""
        user = self._user_with_role("portal")
        self.authenticate(user.login, user.login)
        self.url_open(PAGE)
        self.assertEqual(self.url_open(f"{PAGE}/tell?wanted=1").status_code, 405)
        settings = self.env["unicdo.privacy.settings"]._for_company()
        self.assertFalse(settings.message_partner_ids)

    def test_the_days_of_notice_are_the_officers(self):
        """GOV-2: between one day and a year."""
        settings = self.env["unicdo.privacy.settings"]._for_company()
        settings.with_user(self._user_with_role("officer")).provider_notice_days = 45
        self.assertEqual(self._announced(company_id=self.env.company.id).used_from, self.today + timedelta(days=45))
