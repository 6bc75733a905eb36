# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import hmac
import re
import time
from unittest.mock import patch

from freezegun import freeze_time

from odoo.http import root
from odoo.tests import tagged
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME
from odoo.tools import mute_logger

from odoo.addons.http_routing.tests.common import MockRequest
from odoo.addons.unicdo_privacy.tests.common import PrivacyCase, PrivacyHttpCase


@tagged("post_install", "-at_install")
class TestRecheck(PrivacyHttpCase):
    """GOV-9: access is controlled; opening, exporting and erasing ask again who it is (DESIGN 7)."""

    def setUp(self):
        super().setUp()
        self.person = self._user_with_role("portal", "ann@example.com")
        self.mails = []
        mailer = type(self.env["ir.mail_server"])
        self.enterContext(
            patch.object(mailer, "send_email", lambda _self, message, *args, **kwargs: self.mails.append(message))
        )

    def _sign_in(self, user=None):
        user = user or self.person
        self.authenticate(user.login, user.login)
        return user

    def _post(self, action="test.act", path="", **answer):
        page = self.url_open("/my/privacy/confirm?action=test.act&next=/my/here?a=1")
        data = {"csrf_token": self._csrf_any(page), "action": action, "next": "/my/here?a=1", **answer}
        return self.url_open(f"/my/privacy/confirm{path}", data=data, allow_redirects=False)

    def _csrf_any(self, page):
        return self._csrf(page) if 'name="csrf_token"' in page.text else re.search(r'csrf_token: "(\w+)"', page.text)[1]

    def _rows(self, kind, user=None):
        rows = self.env["unicdo.recheck"].search([("kind", "=", kind), ("user_id", "=", (user or self.person).id)])
        return rows.filtered(lambda row: row.expires_at > self.env.cr.now())

    def _code(self):
        body = self.mails[-1].get_body(("html",)).get_content()
        return re.search(r"\b(\d{6})\b", re.sub(r"<style.*?</style>|#\d{6}|<[^>]*>", " ", body))[1]

    def _without_password(self):
        self._sign_in()
        self.env.cr.execute("UPDATE res_users SET password = NULL WHERE id = %s", [self.person.id])
        self.env.registry.clear_cache()
        self.session.session_token = self.person.with_user(self.person)._compute_session_token(self.session.sid)
        root.session_store.save(self.session)

    def test_right_password_leads_on_and_leaves_one_pass(self):
        self._sign_in()
        answer = self._post(password=self.person.login)
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith("/my/here?a=1"))
        self.assertEqual(self._rows("pass").mapped("action"), ["test.act"])

    def test_wrong_password_leaves_no_pass_and_says_so(self):
        self._sign_in()
        answer = self._post(password="wrong")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("The password is not right.", answer.text)
        self.assertFalse(self._rows("pass"))

    def test_looking_at_the_page_changes_nothing(self):
        self._sign_in()
        self.url_open("/my/privacy/confirm?action=test.act&next=/my&password=ann@example.com")
        self.assertFalse(self.env["unicdo.recheck"].search([("user_id", "=", self.person.id)]))
        self.assertFalse(self.env["unicdo.recheck.tries"].search([("user_id", "=", self.person.id)]))
        self.assertFalse(self.mails)

    def test_an_answer_without_the_forms_token_is_refused(self):
        self._sign_in()
        with mute_logger("odoo.http"):
            answer = self.url_open(
                "/my/privacy/confirm", data={"action": "test.act", "next": "/my", "password": self.person.login}
            )
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self._rows("pass"))

    def test_strangers_are_asked_to_sign_in(self):
        answer = self.url_open("/my/privacy/confirm?action=test.act&next=/my", allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])

    def test_never_leads_to_another_site(self):
        self._sign_in()
        for bad in ("https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:1"):
            page = self.url_open("/my/privacy/confirm?action=test.act&next=/my")
            answer = self.url_open(
                "/my/privacy/confirm",
                data={"csrf_token": self._csrf(page), "action": "test.act", "next": bad, "password": self.person.login},
                allow_redirects=False,
            )
            self.assertEqual(answer.status_code, 303)
            self.assertRegex(answer.headers["Location"], r"^(http://127\.0\.0\.1:\d+)?/my$", bad)

    def test_an_odd_action_is_not_found(self):
        self._sign_in()
        self.assertEqual(self.url_open("/my/privacy/confirm?action=<b>&next=/my").status_code, 404)

    def test_five_wrong_tries_end_it_for_fifteen_minutes(self):
        self._sign_in()
        with freeze_time("2026-03-01 12:00:00") as clock:
            self._sign_in()
            for _try in range(5):
                self._post(password="wrong")
            answer = self._post(password=self.person.login)
            self.assertIn("You can try again in", answer.text)
            self.assertIn("15", answer.text)
            self.assertFalse(self._rows("pass"))
            clock.tick(14 * 60)
            self.assertEqual(self._post(password=self.person.login).status_code, 200)
            clock.tick(61)
            self.assertEqual(self._post(password=self.person.login).status_code, 303)

    def test_what_no_password_can_be_is_just_wrong(self):
        self._sign_in()
        for odd in ("", " ", "x" * 5000, "\x00", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")):
            answer = self._post(password=odd)
            self.assertEqual(answer.status_code, 200)
            self.assertIn("The password is not right.", answer.text)
            self.env["unicdo.recheck.tries"].search([]).unlink()

    def test_a_file_instead_of_an_answer_is_just_wrong(self):
        self._sign_in()
        page = self.url_open("/my/privacy/confirm?action=test.act&next=/my")
        data = {"csrf_token": self._csrf(page), "action": "test.act", "next": "/my"}
        answer = self.url_open("/my/privacy/confirm", data=data, files={"password": ("a", b"b")})
        self.assertIn("The password is not right.", answer.text)

    def test_a_right_answer_forgets_the_wrong_ones(self):
        self._sign_in()
        for _round in range(2):
            for _try in range(4):
                self._post(password="wrong")
            self.assertEqual(self._post(password=self.person.login).status_code, 303)

    def test_wrong_tries_of_one_person_do_not_stop_another(self):
        self._sign_in()
        for _try in range(6):
            self._post(password="wrong")
        other = self._sign_in(self._user_with_role("portal", "joann@example.com"))
        self.assertEqual(self._post(password=other.login).status_code, 303)

    def test_people_without_password_and_passkey_get_a_code_by_mail(self):
        self._without_password()
        page = self.url_open("/my/privacy/confirm?action=test.act&next=/my")
        self.assertIn("Send me a code", page.text)
        self.assertIn("a•••@example.com", page.text)
        self.assertNotIn("ann@example.com", page.text.split('id="wrap"')[1].split("<footer")[0])
        page = self._post(path="/code")
        self.assertIn("Code from our e-mail", page.text)
        self.assertEqual(self.mails[-1]["To"], "ann@example.com")
        answer = self._post(code=self._code())
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(self._rows("pass"))

    def test_a_code_stands_nowhere_in_clear(self):
        self._without_password()
        self._post(path="/code")
        row = self._rows("code")
        self.assertNotIn(self._code(), row.code_hash)
        self.assertFalse(self.env["mail.mail"].search([("body_html", "like", self._code())]))
        self.assertNotIn(self._code(), self.mails[-1]["Subject"])

    def test_a_code_works_once_for_its_action_and_ten_minutes(self):
        with freeze_time("2026-03-01 12:00:00") as clock:
            self._without_password()
            self._post(path="/code")
            code = self._code()
            self.assertEqual(self._post(action="test.other", code=code).status_code, 200)
            self.assertEqual(self._post(code=code).status_code, 303)
            self.assertEqual(self._post(code=code).status_code, 200)
            self._post(path="/code")
            clock.tick(10 * 60 + 1)
            self.assertEqual(self._post(code=self._code()).status_code, 200)

    def test_a_new_code_replaces_the_old_one_and_they_are_limited(self):
        self._without_password()
        self._post(path="/code")
        old = self._code()
        self._post(path="/code")
        if old != self._code():
            self.assertEqual(self._post(code=old).status_code, 200)
        self._post(path="/code")
        answer = self._post(path="/code")
        self.assertIn("several codes already", answer.text)
        self.assertIn('name="code"', answer.text)  # the last of them can still be typed
        self.assertEqual(len(self.mails), 3)

    def test_no_code_is_mailed_to_who_has_a_password(self):
        self._sign_in()
        self.assertEqual(self._post(path="/code").status_code, 404)
        self.assertFalse(self.mails)

    def test_the_code_goes_to_the_sign_in_address_even_if_the_contact_was_changed(self):
        self._without_password()
        self.person.partner_id.email = "thief@evil.example"
        self._post(path="/code")
        self.assertEqual(self.mails[-1]["To"], "ann@example.com")

    def test_an_odd_sign_in_name_is_no_address(self):
        """A sign-in name may end with a line break, which would end a mail's headers too early."""
        self.person.login = "ann@example.com\n"
        self.assertEqual(self.env["unicdo.recheck"].with_user(self.person)._address(), "ann@example.com")

    def test_a_mailed_second_factor_is_asked_as_in_signing_in(self):
        self._sign_in()
        with patch.object(type(self.person), "_mfa_type", lambda user: "totp_mail"):
            self._post(path="/code")
            self.assertEqual(self._post(password=self.person.login).status_code, 200)
            self.assertEqual(self._post(password="wrong", code=self._code()).status_code, 200)
            self.assertEqual(self._post(password=self.person.login, code=self._code()).status_code, 303)

    def test_the_authenticator_app_is_asked_as_in_signing_in(self):
        if "totp_secret" not in self.person._fields:
            self.skipTest("two-factor sign-in is not installed")
        self.person.totp_secret = base64.b32encode(b"0123456789abcdefghij").decode()
        self._settle(self.person)
        self._sign_in()
        page = self.url_open("/my/privacy/confirm?action=test.act&next=/my")
        self.assertIn("Code from your authenticator app", page.text)
        code = self._app_code(b"0123456789abcdefghij")
        wrong = f"{(int(code) + 1) % 10**6:06}"
        for answer in ({}, {"app_code": wrong}, {"app_code": "１２３４５６"}, {"code": code}):
            self.assertEqual(self._post(password=self.person.login, **answer).status_code, 200)
        self.assertFalse(self._rows("pass"))
        self.assertEqual(self._post(password=self.person.login, app_code=code).status_code, 303)

    def _app_code(self, secret):
        """What the app shows now (RFC 6238, 30 seconds, six digits)."""
        digest = hmac.digest(secret, int(time.time() // 30).to_bytes(8, "big"), "sha1")
        start = digest[-1] & 0xF
        return f"{(int.from_bytes(digest[start:start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"

    def test_wrong_and_right_answers_stand_in_the_audit_ledger(self):
        self._sign_in()
        self._post(password="wrong")
        self._post(password=self.person.login)
        subject = self.env["unicdo.subject"]._for_partner(self.person.partner_id)
        events = self.env["unicdo.ledger.event"]._of_subject(subject)
        self.assertEqual(events.mapped("kind"), ["recheck.passed", "recheck.refused"])

    def test_a_passkey_is_offered_and_nonsense_from_it_refused(self):
        if "auth.passkey.key" not in self.env:
            self.skipTest("passkeys are not installed")
        self.env["auth.passkey.key"].with_user(self.person).sudo().create(
            {"name": "Key", "credential_identifier": "abc", "public_key": "def"}
        )
        self._without_password()
        page = self.url_open("/my/privacy/confirm?action=test.act&next=/my")
        self.assertIn("o_unicdo_recheck_passkey", page.text.split('id="wrap"')[1])
        self.assertNotIn("Send me a code", page.text)
        for nonsense in ("", "x", "[]", "{}", '{"id": "abc"}', '{"id": "abc", "response": {}}'):
            answer = self._post(webauthn_response=nonsense)
            self.assertEqual(answer.status_code, 200, nonsense)
            self.env["unicdo.recheck.tries"].search([]).unlink()
        self.assertFalse(self._rows("pass"))

    def test_a_passkey_core_accepts_is_enough(self):
        if "auth.passkey.key" not in self.env:
            self.skipTest("passkeys are not installed")
        keys = self.env["auth.passkey.key"]
        keys.with_user(self.person).sudo().create(
            {"name": "Key", "credential_identifier": "abc", "public_key": "def"}
        )
        self._without_password()
        with patch.object(type(keys), "_verify_auth", lambda _self, answer, public_key, count: count + 1):
            self.assertEqual(self._post(webauthn_response='{"id": "foreign"}').status_code, 200)
            self.assertEqual(self._post(webauthn_response='{"id": "abc"}').status_code, 303)
        self.assertTrue(self._rows("pass"))


@tagged("post_install", "-at_install")
class TestPass(PrivacyCase):
    """A pass holds once, for one action, five minutes, in one session (DESIGN 7)."""

    def setUp(self):
        super().setUp()
        self.person = self._user_with_role("portal", "ann@example.com")
        self.env = self.env(user=self.person.id)
        cookies = {TEST_CURSOR_COOKIE_NAME: self.http_request_key}
        self.request = self.enterContext(MockRequest(self.env, cookies=cookies))
        self.request.session.update({"uid": self.person.id, "sid": "s" * 84})
        self.enterContext(self.enter_registry_test_mode())
        self.recheck = self.env["unicdo.recheck"]

    def _pass(self):
        self.recheck._verify("test.act", {"password": self.person.login})

    def test_holds_once(self):
        self._pass()
        self.assertTrue(self.recheck._consume("test.act"))
        self.assertFalse(self.recheck._consume("test.act"))

    def test_two_passes_of_one_action_still_hold_once(self):
        self._pass()
        self._pass()
        self.assertTrue(self.recheck._consume("test.act"))
        self.assertFalse(self.recheck._consume("test.act"))

    def test_holds_for_its_action_only(self):
        self._pass()
        self.assertFalse(self.recheck._consume("test.other"))
        self.assertTrue(self.recheck._consume("test.act"))

    def test_holds_five_minutes(self):
        with freeze_time("2026-03-01 12:00:00") as clock:
            self._pass()
            clock.tick(5 * 60)
            self.assertFalse(self.recheck._consume("test.act"))

    def test_holds_in_its_session_only_but_survives_the_rotation_of_its_id(self):
        self._pass()
        self.request.session.sid = "t" * 84
        self.assertFalse(self.recheck._consume("test.act"))
        self.request.session.sid = "s" * 42 + "r" * 42
        self.assertTrue(self.recheck._consume("test.act"))

    def test_means_nothing_under_another_name(self):
        self._pass()
        other = self.env.ref("base.user_admin")
        self.assertFalse(self.recheck.with_user(other)._consume("test.act"))
        self.assertTrue(self.recheck._consume("test.act"))
