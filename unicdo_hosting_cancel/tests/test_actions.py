# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.unicdo_hosting_cancel.const import STATES

from .common import HostingCase


@tagged("post_install", "-at_install")
@freeze_time("2026-05-01 10:00")
class TestActions(HostingCase):
    """What staff can do with a request, and what they cannot."""

    def setUp(self):
        super().setUp()
        self.helpdesk = self._user_with_role("helpdesk", company_ids=self.company.ids, company_id=self.company.id)

    def _noted(self, **vals):
        """A request the helpdesk notes down, not received yet."""
        return self.env["unicdo.cancellation"].with_user(self.helpdesk).create({"channel": "letter", **vals})

    def test_the_helpdesk_notes_a_letter_and_its_day_counts(self):
        """CAN-1: the day it reached us by any channel."""
        subscription = self._subscription(self._invoice())
        request = self._noted(
            subscription_id=subscription.id, received_at="2026-04-28 09:00", requester_id=self.customer.id
        )
        request.action_receive()
        self.assertEqual((request.state, request.letter_ids.kind), ("received", "receipt"))
        with self.assertRaisesRegex(UserError, "received already"):
            request.action_receive()
        request.action_verify()
        self.assertEqual((request.state, request.end_date), ("scheduled", date(2026, 5, 28)))
        self.assertEqual((subscription.state, subscription.end_date), ("ending", date(2026, 5, 28)))

    def test_a_receipt_in_the_future_is_refused(self):
        """CAN-1"""
        request = self._noted(received_at="2026-05-02 09:00")
        with self.assertRaisesRegex(UserError, "future"):
            request.action_receive()

    def test_only_a_named_administrator_counts_as_the_one_who_asked(self):
        """CAN-1"""
        works = self.env["res.partner"].create({"name": "Works", "is_company": True})
        boss, colleague = self.env["res.partner"].create(
            [{"name": name, "email": f"{name}@works.example", "parent_id": works.id} for name in ("Boss", "Colleague")]
        )
        subscription = self._subscription(self._invoice(), partner_id=works.id, admin_ids=[Command.set(boss.ids)])
        request = self._noted(subscription_id=subscription.id)
        request.action_receive()
        with self.assertRaisesRegex(UserError, "who asked"):
            request.action_verify()
        request.requester_id = colleague
        with self.assertRaisesRegex(UserError, "no named administrator"):
            request.action_verify()
        request.requester_id = boss
        request.action_verify()
        self.assertEqual(request.state, "scheduled")

    def test_a_second_request_is_not_noted_beside_the_first(self):
        """CAN-1"""
        subscription = self._subscription(self._invoice())
        first = self._cancellation(subscription)
        second = self._noted(subscription_id=subscription.id)
        with self.assertRaisesRegex(UserError, first.name):
            second.action_receive()
        self.assertEqual(self.env["unicdo.cancellation"]._ask(subscription, channel="portal"), first)

    def test_good_cause_waits_until_it_is_accepted_and_refunds_without_notice(self):
        """CAN-3: good cause refunds the unused part whatever the notice."""
        subscription = self._subscription(self._invoice())
        request = self._cancellation(subscription, kind="good_cause", reason="Down for two weeks")
        self.assertEqual((request.state, subscription.state), ("verified", "active"))
        with self.assertRaises(AccessError):
            request.with_user(self.helpdesk).action_accept()
        request.action_accept()
        self.assertEqual((request.end_date, request.notice_kept, request.is_refundable), (date(2026, 5, 1), False, True))
        self.assertEqual(request._terms()["shares"][0]["unused"], 244)

    def test_good_cause_without_the_cause_is_not_accepted(self):
        request = self._cancellation(self._subscription(self._invoice()), kind="good_cause")
        with self.assertRaisesRegex(UserError, "cause"):
            request.action_accept()

    def test_a_refusal_needs_a_reason_and_is_told(self):
        """CAN-8"""
        request = self._cancellation(self._subscription(self._invoice()), kind="good_cause", reason="I do not like it")
        with self.assertRaisesRegex(UserError, "reason"):
            request.action_refuse()
        request.refusal_reason = "Taste is no good cause."
        request.action_refuse()
        self.assertEqual(request.state, "refused")
        letter = request.letter_ids.filtered(lambda letter: letter.kind == "refused")
        self.assertIn("Taste is no good cause.", letter.body)
        with self.assertRaisesRegex(UserError, "scheduled"):
            request.action_refuse()

    def test_short_notice_is_possible_and_costs_the_refund(self):
        """CAN-2, CAN-3"""
        request = self._cancellation(self._subscription(self._invoice()), wanted_date=date(2026, 5, 15))
        self.assertEqual((request.end_date, request.notice_kept, request.is_refundable), (date(2026, 5, 15), False, False))
        terms = request._terms()
        self.assertEqual([share["amount"] for share in terms["shares"]], [0])
        self.assertIn("notice", terms["shares"][0]["reason"])
        self.assertFalse(request._credit())

    def test_the_customer_can_take_it_back_until_the_last_day_is_over(self):
        subscription = self._subscription(self._invoice())
        request = self._cancellation(subscription)
        with freeze_time("2026-05-31 21:59"):
            request.action_take_back()
        self.assertEqual((request.state, subscription.state, subscription.end_date), ("taken_back", "active", False))
        again = self._cancellation(subscription)
        self.assertNotEqual(again, request)
        with freeze_time("2026-05-31 22:00"), self.assertRaisesRegex(UserError, "over"):
            again.action_take_back()

    def test_what_has_ended_stays_ended(self):
        """CAN-6: noting another request, or taking one back, opens no contract again."""
        subscription = self._subscription(self._invoice(), customer_type="consumer")
        subscription.sudo().write({"state": "ended", "end_date": "2026-04-30"})
        with self.assertRaisesRegex(UserError, "ended already"):
            self._noted(subscription_id=subscription.id).action_receive()
        late = self._noted()
        late.action_receive()
        late.write({"subscription_id": subscription.id, "requester_id": self.customer.id})
        with self.assertRaisesRegex(UserError, "ended already"):
            late.action_verify()
        late.action_take_back()
        withdrawal = self._noted(subscription_id=subscription.id, kind="withdrawal")
        withdrawal.action_receive()
        withdrawal.action_take_back()
        self.assertEqual((subscription.state, subscription.end_date), ("ended", date(2026, 4, 30)))

    def test_what_was_asked_cannot_be_rewritten(self):
        """CAN-1, CAN-8"""
        subscription = self._subscription(self._invoice())
        request = self._cancellation(subscription).with_user(self.helpdesk)
        other = self._subscription(self._invoice(), name="other.example")
        for vals in ({"received_at": "2026-04-01 00:00"}, {"kind": "good_cause"}, {"subscription_id": other.id}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                request.write(vals)
        for vals in ({"state": "closed"}, {"end_date": "2026-05-02"}, {"is_refundable": True}, {"name": "x"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                request.write(vals)
        for vals in (
            {"received_day": "2026-04-01"}, {"partner_id": other.partner_id.id}, {"identity_checked": "link"},
            {"notice_kept": True}, {"credited_amount": 1}, {"declared_email": "x@x.example"},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                request.write(vals)
        for vals in ({"reason": "x"}, {"wanted_date": "2026-12-31"}, {"requester_id": False}, {"refusal_reason": "x"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                request.write(vals)
        with self.assertRaisesRegex(UserError, "proof"):
            request.unlink()

    def test_defaults_make_no_request_that_was_decided(self):
        """CAN-1, CAN-3: what may not be written stands in for nothing in the context and among one's own defaults either."""
        steps = {
            "state": "scheduled", "end_date": "2026-01-02", "ends_at": "2026-01-03", "is_refundable": True,
            "identity_checked": "session", "received_day": "2020-01-01",
        }
        for name, value in steps.items():
            self.env["ir.default"].with_user(self.helpdesk).set("unicdo.cancellation", name, value, user_id=True)
        context = {f"default_{name}": value for name, value in steps.items()}
        request = self.env["unicdo.cancellation"].with_user(self.helpdesk).with_context(**context).create({
            "subscription_id": self._subscription(self._invoice()).id,
        })
        self.assertEqual(
            [request[name] for name in steps], ["draft", False, False, False, False, date(2026, 5, 1)]
        )
        self.assertRegex(request.name, "^HC-")
        copied = request.copy()
        self.assertEqual(copied.state, "draft")
        self.assertNotEqual(copied.name, request.name)

    def test_another_company_does_not_decide_about_a_credit(self):
        """CAN-3: whether credit notes are approved is set by the company of the contract."""
        other = self.env["res.company"].create({"name": "Other"})
        self.helpdesk.company_ids += other
        with self.assertRaisesRegex(UserError, "company"):
            self._noted(subscription_id=self._subscription(self._invoice()).id, company_id=other.id)

    def test_how_far_a_contract_is_follows_from_its_requests(self):
        """CAN-2, CON-2: nor is the policy that applied when it was sold rewritten."""
        subscription = self._subscription(self._invoice())
        for vals in ({"state": "ended"}, {"end_date": "2030-01-01"}, {"policy_version_id": False}, {"origin": "x"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                subscription.write(vals)
        with self.assertRaises(AccessError):
            subscription.create({"name": "x", "partner_id": self.customer.id, "state": "ended"})

    def test_which_contract_is_meant_can_be_found_out_later(self):
        """CAN-1: verification never moves the receipt."""
        request = self._noted(received_at="2026-04-20 08:00")
        request.action_receive()
        with self.assertRaisesRegex(UserError, "which subscription"):
            request.action_verify()
        request.write({"subscription_id": self._subscription(self._invoice()).id, "requester_id": self.customer.id})
        request.action_verify()
        self.assertEqual((request.received_day, request.end_date), (date(2026, 4, 20), date(2026, 5, 20)))

    def test_columns_stand_in_the_order_of_the_way_to_the_end(self):
        self.env["unicdo.cancellation"].create({"channel": "phone"})
        self._cancellation(self._subscription(self._invoice()))
        groups = self.env["unicdo.cancellation"].with_context(read_group_expand=True).formatted_read_group([], ["state"])
        shown = [group["state"] for group in groups]
        self.assertEqual(shown, [state for state, _label in STATES if state in shown])
        self.assertLessEqual({"draft", "scheduled"}, set(shown))
