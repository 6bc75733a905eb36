# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from .common import PrivacyHttpCase


@tagged("post_install", "-at_install")
class TestSignup(PrivacyHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        cls.env["ir.config_parameter"].set_param("auth_signup.reset_password", "True")
        if "website" in cls.env:
            cls.env["website"].search([]).auth_signup_uninvited = "b2c"
        cls.policies = cls.env["unicdo.policy"]
        cls.policies.search([]).active = False
        cls.env.flush_all()  # before others of their kind are created

    def _publish(self):
        policies = self.policies.create([
            {"name": "Terms of service", "kind": "terms", "body": "<p>Be kind.</p>"},
            {"name": "Privacy policy", "kind": "privacy", "body": "<p>We keep little.</p>"},
        ])
        policies.action_publish()
        return [self.policies._current(kind) for kind in ("terms", "privacy")]

    def _sign_up(self, **params):
        page = self.url_open("/web/signup")
        data = {
            "csrf_token": self._csrf(page), "name": "Ann", "login": "ann.new@example.com",
            "password": "a long secret", "confirm_password": "a long secret",
        }
        return self.url_open("/web/signup", data=data | params)

    def _person(self):
        self.env.invalidate_all()
        return self.env["res.users"].search([("login", "=", "ann.new@example.com")]).partner_id

    def test_without_policies_sign_up_is_as_before(self):
        """CON-2: where nothing is published nothing is asked."""
        self.assertNotIn("policy_terms", self.url_open("/web/signup").text)
        self._sign_up()
        self.assertTrue(self._person())

    def test_boxes_are_never_ticked_beforehand(self):
        """CON-2: both boxes are empty, also after the form came back with an error."""
        terms, privacy = self._publish()
        for page in (self.url_open("/web/signup"), self._sign_up(policy_terms=terms.id)):
            self.assertIn('name="policy_terms"', page.text)
            self.assertIn('name="policy_privacy"', page.text)
            self.assertNotIn("checked", page.text.split('name="policy_terms"')[1].split(">")[0])

    def test_sign_up_without_acceptance_is_refused_by_the_server(self):
        """CON-2: a form sent past the browser's check makes no account and says what is missing."""
        terms, privacy = self._publish()
        cases = (
            ({}, "Please accept the “Terms of service”"),
            ({"policy_terms": terms.id}, "Please read the “Privacy policy”"),
            ({"policy_terms": terms.id - 1000, "policy_privacy": privacy.id}, "new version meanwhile"),
        )
        for params, message in cases:
            self.assertIn(message, self._sign_up(**params).text)
            self.assertFalse(self._person())

    def test_sign_up_records_each_version_as_what_it_is(self):
        """CON-2: terms are accepted, the notice is acknowledged, and neither is a consent."""
        terms, privacy = self._publish()
        self._sign_up(policy_terms=terms.id, policy_privacy=privacy.id)
        events = self.env["unicdo.consent.event"]._of_partner(self._person())
        self.assertEqual(
            {(event.what, event.policy_version_id, event.channel) for event in events},
            {("accepted", terms, "signup"), ("acknowledged", privacy, "signup")},
        )
        self.assertTrue(all(event.trace_ids for event in events))
        self.assertFalse(self.env["unicdo.consent"]._state_of(self._person()))

    def test_an_invited_person_accepts_as_well(self):
        """CON-2: who comes by an invitation accepts the same, recorded for the invited contact."""
        terms, privacy = self._publish()
        partner = self.env["res.partner"].create({"name": "Bob", "email": "bob.new@example.com"})
        partner.signup_prepare()
        token = partner._generate_signup_token()
        self._sign_up(token=token, login="bob.new@example.com", policy_terms=terms.id, policy_privacy=privacy.id)
        self.env.invalidate_all()
        events = self.env["unicdo.consent.event"]._of_partner(partner)
        self.assertEqual(sorted(events.mapped("what")), ["accepted", "acknowledged"])

    def test_resetting_a_password_asks_for_nothing(self):
        """CON-2: who only forgot a password accepts nothing by setting a new one."""
        self._publish()
        user = self._user_with_role("portal", "carl@example.com")
        user.partner_id.signup_prepare(signup_type="reset")
        token = user.partner_id._generate_signup_token()
        page = self.url_open(f"/web/reset_password?token={token}")
        self.assertNotIn("policy_terms", page.text)
        answer = self.url_open("/web/reset_password", data={
            "csrf_token": self._csrf(page), "token": token,
            "password": "another secret", "confirm_password": "another secret",
        })
        self.assertIn("Your password has been reset", answer.text)
        self.assertFalse(self.env["unicdo.consent.event"]._of_partner(user.partner_id))
