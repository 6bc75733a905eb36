# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.unicdo_hosting_cancel.models.unicdo_cancellation_credit import UnicdoCancellationCredit
from odoo.addons.unicdo_privacy.models import unicdo_work
from odoo.addons.unicdo_privacy.models.unicdo_lifecycle import UnicdoLifecycle

from .common import HostingCase


@tagged("post_install", "-at_install")
class TestEnd(HostingCase):
    """CAN-4, CAN-5, CAN-6, CAN-8: the way to the end."""

    def setUp(self):
        super().setUp()
        self.invoice = self._invoice()
        self.hosting = self._subscription(self.invoice, database_name="ann")

    def _scheduled(self, end=date(2026, 6, 30), received="2026-05-01 10:00", paid=1452, **vals):
        """A request whose end is scheduled, with so much paid, as of the day of receipt."""
        with freeze_time(received):
            if paid:
                self._pay(self.invoice, paid)
            return self._cancellation(self.hosting, received, wanted_date=end, **vals)

    def _confirm_access_ended(self, request):
        self._calls(request).with_env(self.env).action_confirm()

    def test_access_ends_at_the_first_instant_after_the_last_day_in_the_customers_zone(self):
        """CAN-6: also where clocks change at midnight, and never a second before."""
        for zone, end, instant in (
            ("Europe/Brussels", "2026-06-30", "2026-06-30 22:00:00"),
            ("America/New_York", "2026-11-01", "2026-11-02 05:00:00"),
            ("Europe/Brussels", "2026-10-25", "2026-10-25 23:00:00"),
            ("Africa/Cairo", "2026-10-28", "2026-10-28 21:00:00"),  # UTC+3, the day before clocks go back
            ("Africa/Cairo", "2026-10-29", "2026-10-29 22:00:00"),  # 25 hours long
            ("Pacific/Kiritimati", "2026-12-31", "2026-12-31 10:00:00"),
            ("Asia/Kathmandu", "2026-07-01", "2026-07-01 18:15:00"),
            (False, "2026-07-01", "2026-07-01 22:00:00"),  # the company's zone
        ):
            with self.subTest(zone=zone, end=end):
                self.customer.tz = zone
                self.company.partner_id.tz = "Europe/Brussels"
                hosting = self._subscription()
                with freeze_time("2026-05-01 10:00"):
                    request = self._cancellation(hosting, "2026-05-01 10:00", wanted_date=date.fromisoformat(end))
                self.assertEqual(request.ends_at, datetime.fromisoformat(instant))
                with freeze_time(request.ends_at - timedelta(seconds=1)):
                    self._run_jobs()
                    self.assertEqual((request.state, hosting.state), ("scheduled", "ending"))
                with freeze_time(request.ends_at):
                    self._run_jobs()
                    self.assertEqual(hosting.state, "ended")
                    self.assertEqual(len(self._calls(request)), 1)

    def test_a_company_without_a_time_zone_has_that_of_its_country(self):
        """CAN-6: nor has its customer one."""
        (self.customer | self.company.partner_id).tz = False
        for country, instant in (("base.be", datetime(2026, 6, 30, 22)), ("base.jp", datetime(2026, 6, 30, 15))):
            self.company.country_id = self.env.ref(country)
            self.assertEqual(self._cancellation(self._subscription(), wanted_date=date(2026, 6, 30)).ends_at, instant)

    def test_where_the_day_begins_at_one_oclock_access_ends_then(self):
        """CAN-6: in Cairo clocks jump from 0:00 to 1:00 on 24 April 2026; the day before ends at that instant."""
        self.customer.tz = "Africa/Cairo"
        request = self._cancellation(self.hosting, "2026-01-02 10:00", wanted_date=date(2026, 4, 23))
        self.assertEqual(request.ends_at, datetime(2026, 4, 23, 22))

    def test_a_paid_hosting_goes_all_the_way_by_itself(self):
        """CAN-6, CAN-8: ended, credited, told, confirmed, closed, each once."""
        request = self._scheduled()
        with freeze_time("2026-06-30 22:00:00"):
            for _again in range(3):
                self._run_jobs()
            self.assertEqual((request.state, self.hosting.state), ("credited", "ended"))
            self.assertEqual(request.credit_ids.mapped("amount_total"), [731.97])
            self.assertEqual(self._letters(request)[-1], "ended")
            self.assertEqual(self.hosting.data_until, date(2026, 7, 30))
        with freeze_time("2026-07-01 09:00"):
            self._confirm_access_ended(request)
            for _again in range(3):
                self._run_jobs()
        self.assertEqual((request.state, request.closed_at), ("closed", datetime(2026, 7, 1, 9)))
        self.assertEqual(request.access_ended_at, datetime(2026, 7, 1, 9))
        for kind in ("receipt", "confirmation", "instructions", "reminder_1", "ended", "statement"):
            self.assertLessEqual(self._letters(request).count(kind), 1)
        self.assertEqual(self._letters(request)[-2:], ["ended", "statement"])
        self.assertEqual(len(request.credit_ids), 1)
        self.assertEqual(len(request.call_ids), 2)

    def test_a_debt_moves_neither_the_end_nor_the_credit_only_the_closing_waits(self):
        """CAN-4: 700 of 1452 paid, 731.97 credited: 20.03 stay due, and their payment closes it."""
        request = self._scheduled(paid=700)
        with freeze_time("2026-06-30 22:00:00"):
            self._run_jobs()
            self._confirm_access_ended(request)
            self._run_jobs()
        self.assertEqual((request.state, self.hosting.state), ("waiting", "ended"))
        self.assertEqual((self.invoice.amount_residual, request.credit_ids.amount_residual), (20.03, 0))
        self.assertEqual(request._open_invoices(), self.invoice)
        with freeze_time("2026-08-10 10:00"):
            self._run_jobs()
            self.assertEqual(request.state, "waiting", "no time of waiting closes it")
            self._pay(self.invoice, 10)
            self._run_jobs()
            self.assertEqual(request.state, "waiting")
            self._pay(self.invoice, 10.03)
            self._run_jobs()
            self.assertEqual((request.state, self._letters(request)[-1]), ("closed", "statement"))

    def test_a_payment_calls_the_job_at_once(self):
        """CAN-4: released within minutes, not at the job's next turn."""
        request = self._scheduled(paid=700)
        with freeze_time("2026-06-30 22:00:00"):
            self._run_jobs()
        with patch.object(type(request), "_sweep_soon") as soon:
            self._pay(self._invoice(), 1452)
            soon.assert_not_called()
            self._pay(self.invoice, 20.03)
            soon.assert_called_once_with()

    def test_without_anything_to_credit_it_ends_and_closes_all_the_same(self):
        """CAN-3, CAN-6: notice too short, so no refund."""
        request = self._scheduled(end=date(2026, 5, 10))
        self.assertFalse(request.is_refundable)
        with freeze_time("2026-05-10 22:00:00"):
            self._run_jobs()
            self._confirm_access_ended(request)
            self._run_jobs()
        self.assertEqual((request.state, len(request.credit_ids)), ("closed", 0))

    def test_the_closing_waits_for_the_provider_and_nothing_else_does(self):
        """CAN-6: paid or not, answered or not, the customer gets credit and letter."""
        request = self._scheduled()
        with freeze_time("2026-06-30 22:00:00"):
            self._run_jobs()
        self.assertEqual((request.state, self._letters(request)[-1]), ("credited", "ended"))
        with freeze_time("2026-07-20 22:00:00"):
            self._run_jobs()
        self.assertEqual(request.state, "credited")
        self.assertFalse(request.access_ended_at)

    def test_credit_notes_that_wait_for_approval_hold_up_neither_end_nor_letter(self):
        """CAN-6, CAN-8."""
        self.company.unicdo_credit_approval = True
        request = self._scheduled()
        with freeze_time("2026-06-30 22:00:00"):
            self._run_jobs()
            self._confirm_access_ended(request)
            self._run_jobs()
            self.assertEqual((request.state, request.credit_ids.state), ("terminated", "draft"))
            self.assertEqual(self._letters(request)[-1], "ended")
            request._post_credits()
            self._run_jobs()
            self._run_jobs()
        self.assertEqual(request.state, "closed")

    def test_reminders_go_out_seven_days_and_one_day_before_once_each(self):
        """CAN-5: at eight in the customer's morning."""
        request = self._scheduled()
        for moment, expected in (
            ("2026-06-23 05:59", []), ("2026-06-23 06:00", ["reminder_7"]), ("2026-06-23 12:00", ["reminder_7"]),
            ("2026-06-29 05:59", ["reminder_7"]), ("2026-06-29 06:10", ["reminder_7", "reminder_1"]),
            ("2026-06-30 21:59", ["reminder_7", "reminder_1"]),
        ):
            with self.subTest(moment), freeze_time(moment):
                self._run_jobs()
                self._run_jobs()
                self.assertEqual([kind for kind in self._letters(request) if "reminder" in kind], expected)

    def test_only_reminders_that_lie_ahead_are_sent(self):
        """CAN-5: asked for five days before, so the week's reminder is past."""
        request = self._scheduled(end=date(2026, 5, 6))
        self.assertEqual(request.remind_at, datetime(2026, 5, 5, 6))
        with freeze_time("2026-05-05 06:00"):
            self._run_jobs()
        self.assertEqual([kind for kind in self._letters(request) if "reminder" in kind], ["reminder_1"])
        self.assertFalse(request.remind_at)
        with freeze_time("2026-05-01 10:00"):
            same_day = self._cancellation(self._subscription(), "2026-05-01 10:00", wanted_date=date(2026, 5, 1))
        self.assertFalse(same_day.remind_at)

    def test_after_a_standstill_only_the_later_reminder_is_sent(self):
        """CAN-5: nobody is told twice in one minute."""
        request = self._scheduled()
        with freeze_time("2026-06-29 12:00"):
            self._run_jobs()
        self.assertEqual([kind for kind in self._letters(request) if "reminder" in kind], ["reminder_1"])

    def test_taken_back_before_the_end_nothing_of_it_happens(self):
        """CAN-6: no reminder, no end, no call; and a new request can be made."""
        request = self._scheduled()
        with freeze_time("2026-06-23 07:00"):
            request._plan("remind")
            request._take_back()
            self._run_jobs()
        with freeze_time("2026-07-02 07:00"):
            self._run_jobs()
        self.assertEqual((request.state, self.hosting.state), ("taken_back", "active"))
        self.assertFalse(request.call_ids)
        self.assertFalse([kind for kind in self._letters(request) if "reminder" in kind])
        with freeze_time("2026-07-03 07:00"):
            again = self._cancellation(self.hosting, "2026-07-03 07:00")
            self.assertEqual(again.state, "scheduled")

    def test_from_the_instant_of_the_end_on_it_cannot_be_taken_back(self):
        """CAN-6: even if the job has not run yet."""
        request = self._scheduled()
        with freeze_time("2026-06-30 22:00:00"), self.assertRaises(UserError):
            request._take_back()

    def test_the_data_stays_for_thirty_days_more_and_then_goes(self):
        """CAN-6: until the end of 30 July in the customer's zone; a company may give more."""
        request = self._scheduled()
        with freeze_time("2026-06-30 22:00:00"):
            self._run_jobs()
        with freeze_time("2026-07-30 21:59:59"):
            self._run_jobs()
            self.assertFalse(self._calls(request, "hosting.data_deleted"))
        with freeze_time("2026-07-30 22:00:00"):
            self._run_jobs()
            self._run_jobs()
            self.assertEqual(len(self._calls(request, "hosting.data_deleted")), 1)

    def test_the_days_of_retrieval_are_the_companys_and_count_from_the_real_end(self):
        """CAN-6: a standstill of three days takes nothing from the customer's time."""
        self.company.unicdo_retrieval_days = 60
        self._scheduled()
        with freeze_time("2026-07-03 22:00:00"):
            self._run_jobs()
        self.assertEqual(self.hosting.data_until, date(2026, 7, 3) + timedelta(days=60))

    def test_a_withdrawal_ends_and_credits_at_once_and_its_money_is_due_in_fourteen_days(self):
        """CAN-3, CAN-6."""
        self._pay(self.invoice, 1452)
        self.hosting.write({"customer_type": "consumer", "concluded_on": "2026-01-01"})
        with freeze_time("2026-01-08 10:00"):
            request = self._cancellation(self.hosting, "2026-01-08 10:00", kind="withdrawal")
            self.assertEqual(request.ends_at, datetime(2026, 1, 8, 10))
            with self.assertRaises(UserError):
                request._take_back()
            self._run_jobs()
        self.assertEqual((request.state, self.hosting.state), ("credited", "ended"))
        self.assertEqual(sum(request.credit_ids.mapped("amount_total")), 1452)
        self.assertEqual(request.money_back_until, date(2026, 1, 22))
        self.assertIn(date(2026, 1, 22), request.activity_ids.mapped("date_deadline"))

    def test_letters_about_a_withdrawal_say_that_access_has_ended_and_all_of_it_comes_back(self):
        """CAN-3, CAN-5: nobody who is shut out is told to sign in; the credit note is of the day it is made."""
        self.hosting.customer_type = "consumer"
        with freeze_time("2026-01-08 10:00"):
            request = self._cancellation(self.hosting, "2026-01-08 10:00", kind="withdrawal")
            self._run_jobs()
        letters = {letter.kind: str(letter.body) for letter in request.letter_ids}
        for kind in ("confirmation", "ended"):
            self.assertIn("All of it", letters[kind])
            self.assertNotIn("days after", letters[kind])
        self.assertIn("access to it has ended", letters["instructions"])
        self.assertNotIn("sign in", letters["instructions"])
        self.assertEqual(request.credit_ids.invoice_date, date(2026, 1, 8))

    def test_a_withdrawal_waits_for_no_invoice(self):
        """CAN-4: service asked for early stays due, and the closing goes on."""
        self.hosting.write({"customer_type": "consumer", "concluded_on": "2026-01-01", "early_service": True})
        with freeze_time("2026-01-08 10:00"):
            request = self._cancellation(self.hosting, "2026-01-08 10:00", kind="withdrawal")
            self._run_jobs()
            self._confirm_access_ended(request)
            self._run_jobs()
        self.assertGreater(self.invoice.amount_residual, 0)
        self.assertEqual(request.state, "closed")

    def test_other_modules_hear_of_the_end_once_and_cannot_hold_it_up(self):
        """CAN-6, TOK-3: the hook names customer, database and the last day of retrieval."""
        heard = []

        def hear(_self, partner, database, data_until):
            heard.append((partner, database, data_until))
            if len(heard) == 1:
                raise ValueError("a module's error")

        request = self._scheduled()
        with patch.object(UnicdoLifecycle, "_hosting_ended", hear):
            with freeze_time("2026-06-30 22:00:00"), self.assertLogs(unicdo_work.__name__, logging.INFO):
                self._run_jobs()
                self.assertEqual(request.state, "credited")
            for minute in (1, 2):
                with freeze_time(f"2026-06-30 22:0{minute}:00"):
                    self._run_jobs()
        self.assertEqual(heard, [(self.customer, "ann", date(2026, 7, 30))] * 2)

    def test_a_credit_that_keeps_failing_is_shown_and_the_customer_hears_of_the_end(self):
        """CAN-8."""
        request = self._scheduled()
        with patch.object(UnicdoCancellationCredit, "_credit", side_effect=ValueError), \
                self.assertLogs(unicdo_work.__name__, logging.INFO):
            for hour in range(12):
                with freeze_time(datetime(2026, 6, 30, 22) + timedelta(hours=hour)):
                    self._run_jobs()
        self.assertEqual(request.state, "terminated")
        self.assertEqual(self._letters(request)[-1], "ended")
        self.assertTrue(request.activity_ids.filtered(lambda activity: "credit" in activity.summary))

    def test_a_request_belongs_to_the_company_of_its_hosting(self):
        """CAN-4: whoever notes it, and wherever they work."""
        other = self.env["res.company"].sudo().create({"name": "Other"})
        self.env.user.sudo().company_ids += other
        request = self.env["unicdo.cancellation"].with_company(other).create({"channel": "phone"})
        self.assertEqual(request.company_id, other)
        request.subscription_id = self.hosting
        self.assertEqual(request.company_id, self.hosting.company_id)

    def test_many_ends_are_planned_in_batches_and_a_failing_one_stops_no_other(self):
        """CAN-6."""
        hostings = [self._subscription() for _number in range(7)]
        with freeze_time("2026-05-01 10:00"):
            requests = self.env["unicdo.cancellation"].sudo().union(*[
                self._cancellation(hosting, "2026-05-01 10:00", wanted_date=date(2026, 6, 30)) for hosting in hostings
            ])
        terminate = type(requests)._terminate

        def fail_one(request):
            if request == requests[3]:
                raise ValueError
            terminate(request)

        with freeze_time("2026-06-30 22:00:00"), patch.object(type(requests), "_terminate", fail_one), \
                patch("odoo.addons.unicdo_hosting_cancel.models.unicdo_cancellation_end.BATCH", 3), \
                self.assertLogs(unicdo_work.__name__, logging.INFO):
            self._run_jobs()
        self.assertEqual(
            [hosting.state for hosting in hostings], ["ended"] * 3 + ["ending"] + ["ended"] * 3
        )

    def test_the_job_is_called_for_the_next_thing_due(self):
        """CAN-6: not at the job's interval, but at the very instant."""
        request = self._scheduled()
        for moment, following in (
            ("2026-06-23 12:00", "2026-06-29 06:00"), ("2026-06-29 12:00", "2026-06-30 22:00"),
            ("2026-06-30 22:00", "2026-07-30 22:00"),
        ):
            with self.subTest(moment), freeze_time(moment):
                self._run_jobs()
                with patch.object(type(request), "_sweep_soon") as soon:
                    self.env["unicdo.cancellation"].sudo()._sweep()
                soon.assert_called_once_with(datetime.fromisoformat(following))
