# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user, tagged

from odoo.addons.http_routing.tests.common import MockRequest

from .common import DsarHttpCase


@tagged("post_install", "-at_install")
class TestReview(DsarHttpCase):
    """GOV-5: what is noted about a person is read in a browser session that has just confirmed whose it is (DESIGN 7)."""

    def setUp(self):
        super().setUp()
        self.note = self._say(self.ann, "Pays late", note=True)
        self.request = self._answer()
        self.line = self._line(self.request, self.note)
        self.reader = self._user_with_role("user", "reader@example.com")
        self.authenticate(self.reader.login, self.reader.login)

    def _line(self, request, note):
        return request.review_ids.filtered(
            lambda line: line._source_model() == "mail.message" and line.res_id == note.id
        )

    def _confirm(self, request=None):
        answer = self._confirm_identity((request or self.request)._review_action(), self.reader.login)
        self.assertEqual(answer.status_code, 303)

    def _call(self, model, method, *args, **kwargs):
        """A call of the web client in the browser session."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.make_jsonrpc_request(f"/web/dataset/call_kw/{model}/{method}", params)

    def _read(self, line=None):
        """What the web client shows of a line: ``(preview, whether the reader is confirmed)``."""
        row = self._call("unicdo.request.review", "read", (line or self.line).ids, ["preview", "is_confirmed"])[0]
        return row["preview"], row["is_confirmed"]

    def _reads_logged(self):
        self.env.cr.execute("SELECT count(*) FROM unicdo_ledger_event WHERE kind = 'dsar.review.read'")
        return self.env.cr.fetchone()[0]

    def test_nothing_is_shown_before_and_all_of_the_review_after(self):
        before = self._reads_logged()
        self.assertEqual(self._read(), (False, False))
        self.assertEqual(self._reads_logged(), before)
        self._confirm()
        for _time in range(2):
            preview, is_confirmed = self._read()
            self.assertIn("Pays late", preview)
            self.assertTrue(is_confirmed)
        self.assertEqual(self._reads_logged(), before + 2)

    def test_opening_the_review_leads_to_the_question_once(self):
        opened = self._call("unicdo.request", "action_open_review", self.request.ids)
        self.assertEqual(opened["type"], "ir.actions.act_url")
        page = self.url_open(opened["url"])
        self.assertIn("read what is noted about somebody who asked for their data", page.text)
        self.assertIn("15 minutes", page.text)
        answer = self._confirm_identity(
            self.request._review_action(), self.reader.login, f"/odoo/privacy-requests/{self.request.id}/privacy-review"
        )
        self.assertEqual(self.url_open(answer.headers["Location"]).status_code, 200)
        opened = self._call("unicdo.request", "action_open_review", self.request.ids)
        self.assertEqual(opened["res_model"], "unicdo.request.review")

    def test_reading_and_blacking_out_in_a_browser(self):
        """GOV-5: from the request to the question, back to the review, and to a word blacked out."""
        self.note.subject = "Late payments"
        self.start_tour(f"/odoo/privacy-requests/{self.request.id}", "unicdo_dsar_review", login=self.reader.login)
        self.env.invalidate_all()
        self.assertEqual((self.line.decision, self.line.phrases), ("redact", "late"))

    def test_a_confirmed_browser_opens_nothing_to_programs(self):
        """By XML-RPC, with password or key, and by the JSON API there is no session that could be confirmed."""
        self._confirm()
        with MockRequest(self.env(user=self.reader.id)) as own_request:
            own_request.session.uid = self.reader.id
            keys = self.env["res.users.apikeys"].with_user(self.reader).sudo()
            key = keys._generate(None, "Program", fields.Datetime.now() + timedelta(days=1))
        with self.assertLogs("odoo.addons.rpc.controllers.xmlrpc", "WARNING"):  # deprecated, and still open
            for secret in (self.reader.login, key):
                rows = self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname, self.reader.id, secret, "unicdo.request.review", "read", [self.line.ids, ["preview"]]
                )
                self.assertFalse(rows[0]["preview"])
        del self.opener.cookies["session_id"]
        answer = self.url_open(
            "/json/2/unicdo.request.review/read",
            json={"ids": self.line.ids, "fields": ["preview"]},
            headers={"Authorization": f"bearer {key}"},
        )
        self.assertEqual(answer.json(), [{"id": self.line.id, "preview": False}])

    def test_another_session_and_another_reader_confirm_for_themselves(self):
        self._confirm()
        self.authenticate(self.reader.login, self.reader.login)
        self.assertEqual(self._read(), (False, False))
        other = self._user_with_role("user", "other@example.com")
        self.authenticate(other.login, other.login)
        self.assertEqual(self._read(), (False, False))

    def test_another_requests_review_is_confirmed_for_itself(self):
        self._confirm()
        note = self._say(self.joann, "Is nice", note=True)
        other = self._answer(partner=self.joann)
        self.assertEqual(self._read(self._line(other, note)), (False, False))

    def test_it_ends_after_a_quarter_of_an_hour(self):
        with freeze_time("2026-03-01 12:00:00") as clock:
            self.authenticate(self.reader.login, self.reader.login)
            self._confirm()
            clock.tick(15 * 60 - 1)
            self.assertTrue(self._read()[1])
            clock.tick(1)
            self.assertEqual(self._read(), (False, False))

    def test_it_ends_with_the_review(self):
        self._confirm()
        self.request.review_ids.action_include()
        self.request.with_user(self.reader).action_release()
        self.assertEqual(self._read(), (False, False))
        self._run_jobs()
        self._confirm()
        self.assertEqual(self._read(), (False, False))
        opened = self._call("unicdo.request", "action_open_review", self.request.ids)
        self.assertEqual(opened["res_model"], "unicdo.request.review")

    def test_code_in_the_database_reads_nothing_in_the_readers_session(self):
        self._confirm()
        self.env["ir.actions.server"].create({
            "name": "Trick",
            "model_id": self.env["ir.model"]._get_id("unicdo.request.review"),
            "state": "code",
            "code": "record.sudo().write({'decision': 'leave_out', 'reason': record.preview or 'nothing'})",
        })
        action = self.env["ir.actions.server"].search([("name", "=", "Trick")])
        context = {"active_model": "unicdo.request.review", "active_id": self.line.id, "active_ids": self.line.ids}
        self.make_jsonrpc_request("/web/action/run", {"action_id": action.id, "context": context})
        self.env.invalidate_all()
        self.assertEqual(self.line.reason, "nothing")

    def test_without_the_role_the_confirmation_opens_nothing(self):
        stranger = new_test_user(self.env, "stranger@example.com", password="stranger@example.com")
        self.authenticate(stranger.login, stranger.login)
        self._confirm_identity(self.request._review_action(), stranger.login)
        with self.assertRaises(Exception, msg="AccessError"), self.assertLogs("odoo.http", "WARNING"):
            self._read()
