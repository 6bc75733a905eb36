# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import hmac
import re
import time
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessDenied
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME

from odoo.addons.http_routing.tests.common import MockRequest
from odoo.addons.unicdo_privacy.tests.common import PrivacyCase, PrivacyHttpCase

ANN, THIEF = "ann@example.com", "thief@evil.example"


class ChangeMixin:
    """Ann has had her account for long, and her data is what somebody else wants."""

    def setUp(self):
        super().setUp()
        self.person = self._user_with_role("portal", ANN)
        self.contact = self.person.partner_id
        self.mails = []
        mailer = type(self.env["ir.mail_server"])
        self.enterContext(
            patch.object(mailer, "send_email", lambda _self, message, *args, **kwargs: self.mails.append(message))
        )

    def _thief(self, **vals):
        """An account that has been there for long, of somebody who wants what is Ann's."""
        return self._user_with_role("portal", THIEF, **vals)

    def _code(self):
        body = self.mails[-1].get_body(("html",)).get_content()
        return re.search(r"\b(\d{6})\b", re.sub(r"<style.*?</style>|#\d{6}|<[^>]*>", " ", body))[1]

    def _told(self):
        """The addresses that our notice goes to."""
        self.env.cr.flush()
        mails = self.env["mail.mail"].search([("subject", "like", "Your account at"), ("subject", "like", "was changed")])
        return sorted(mails.mapped("email_to"))


@tagged("post_install", "-at_install")
class TestSignInChange(ChangeMixin, PrivacyCase):
    """GOV-9: who changed how somebody signs in does not get at their data (DESIGN 7)."""

    def setUp(self):
        super().setUp()
        self.enterContext(self.enter_registry_test_mode())

    @contextmanager
    def _session(self, user):
        """A browser session of ``user``; gives the re-check in it."""
        cookies = {TEST_CURSOR_COOKIE_NAME: self.http_request_key}
        with MockRequest(self.env(user=user.id), cookies=cookies) as mocked:
            mocked.is_frontend = False
            mocked.session.update({"uid": user.id, "sid": "s" * 84})
            yield self.env["unicdo.recheck"].with_user(user)

    def _send_code(self, user):
        with self._session(user) as recheck:
            recheck._send_code("test.act")

    def _passes(self, user, **answer):
        with self._session(user) as recheck:
            try:
                recheck._verify("test.act", answer)
            except AccessDenied:
                return False
            return recheck._consume("test.act")

    def _asked_at(self, user):
        """Where the code goes that is asked for in addition; "" for nowhere, None if none is asked for."""
        with self._session(user) as recheck:
            return recheck._address() if recheck._needs()["changed"] else None

    def _assert_guarded(self, user, password, address=ANN):
        """Password alone does not do; with the code mailed to the address from before it does, and is not asked again."""
        self.assertEqual(self._asked_at(user), address)
        self.assertFalse(self._passes(user, password=password))
        self._send_code(user)
        self.assertEqual(self.mails[-1]["To"], address)
        self.assertFalse(self._passes(user, password="wrong", code=self._code()))
        self.assertTrue(self._passes(user, password=password, code=self._code()))
        self.assertTrue(self._passes(user, password=password))

    def test_a_password_set_by_an_administrator(self):
        self.person._change_password("set-by-admin")
        self._assert_guarded(self.person, "set-by-admin")

    def test_a_changed_sign_in_name_and_both_addresses_are_told(self):
        self.person.write({"login": THIEF, "password": "set-by-admin"})
        self.assertEqual(self._told(), [ANN, THIEF])
        self._assert_guarded(self.person, "set-by-admin")

    def test_an_address_changed_with_the_password(self):
        self.person.write({"email": THIEF, "password": "set-by-admin"})
        self.assertEqual(self._asked_at(self.person), ANN)

    def test_all_changed_at_once_and_each_address_told_once(self):
        self.person.write({"login": THIEF, "email": THIEF, "password": "set-by-admin"})
        self.assertEqual(self._told(), [ANN, THIEF])
        self.assertEqual(self._asked_at(self.person), ANN)

    def test_the_address_of_the_contact_of_somebody_whose_sign_in_name_is_none(self):
        self.person.login = "ann"
        self._settle(self.person)
        self.contact.email = THIEF
        self.assertEqual(self._told(), [ANN, THIEF])
        self.assertEqual(self._asked_at(self.person), ANN)

    def test_confirming_oneself_vouches_for_no_new_address(self):
        self.person.login = "ann"
        self._settle(self.person)
        self.contact.email = THIEF
        self._assert_guarded(self.person, ANN)
        self.person._change_password("set-by-admin")
        self.assertEqual(self._asked_at(self.person), ANN)

    def test_the_first_address_counts_however_often_it_is_changed(self):
        with freeze_time("2026-03-01 12:00:00") as clock:
            for number in range(3):
                self.person.login = f"{number}{THIEF}"
                clock.tick(timedelta(days=3))
            self.assertEqual(self._asked_at(self.person), ANN)

    def test_a_removed_second_factor(self):
        if "totp_secret" not in self.person._fields:
            self.skipTest("two-factor sign-in is not installed")
        self.person.totp_secret = base64.b32encode(b"0123456789abcdefghij").decode()
        self._settle(self.person)
        self.person.totp_secret = False
        self._assert_guarded(self.person, ANN)

    def test_the_code_comes_on_top_of_the_app(self):
        """Otherwise whoever reads the mail could reset the password and be asked for less than before."""
        if "totp_secret" not in self.person._fields:
            self.skipTest("two-factor sign-in is not installed")
        secret = b"0123456789abcdefghij"
        self.person.totp_secret = base64.b32encode(secret).decode()
        self._send_code(self.person)
        self.assertFalse(self._passes(self.person, password=ANN, code=self._code()))
        digest = hmac.digest(secret, int(time.time() // 30).to_bytes(8, "big"), "sha1")
        number = int.from_bytes(digest[digest[-1] & 0xF:][:4], "big") & 0x7FFFFFFF
        self.assertTrue(self._passes(self.person, password=ANN, code=self._code(), app_code=f"{number % 10**6:06}"))

    def test_the_code_comes_on_top_of_a_passkey(self):
        if "auth.passkey.key" not in self.env:
            self.skipTest("passkeys are not installed")
        keys = self.env["auth.passkey.key"]
        keys.with_user(self.person).sudo().create({"name": "K", "credential_identifier": "abc", "public_key": "def"})
        self.person._change_password("set-by-admin")
        with patch.object(type(keys), "_verify_auth", lambda _self, answer, public_key, count: count + 1):
            self.assertFalse(self._passes(self.person, webauthn_response='{"id": "abc"}'))
            self._send_code(self.person)
            self.assertTrue(self._passes(self.person, webauthn_response='{"id": "abc"}', code=self._code()))

    def test_a_removed_passkey(self):
        if "auth.passkey.key" not in self.env:
            self.skipTest("passkeys are not installed")
        values = {"name": "K", "credential_identifier": "abc", "public_key": "def"}
        self.env["auth.passkey.key"].with_user(self.person).sudo().create(values).unlink()
        self._assert_guarded(self.person, ANN)

    def test_a_second_account_for_the_same_contact(self):
        thief = self._second_account()
        self.assertEqual(self._told(), [ANN, THIEF])
        self.assertIsNone(self._asked_at(self.person))
        self._assert_guarded(thief, "set-by-admin")

    def _second_account(self):
        return self.env["res.users"].with_context(no_reset_password=True).create({
            "login": THIEF, "password": "set-by-admin", "partner_id": self.contact.id,
            "group_ids": [Command.set([self.env.ref("base.group_portal").id])],
        })

    def test_confirming_oneself_vouches_for_no_other_account(self):
        thief = self._second_account()
        self.person._change_password("set-by-admin")
        self._assert_guarded(self.person, "set-by-admin")
        self.assertEqual(self._asked_at(thief), ANN)

    def test_an_account_moved_to_the_contact(self):
        thief = self._thief()
        thief.write({"partner_id": self.contact.id})
        self.assertEqual(self._told(), [ANN, THIEF])
        self.assertEqual(self._asked_at(thief), ANN)

    def test_an_account_moved_from_the_contacts_side(self):
        thief = self._thief()
        self.contact.write({"user_ids": [Command.link(thief.id)]})
        self.assertEqual(thief.partner_id, self.contact)
        self.assertEqual(self._asked_at(thief), ANN)

    def test_an_account_deleted_and_made_anew_with_another_address(self):
        self.env.flush_all()
        self.person.unlink()
        self.assertEqual(self._told(), [ANN])
        self.contact.email = THIEF
        thief = self._second_account()
        self._assert_guarded(thief, "set-by-admin")

    def test_an_account_deleted_and_its_contact_joined_with_another(self):
        thief = self._thief()
        self.env.flush_all()
        self.person.unlink()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.contact | thief.partner_id).ids, thief.partner_id, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual(self._asked_at(thief), ANN)

    def test_an_account_deleted_and_its_contact_made_an_address_of_another(self):
        thief = self._thief()
        self.env.flush_all()
        self.person.unlink()
        self.contact.write({"parent_id": thief.partner_id.id, "type": "delivery"})
        self.assertEqual(self._asked_at(thief), ANN)

    def test_it_is_over_after_a_week(self):
        with freeze_time("2026-03-01 12:00:00") as clock:
            self.person._change_password("set-by-admin")
            clock.tick(timedelta(days=7, seconds=-1))
            self.assertEqual(self._asked_at(self.person), ANN)
            clock.tick(timedelta(seconds=1))
            self.assertTrue(self._passes(self.person, password="set-by-admin"))
            clock.tick(timedelta(seconds=1))
            self.env["unicdo.sign.in.change"]._gc_old()
            self.assertFalse(self.env["unicdo.sign.in.change"].search([("user_id", "=", self.person.id)]))

    def test_without_an_address_from_before_it_is_refused_for_a_week(self):
        with freeze_time("2026-03-01 12:00:00") as clock:
            self.person.write({"login": "ann", "email": False})
            self._settle(self.person)
            self.person.write({"login": THIEF, "password": "set-by-admin"})
            self.assertEqual(self._asked_at(self.person), "")
            self.assertFalse(self._passes(self.person, password="set-by-admin"))
            clock.tick(timedelta(days=7))
            self.assertTrue(self._passes(self.person, password="set-by-admin"))

    def test_addresses_of_two_people_prove_nothing(self):
        """Who gets hold of a second person's contact cannot answer with the address of the first."""
        thief = self._thief()
        thief._change_password("set-by-admin")
        self.env.flush_all()
        self.person.unlink()
        self.contact.write({"parent_id": thief.partner_id.id, "type": "delivery"})
        self.assertEqual(self._asked_at(thief), "")

    def test_what_people_change_themselves_asks_for_nothing_more(self):
        with self._session(self.person):
            self.person.with_user(self.person).sudo()._change_password("my-own-choice")
            self.contact.with_user(self.person).sudo().write({"name": "Ann", "email": self.contact.email})
        self.assertIsNone(self._asked_at(self.person))
        self.assertFalse(self._told())

    def test_an_address_typed_into_an_open_session_proves_nothing(self):
        """Otherwise whoever finds a device open could have the reset link mailed to themselves."""
        self.person.login = "ann"
        self._settle(self.person)
        with self._session(self.person):
            self.contact.with_user(self.person).sudo().email = THIEF
        self.assertEqual(self._asked_at(self.person), ANN)
        self.assertEqual(self._told(), [ANN, THIEF])

    def test_the_ledger_says_so(self):
        self.person._change_password("set-by-admin")
        subject = self.env["unicdo.subject"]._for_partner(self.contact)
        self.assertIn("sign_in.changed", self.env["unicdo.ledger.event"]._of_subject(subject).mapped("kind"))


@tagged("post_install", "-at_install")
class TestSignInChangePages(ChangeMixin, PrivacyHttpCase):
    """GOV-9: what a person sees after somebody else changed how they sign in."""

    def _post(self, path="", **answer):
        page = self.url_open("/my/privacy/confirm?action=test.act&next=/my")
        data = {"csrf_token": self._csrf(page), "action": "test.act", "next": "/my", **answer}
        return self.url_open(f"/my/privacy/confirm{path}", data=data, allow_redirects=False)

    def test_a_reset_by_mailed_link_asks_for_one_code_and_no_more(self):
        """A legitimate reset goes on working: no waiting, no mail but Odoo's own, and the code is asked for once."""
        page = self.url_open("/web/reset_password")
        self.url_open("/web/reset_password", data={"csrf_token": self._csrf(page), "login": ANN})
        link = self.contact.with_context(relative_url=True)._get_signup_url()
        page = self.url_open(link)
        form = {"csrf_token": self._csrf(page), "token": re.search(r'name="token"[^>]*value="([^"]+)"', page.text)[1]}
        form |= {"login": ANN, "name": self.person.name, "password": "my-new-one", "confirm_password": "my-new-one"}
        self.assertIn("reset successfully", self.url_open("/web/reset_password", data=form).text)
        self.assertFalse(self._told())
        self.authenticate(ANN, "my-new-one")
        page = self.url_open("/my/privacy/confirm?action=test.act&next=/my")
        self.assertIn("ask once for a code", page.text)
        self._post("/code")
        self.assertEqual(self.mails[-1]["To"], ANN)
        self.assertEqual(self._post(password="my-new-one", code=self._code()).status_code, 303)
        page = self.url_open("/my/privacy/confirm?action=test.act&next=/my")
        self.assertNotIn("Send me a code", page.text)
        self.assertEqual(self._post(password="my-new-one").status_code, 303)

    def test_without_an_address_the_page_says_when_it_opens(self):
        self.person.write({"login": "ann", "email": False})
        self._settle(self.person)
        self.person._change_password("set-by-admin")
        self.authenticate("ann", "set-by-admin")
        page = self.url_open("/my/privacy/confirm?action=test.act&next=/my")
        self.assertIn("another password.", page.text)
        self.assertIn("Please contact us", page.text)
        self.assertNotIn('id="recheck_password"', page.text)

    def test_only_the_address_from_before_is_named(self):
        self.person.write({"login": THIEF, "password": "set-by-admin"})
        self.authenticate(THIEF, "set-by-admin")
        page = self.url_open("/my/privacy/confirm?action=test.act&next=/my")
        self.assertIn("a•••@example.com", page.text)
        self.assertNotIn("evil.example", page.text.split('id="wrap"')[1].split("<footer")[0])
