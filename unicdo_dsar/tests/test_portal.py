# SPDX-License-Identifier: LGPL-3.0-or-later
import io
import re
import zipfile
from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from ..const import OPENINGS
from .common import DsarHttpCase


@tagged("post_install", "-at_install")
class TestPortal(DsarHttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate("ann@x.example", "ann@x.example")

    def _requests(self):
        self.env.invalidate_all()
        subject = self.env["unicdo.subject"]._for_partner(self.ann)
        return self.env["unicdo.request"].search([("subject_id", "=", subject.id)])

    def _post(self, url, **data):
        token = re.search(r'csrf_token: "(\w+)"', self.url_open("/my/privacy/copy").text)
        token = token[1] if token else self._csrf(self.url_open("/my/privacy/copy"))
        return self.url_open(url, data={"csrf_token": token, **data}, allow_redirects=False)

    def _ask_in_portal(self, kind="access"):
        self._confirm_identity("dsar.request", "ann@x.example")
        return self._post("/my/privacy/copy", kind=kind)

    def test_looking_changes_nothing(self):
        """DSR-1: GET makes no request."""
        for url in ("/my/privacy", "/my/privacy/copy", "/my/privacy/copy?kind=access"):
            self.assertEqual(self.url_open(url).status_code, 200)
        self.assertFalse(self._requests())

    def test_the_page_says_it_is_you_only_while_that_holds(self):
        """The words "it is you" stand there after the check, and no more once it is used, whatever the address says."""
        url, words = "/my/privacy/copy?kind=access&confirmed=1", "Thank you, it is you"
        self.assertNotIn(words, self.url_open(url).text)
        self._confirm_identity("dsar.request", "ann@x.example")
        self.assertIn(words, self.url_open(url).text)
        self._post("/my/privacy/copy", kind="access")
        self.assertNotIn(words, self.url_open(url).text)

    def test_it_is_asked_again_who_it_is(self):
        """DSR-1: no request without a fresh check; one check is good for one request."""
        answer = self._post("/my/privacy/copy", kind="access")
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/my/privacy/confirm", answer.headers["Location"])
        self.assertFalse(self._requests())
        answer = self._ask_in_portal()
        self.assertIn(f"/my/privacy/requests/{self._requests().id}", answer.headers["Location"])
        self.assertIn("/my/privacy/confirm", self._post("/my/privacy/copy", kind="portability").headers["Location"])

    def test_two_clicks_make_one_request(self):
        """DSR-1: the same request twice gives one package."""
        first, second = self._ask_in_portal(), self._ask_in_portal()
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertEqual(len(self._requests().package_ids), 1)

    def test_the_page_shows_progress_and_then_the_copy(self):
        """DSR-1: progress with and without JavaScript."""
        self._ask_in_portal()
        request = self._requests()
        page = self.url_open(f"/my/privacy/requests/{request.id}").text
        self.assertIn('role="progressbar"', page)
        self.assertIn('http-equiv="refresh"', page)
        answer = self.make_jsonrpc_request(f"/my/privacy/requests/{request.id}/progress", {})
        self.assertEqual(answer["percent"], 0)
        self._run_jobs()
        answer = self.make_jsonrpc_request(f"/my/privacy/requests/{request.id}/progress", {})
        self.assertEqual(answer["percent"], 100)
        page = self.url_open(f"/my/privacy/requests/{request.id}").text
        self.assertNotIn('role="progressbar"', page)
        self.assertIn(f'action="/my/privacy/requests/{request.id}/open"', page)

    def test_somebody_elses_request_does_not_exist(self):
        """DSR-1: bound to the person."""
        other = self._ask(partner=self.joann)
        self.assertEqual(self.url_open(f"/my/privacy/requests/{other.id}").status_code, 404)
        self.assertEqual(self.url_open(f"/my/privacy/requests/{other.id + 1000}").status_code, 404)
        self.assertEqual(self._post(f"/my/privacy/requests/{other.id}/open").status_code, 404)

    def test_from_mail_to_zip(self):
        """DSR-1: the link in the mail leads to a page whose button opens the copy."""
        self._ask_in_portal()
        self._run_jobs()
        token = self._token()
        page = self.url_open(f"/my/privacy/package/{token}")
        self.assertIn("3 more times", page.text)
        self.assertEqual(self._requests().package_ids.opened_count, 0)
        answer = self._post(f"/my/privacy/package/{token}")
        file = self.url_open(answer.headers["Location"])
        self.assertEqual(file.headers["Content-Type"], "application/zip")
        self.assertIn("attachment", file.headers["Content-Disposition"])
        self.assertIn("no-store", file.headers["Cache-Control"])
        self.assertIsNone(zipfile.ZipFile(io.BytesIO(file.content)).testzip())
        self.assertEqual(self._requests().package_ids.opened_count, 1)
        self.assertEqual(file.content, self._bytes(self._requests().package_ids))

    def test_nothing_personal_stands_in_the_mail(self):
        """DSR-1: no name, no data; the address and the link only."""
        self._ask_in_portal()
        self._run_jobs()
        message = self.mails[-1]
        self.assertNotIn("Ann", message["Subject"] + message.get_body(("html",)).get_content())
        self.env.cr.execute("SELECT count(*) FROM mail_message WHERE body LIKE %s", [f"%{self._token()}%"])
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_a_mailed_link_is_not_enough_for_who_set_the_password(self):
        """DSR-1: an administrator who has the mail and the account is asked for a code mailed to the address before."""
        self._ask_in_portal()
        self.user.write({"password": "set-by-admin"})
        self.ann.email = "thief@evil.example"
        self._run_jobs()
        url = f"/my/privacy/package/{self._token()}"
        self.assertEqual(self.mails[-1]["To"], "thief@evil.example")
        self.authenticate("ann@x.example", "set-by-admin")
        answer = self._post(url)
        self.assertIn("/my/privacy/confirm", answer.headers["Location"])
        page = self.url_open(answer.headers["Location"])
        self.assertIn("a•••@x.example", page.text)
        self.assertEqual(self._requests().package_ids.opened_count, 0)
        form = {"csrf_token": self._csrf(page), "action": "dsar.link", "next": url}
        self.url_open("/my/privacy/confirm/code", data=form)
        self.assertEqual(self.mails[-1]["To"], "ann@x.example")
        body = self.mails[-1].get_body(("html",)).get_content()
        code = re.search(r">(\d{6})<", body)[1]
        self.url_open("/my/privacy/confirm", data={**form, "password": "set-by-admin", "code": code})
        self.assertIn("/my-data.zip", self._post(url).headers["Location"])

    def test_a_link_is_used_up_after_three_openings(self):
        """DSR-1: three openings, each in a session of its own; then a page says what to do."""
        self._ask_in_portal()
        self._run_jobs()
        token = self._token()
        for number in range(OPENINGS):
            self.authenticate("ann@x.example", "ann@x.example")
            left = "once more" if number == OPENINGS - 1 else f"{OPENINGS - number} more times"
            self.assertIn(left, self.url_open(f"/my/privacy/package/{token}").text)
            self.assertEqual(self._post(f"/my/privacy/package/{token}").status_code, 303, number)
            self.assertEqual(self._post(f"/my/privacy/package/{token}").status_code, 303)
        self.authenticate("ann@x.example", "ann@x.example")
        answer = self._post(f"/my/privacy/package/{token}")
        self.assertEqual(answer.status_code, 410)
        self.assertIn("used up", answer.text)
        self.assertIn(f"/my/privacy/requests/{self._requests().id}", answer.text)

    def test_expired_says_so_and_a_fresh_one_is_a_click_away(self):
        """DSR-1: refused from the instant of expiry; gathered anew until 30 days after the answer."""
        self._ask_in_portal("portability")
        self._run_jobs()
        token, request = self._token(), self._requests()
        later = request.answered_at + timedelta(days=8)
        with freeze_time(later):
            self.authenticate("ann@x.example", "ann@x.example")
            self.assertIn("has expired", self.url_open(f"/my/privacy/package/{token}").text)
            self.assertEqual(self._post(f"/my/privacy/package/{token}").status_code, 410)
            self._confirm_identity("dsar.link", "ann@x.example")
            self._post(f"/my/privacy/requests/{request.id}/open", part="first")
            self._run_jobs()
            self.assertEqual(sorted(request.package_ids.mapped("state")), ["destroyed", "ready"])
            self._confirm_identity("dsar.link", "ann@x.example")
            answer = self._post(f"/my/privacy/requests/{request.id}/open", part="first")
            self.assertIn("Your copy is here", self.url_open(answer.headers["Location"]).text)

    def test_foreign_token_and_unknown_token_look_the_same(self):
        """DSR-1: who is signed in as somebody else learns nothing."""
        self._ask_in_portal()
        self._run_jobs()
        token = self._token()
        self._user_with_role("portal", "joann@x.example", partner_id=self.joann.id)
        self.authenticate("joann@x.example", "joann@x.example")
        pages = []
        for text in (token, "x" * len(token), "%00%F0", "../../etc"):
            page = self.url_open(f"/my/privacy/package/{text}")
            pages.append((page.status_code, page.text.count("This link does not work") > 0))
            self.assertNotIn(self._requests().name, page.text)
        self.assertEqual(pages[:2], [(404, True), (404, True)])
        self.assertEqual(self._post(f"/my/privacy/package/{token}").status_code, 404)
        package = self._requests().package_ids
        for path in ("my-data.zip", "read/index.html"):
            self.assertEqual(self.url_open(f"/my/privacy/copy/{package.id}/{path}").status_code, 410)
        self.assertEqual(package.opened_count, 0)

    def test_without_ticket_nothing_is_handed_out(self):
        """DSR-1: her own package too is opened by the button only, and refusals are logged."""
        self._ask_in_portal()
        self._run_jobs()
        package = self._requests().package_ids
        answer = self.url_open(f"/my/privacy/copy/{package.id}/my-data.zip")
        self.assertEqual(answer.status_code, 410)
        self.assertIn("open your copy again", answer.text)
        self.assertIn(f"/my/privacy/requests/{package.request_id.id}", answer.text)

    def test_a_copy_that_is_there_is_found_from_the_first_page(self):
        """DSR-1: somebody who comes back without the mail sees at once that the copy is ready, and where."""
        self._ask_in_portal("portability")
        self.assertIn("See how far it is", self.url_open("/my/privacy/copy").text)
        self._run_jobs()
        page = self.url_open("/my/privacy/copy").text
        self.assertEqual(self._requests().state, "answered")
        self.assertIn("ready to open", page)
        self.assertNotIn("Earlier requests", page)
        self._requests().package_ids._destroy()
        page = self.url_open("/my/privacy/copy").text
        self.assertNotIn("ready to open", page)
        self.assertIn("Earlier requests", page)

    def test_what_we_hold_leads_to_a_copy(self):
        """GOV-1, DSR-1: who sees what is held is one click from reading it."""
        self.assertIn('href="/my/privacy/copy"', self.url_open("/my/privacy/data").text)

    def test_signed_out_people_are_asked_to_sign_in(self):
        self.logout()
        for url in ("/my/privacy/copy", "/my/privacy/package/x", "/my/privacy/copy/1/my-data.zip"):
            answer = self.url_open(url, allow_redirects=False)
            self.assertIn("/web/login", answer.headers.get("Location", ""))
