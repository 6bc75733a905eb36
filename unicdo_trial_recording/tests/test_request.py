# SPDX-License-Identifier: LGPL-3.0-or-later
import re
import secrets
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ..controllers.public import PER_ADDRESS
from ..models.unicdo_recording_request import MINUTES, TRIES, UnicdoRecordingRequest
from .test_portal import OwnCase

FORM = "/recording/request"


@tagged("post_install", "-at_install")
class TestRequest(OwnCase):
    """REC-3: people without an account, after a code mailed to an address on file."""

    def setUp(self):
        super().setUp()
        self.mails = []
        mailer = patch.object(
            type(self.env["ir.mail_server"]), "send_email", lambda _self, message, *args, **kwargs: self.mails.append(message)
        )
        mailer.start()
        self.addCleanup(mailer.stop)
        self.env["unicdo.work"].sudo().search([("state", "=", "todo")]).state = "cancelled"
        self.authenticate(None, None)

    def _ask(self, what, database=None, email=None, **more):
        """Send the form, and let the job mail what it mails.

        :return: (answer, codes that were mailed)
        """
        data = {"what": what, "database": database or self.env.cr.dbname, "email": email or self.user.login, **more}
        answer = self.url_open(FORM, data=data, allow_redirects=False)
        before = len(self.mails)
        self.env.ref("unicdo_privacy.unicdo_work_cron_1").method_direct_trigger()
        self.env.invalidate_all()
        return answer, [code for mail in self.mails[before:] for code in re.findall(r"\d{4} \d{4}", self._text(mail))]

    @staticmethod
    def _text(mail):
        return mail.get_body(("html",)).get_content()

    def _type(self, code):
        return self.url_open(f"{FORM}/code", data={"code": code})

    def test_every_form_of_the_address_finds_the_same(self):
        """REC-3"""
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        host = base.partition("//")[2]
        for form in (self.env.cr.dbname.upper(), base, f"HTTPS://me:x@{host.upper()}/odoo?x#y", f" {host.partition(':')[0]}. "):
            self.env["unicdo.rate.limit"].sudo().search([]).unlink()
            self.assertTrue(self._ask("get", form)[1], form)

    def test_a_name_of_another_database_finds_nothing(self):
        """REC-3: exact, never by its beginning."""
        for form in (self.env.cr.dbname + "x", self.env.cr.dbname[:-1], "%", "other.example.com"):
            self.env["unicdo.rate.limit"].sudo().search([]).unlink()
            self.assertFalse(self._ask("get", form)[1], form)

    def test_every_answer_is_the_same(self):
        """REC-3: whether a database, an account or a recording exists."""
        never = self._user_with_role("portal", "never@example.com")
        answers = []
        for database, email in (
            (None, self.user.login), (None, never.login), (None, "nobody@example.com"), ("unknown", self.user.login),
        ):
            answer, _codes = self._ask("get", database, email)
            page = self.url_open(f"{FORM}/code").text
            page = page.replace(email, "ADDRESS").replace(database or self.env.cr.dbname, "DATABASE")
            page = re.sub(r'csrf_token[^,;]*|[0-9a-f]{40}o\d+', "", page)
            wrong = self._type("1")
            answers.append((answer.status_code, answer.headers["Location"], wrong.status_code, page))
        self.assertEqual(len(set(answers)), 1)

    def test_the_mail_does_not_say_whether_anything_is_recorded(self):
        """REC-1: who never agreed gets the same mail."""
        never = self._user_with_role("portal", "never@example.com")
        self._ask("get")
        self._ask("get", email=never.login)
        first, second = [re.sub(r"\d{4} \d{4}", "", self._text(mail)) for mail in self.mails[-2:]]
        self.assertEqual(first, second)

    def test_a_person_gets_their_own_after_the_code(self):
        """REC-3: in the browser that asked."""
        _answer, [code] = self._ask("get")
        page = self._type(code)
        self.assertIn(self.own["recording"], page.text)
        self.assertNotIn(self.others["recording"], page.text)
        file = self.url_open(f"{FORM}/own", data={"recording": self.own["recording"]})
        self.assertIn("attachment", file.headers["Content-Disposition"])
        anothers = self.url_open(f"{FORM}/own", data={"recording": self.others["recording"]})
        self.assertNotIn("Content-Disposition", anothers.headers)

    def test_a_code_is_good_in_its_own_browser_only(self):
        """REC-3: who can read the mail but did not ask gets nothing."""
        _answer, [code] = self._ask("get")
        self.authenticate(None, None)
        self.assertIn("Send me a code", self._type(code).text)
        self._ask("get", email="nobody@example.com")
        self.assertEqual(self._type(code).status_code, 422)

    def test_a_code_is_used_once(self):
        _answer, [code] = self._ask("remove")
        self.assertIn("Destroyed for good", self._type(code).text)
        again = self._record(self.user)
        self.authenticate(None, None)
        self._ask("remove")
        self.assertEqual(self._type(code).status_code, 422)
        self.assertTrue(self._recording(again))

    def test_a_code_ends(self):
        _answer, [code] = self._ask("get")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=MINUTES, seconds=1)):
            self.assertEqual(self._type(code).status_code, 422)

    def test_guessing_ends(self):
        _answer, [code] = self._ask("get")
        for _try in range(TRIES):
            self.assertEqual(self._type("0000 0000").status_code, 422)
        self.assertEqual(self._type(code).status_code, 422)

    def test_removing_destroys_ones_own_at_once(self):
        """REC-3: with a certificate, and nobody else's."""
        _answer, [code] = self._ask("remove")
        self.assertRegex(self._type(code).text, r"No\. \d+")
        self.assertFalse(self._recording(self.own))
        self.assertTrue(self._recording(self.others))

    def test_the_administrator_has_all_removed_and_receives_none(self):
        """REC-3"""
        admin = self._user_with_role("admin")
        _answer, [code] = self._ask("get", email=admin.login)
        page = self._type(code).text
        self.assertNotIn(self.own["recording"], page)
        for grant in (self.own, self.others):
            file = self.url_open(f"{FORM}/own", data={"recording": grant["recording"]})
            self.assertNotIn("Content-Disposition", file.headers)
        _answer, [code] = self._ask("remove_all", email=admin.login)
        page = self._type(code).text
        [number] = re.findall(r"audit ledger: (\d+)", re.sub(r"\s+", " ", page))
        self.assertEqual(self.env["unicdo.ledger.event"].sudo().browse(int(number)).kind, "recording.removed_all")
        self.assertFalse(self._recording(self.own) or self._recording(self.others))

    def test_nobody_else_has_all_removed(self):
        """REC-3: knowing a database's name is no proof."""
        officer = self._user_with_role("officer")
        for email in (self.user.login, officer.login, "nobody@example.com"):
            self.assertFalse(self._ask("remove_all", email=email)[1])
        self.assertTrue(self._recording(self.own))

    def test_an_administrator_who_changes_an_address_does_not_get_its_recordings(self):
        """REC-3: for a week codes go to the address from before."""
        self.user.with_user(self._user_with_role("admin")).sudo().write({
            "login": "mallory@example.com", "email": "mallory@example.com",
        })
        self.assertFalse(self._ask("get", email="mallory@example.com")[1])
        self.assertTrue(self._ask("get", email="test_portal@example.com")[1])

    def test_of_a_shared_mailbox_nobody_gets_anything(self):
        """REC-3: two accounts of one address are never mixed."""
        self.user.partner_id.email = "office@example.com"
        for user in (self.user, self.other):
            user.write({"login": user.login.partition("@")[0], "email": "office@example.com"})
            self._settle(user)
        _answer, codes = self._ask("get", email="office@example.com")
        self.assertFalse(codes)
        self.assertIn("Several accounts", self._text(self.mails[-1]))

    def test_the_code_and_the_address_are_written_down_nowhere(self):
        """REC-3: a keyed digest of the code; the address goes with the mail."""
        _answer, [code] = self._ask("get")
        self.env.cr.execute("SELECT * FROM unicdo_recording_request")
        rows = str(self.env.cr.fetchall())
        self.assertNotIn(code.replace(" ", ""), rows)
        self.assertNotIn(self.user.login, rows)
        self.assertNotIn(self.user.login, str(self.env["mail.mail"].sudo().search([]).mapped("body_html")))

    def test_a_row_that_somebody_forges_proves_nothing(self):
        """REC-3: an administrator who writes into the table gets in no more than before."""
        admin = self._user_with_role("admin")
        self._ask("get", email=admin.login)
        _answer, [_code] = self._ask("get")
        requests = self.env["unicdo.recording.request"].sudo().search([], order="id")
        requests[-1].code_hash = requests[0].code_hash
        self.assertEqual(self._type(re.findall(r"\d{4} \d{4}", self._text(self.mails[-2]))[0]).status_code, 422)

    def test_what_is_missing_is_said(self):
        answer = self.url_open(FORM, data={"what": "x", "database": "", "email": "nobody"})
        self.assertEqual(answer.status_code, 422)
        for words in ("name or the address of the database", "This is no mail address"):
            self.assertIn(words, answer.text)
        self.assertEqual(self.url_open(FORM, data={"database": "x", "email": "a@b.cd", "homepage": "x"}).status_code, 422)

    def test_another_site_cannot_send_the_form(self):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            answer = self.url_open(FORM, data={"database": "x", "email": "a@b.cd"}, headers=headers)
            self.assertEqual(answer.status_code, 422)

    def test_much_is_refused(self):
        """DESIGN 8: rate-limited, whoever it is about."""
        codes = [self._ask("get", email="nobody@example.com")[0].status_code for _number in range(PER_ADDRESS + 1)]
        self.assertEqual(codes, [303] * PER_ADDRESS + [429])

    def test_removing_by_the_address_in_a_browser(self):
        """REC-3: any form of the address, a code, and it is destroyed."""
        issue = UnicdoRecordingRequest._issue

        def issue_and_mail(self, **asked):
            token = issue(self, **asked)
            self.sudo().search([], order="id desc", limit=1)._do_work_recording_code(None)
            return token

        with patch.object(UnicdoRecordingRequest, "_issue", issue_and_mail), patch.object(
            secrets, "randbelow", lambda _number: 12345678
        ):
            self.start_tour(FORM, "unicdo_recording_remove_by_url", login=None)
        self.assertFalse(self._recording(self.own))
        self.assertTrue(self._recording(self.others))
