# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.unicdo_privacy.models import unicdo_work
from odoo.addons.unicdo_privacy.tests.common import recorded_kinds

from .common import DsarCase


@tagged("post_install", "-at_install")
class TestRequest(DsarCase):
    def test_due_date_follows_the_day_of_receipt_by_any_channel(self):
        """DSR-1: counted from the day it reached us, not from the day somebody typed it in."""
        request = self.env["unicdo.request"].create(
            {
                "partner_id": self.ann.id,
                "channel": "letter",
                "received_at": datetime(2026, 1, 31, 9),
            }
        )
        self.assertEqual(request.due_date, date(2026, 2, 28))
        self.assertEqual(request.subject_id.partner_id, self.ann)

    def test_everything_that_is_recorded_has_words(self):
        """GOV-9: an auditor reads what happened to a request, not a code."""
        kinds = recorded_kinds("unicdo_dsar")
        self.assertIn("dsar.download.refused", kinds)
        self.assertFalse(kinds - set(self.env["unicdo.ledger.event"]._kind_names()))

    def test_columns_stand_in_the_order_of_a_requests_life(self):
        """The kanban shows the states there are, the first step first."""
        self._ask().state = "answered"
        self.env["unicdo.request"].create({"partner_id": self.ann.id})
        requests = self.env["unicdo.request"].with_context(read_group_expand=True)
        groups = requests.formatted_read_group([("partner_id", "=", self.ann.id)], ["state"])
        self.assertEqual([group["state"] for group in groups], ["draft", "answered"])

    def test_the_same_request_twice_is_one(self):
        """DSR-1: the second click joins the first; another kind is another request."""
        request = self._ask()
        self.assertEqual(self._ask(), request)
        self.assertNotEqual(self._ask("portability"), request)
        self.assertEqual(len(request.package_ids), 1)
        self._run_jobs()
        self.assertEqual(len(request.package_ids), 1)

    def test_helpdesk_notes_a_request_and_sees_no_content(self):
        """DSR-1: by the helpdesk, who confirm receipt once they know who it is."""
        helpdesk = self._user_with_role("helpdesk")
        requests = self.env["unicdo.request"].with_user(helpdesk)
        request = requests.create(
            {
                "partner_id": self.ann.id,
                "channel": "phone",
                "received_at": fields.Datetime.now() - timedelta(days=3),
            }
        )
        with self.assertRaisesRegex(UserError, "how you made sure"):
            request.action_receive()
        request.identity_checked = "known"
        request.action_receive()
        self.assertEqual(request.state, "working")
        self._say(self.ann, "note", note=True)
        self._run_jobs()
        self.assertEqual(request.state, "review")
        for model in ("unicdo.request.review", "unicdo.package", "unicdo.request.found", "unicdo.download.link"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(helpdesk).search([])
        with self.assertRaises(AccessError):
            request.action_release()

    def test_what_was_asked_stays(self):
        """DSR-1: a received request is proof."""
        request = self._ask()
        for values in ({"received_at": fields.Datetime.now()}, {"kind": "portability"}, {"partner_id": self.joann.id}):
            with self.assertRaises(UserError):
                request.write(values)
        with self.assertRaises(UserError):
            request.unlink()

    def test_refusal_tells_the_reason_and_destroys_what_was_prepared(self):
        """DSR-1: a refusal is an answer too, with reason and the right to complain (GDPR Art. 12(4))."""
        request = self._answer()
        with self.assertRaisesRegex(UserError, "reason"):
            request.action_refuse()
        request.refusal_reason = "We cannot tell who you are."
        request.action_refuse()
        self.assertEqual((request.state, request.package_ids.state), ("refused", "destroyed"))
        body = self.mails[-1].get_body(("html",)).get_content()
        self.assertIn("We cannot tell who you are.", body)
        self.assertIn("complain", body)

    def test_who_has_no_address_is_refused_by_letter(self):
        """DSR-1: the request is refused all the same, and the timeline says who has to be told."""
        request = self._ask(partner=self.env["res.partner"].create({"name": "Len Letter"}))
        request.refusal_reason = "We cannot tell who you are."
        request.action_refuse()
        self.assertEqual(request.state, "refused")
        self.assertFalse(self.mails)
        self.assertIn("by letter", request.message_ids[0].body)

    def test_a_name_adds_no_recipient_to_our_mails(self):
        """GOV-9: anybody may sign up under a name with line breaks; our server mails nobody else for them."""
        self.ann.name = "Ann\r\nBcc: third@party.example\r\n\r\nBuy this"
        self._answer("portability")
        self.assertEqual(self.mails[-1]["To"], self.ann.email)
        self.assertNotIn(b"third@party.example", bytes(self.mails[-1]))

    def test_answered_requests_close_after_thirty_days(self):
        """DSR-1: a fresh link is to be had until 30 days after the answer, then everything is gone."""
        request = self._answer("portability")
        self.assertEqual(request.state, "answered")
        for days, may, state in ((29, True, "answered"), (31, False, "closed")):
            with freeze_time(request.answered_at + timedelta(days=days)):
                self.assertEqual(request._may_renew(), may)
                self.env["unicdo.request"]._cron_go_on()
                self.assertEqual(request.state, state)
        self.assertEqual(request.package_ids.state, "destroyed")

    def test_timeline_and_ledger_name_nobody(self):
        """DSR-1: what is logged holds nothing personal."""
        self._say(self.ann, "private words", note=True)
        request = self._answer()
        request.review_ids.action_include()
        request.action_release()
        self._run_jobs()
        texts = " ".join(str(body) for body in request.message_ids.mapped("body"))
        self.env.cr.execute("SELECT string_agg(detail::text, ' ') FROM unicdo_ledger_event WHERE kind LIKE 'dsar.%%'")
        texts += self.env.cr.fetchone()[0] or ""
        for word in ("Ann", "Lee", "x.example", "private words"):
            self.assertNotIn(word, texts)
        self.assertIn("The first part is ready", texts)

    def test_work_that_gives_up_calls_for_help_and_goes_on_when_retried(self):
        """DSR-1: a failure waits for a person and loses nothing."""
        request = self._ask()
        work = self.env["unicdo.work"].search([("res_model", "=", "unicdo.package"), ("kind", "=", "find")])
        work = work.filtered(lambda row: row.res_id == request.package_ids.id)
        work.state = "failed"
        work._tell_record()
        self.assertEqual(request.state, "failed")
        self.assertEqual(self._ask(), request)
        request.action_retry()
        self._run_jobs()
        self.assertIn(request.state, ("answered", "review"))

    def test_without_account_the_answer_waits_for_portal_access(self):
        """DSR-1: nothing is mailed to where it could not be opened."""
        request = self._answer("portability", self.colleague)
        self.assertEqual(request.state, "ready")
        self.assertFalse(self.mails)
        with self.assertRaisesRegex(UserError, "portal account"):
            request.action_send_link()
        self._user_with_role("portal", "carl@works.example", partner_id=self.colleague.id)
        request.invalidate_recordset()
        request.action_send_link()
        self.assertEqual(request.state, "answered")
        self.assertTrue(self._token())

    def test_who_asks_a_second_time_is_led_to_the_open_request(self):
        """DSR-1: the helpdesk reads where the first one stands, not that the database refused a row."""
        first = self._ask()
        draft = self.env["unicdo.request"].with_user(self._user_with_role("helpdesk")).create(
            {"partner_id": self.ann.id, "identity_checked": "known"}
        )
        self.assertEqual(draft.new({}).display_name, "New request · Copy of all data")
        with self.assertRaisesRegex(UserError, first.name):
            draft.action_receive()
        first.state = "closed"
        draft.action_receive()
        self.assertEqual(draft.state, "working")

    def test_a_mail_that_cannot_be_sent_is_told_to_who_handles_it(self):
        """DSR-1: the answer does not get stuck in silence; the timeline says what happened and what to do."""
        request = self._ask("portability")
        with (
            patch.object(type(self.env["ir.mail_server"]), "send_email", side_effect=OSError("ann@x.example")),
            patch.object(unicdo_work, "MAX_ATTEMPTS", 1),
            self.assertLogs("odoo.addons.unicdo_privacy.models.unicdo_work", "ERROR"),
        ):
            self._run_jobs()
        self.assertEqual(request.state, "ready")
        self.assertIn("The link could not be mailed", request.message_ids[0].body)
        request.action_send_link()
        self.assertEqual(request.state, "answered")

    def test_person_whose_contact_is_deleted_stands_in_nobodys_way(self):
        """DSR-1: requests survive merged and deleted contacts."""
        partner = self.env["res.partner"].create({"name": "Gone", "email": "gone@x.example"})
        request = self._answer("portability", partner)
        partner.unlink()
        self.env.invalidate_all()
        self.assertFalse(request.partner_id)
        self.assertFalse(request._is_for(self.ann))

    def test_odd_addresses_get_their_mail(self):
        """DSR-1: addresses with odd characters."""
        for address in ("o'brien+tag@x.example", '"odd" <odd.#!%@x.example>', "jörg@münchen.example"):
            self.mails.clear()
            self.user.login = address
            self.ann.email = address
            request = self._ask("portability")
            self._run_jobs()
            self.assertIn(request.state, ("answered", "ready"))
            request.write({"state": "closed"})
