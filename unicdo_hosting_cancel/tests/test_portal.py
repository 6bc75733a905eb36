# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
from datetime import date

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .common import HostingHttpCase


@tagged("post_install", "-at_install")
class TestPortal(HostingHttpCase):
    """The customer ends a contract in the portal."""

    def setUp(self):
        super().setUp()
        self.invoice = self._invoice()
        self._pay(self.invoice, 1452)
        self.subscription = self._subscription(self.invoice)
        self.url = f"/my/hosting/{self.subscription.id}"
        self.authenticate("ann@x.example", "ann@x.example")

    def _cancel(self, status=303, **data):
        """Press "Cancel now" with what the first step holds."""
        return self._send(f"{self.url}/cancel", status=status, **{"end": "2026-06-30", "kind": "ordinary", **data})

    def _request(self):
        self.env.invalidate_all()
        return self.subscription.cancellation_ids

    # ---------------------------------------------------------------- looking

    def test_looking_changes_nothing(self):
        """CAN-1: no GET makes a request, or notes anything."""
        for path in ("", "/cancel", "/cancel?end=2026-06-30", "/cancel?fragment=1", "/withdraw", "/take-back"):
            self.assertEqual(self.url_open(f"{self.url}{path}").status_code, 200, path)
        self._page("/my/hosting")
        self.assertFalse(self._request())

    def test_the_way_leads_from_the_portals_home_and_the_privacy_centre(self):
        """CAN-1: entries where people look for them."""
        self.assertIn('href="/my/hosting"', self._page("/my/home"))
        self.assertIn("o_unicdo_card_hosting", self._page("/my/privacy"))
        self.assertIn(f'href="{self.url}"', self._page("/my/hosting"))
        counters = self.make_jsonrpc_request("/my/counters", {"counters": ["unicdo_hosting_count"]})
        self.assertEqual(counters["unicdo_hosting_count"], 1)

    def test_the_first_step_offers_the_earliest_end_that_keeps_the_notice(self):
        """CAN-2: received on 1 May, so 31 May."""
        page = self._page(f"{self.url}/cancel")
        self.assertIn('value="2026-05-31"', page)
        self.assertIn("The notice of 30 days is kept", page)

    def test_the_refund_is_shown_with_its_arithmetic(self):
        """CAN-3: the numbers that will be booked, and how they come about."""
        page = self._page(f"{self.url}/cancel?end=2026-06-30")
        for words in ("184 of 365 days after June 30, 2026", "604.93", "127.04", "731.97", "July 1, 2026"):
            self.assertIn(words, page)

    def test_a_shorter_notice_is_possible_and_says_what_it_costs(self):
        """CAN-2, CAN-3: a day before the earliest one."""
        page = self._page(f"{self.url}/cancel?end=2026-05-30")
        self.assertIn("This costs you the refund", page)
        self.assertNotIn("o_unicdo_total", page)
        self._cancel(end="2026-05-30")
        self.assertEqual((self._request().end_date, self._request().is_refundable), (date(2026, 5, 30), False))
        self.assertNotIn("731.97", self._page(self.url))

    def test_what_stays_due_is_listed_from_the_first_page_on(self):
        """CAN-4: of 1452.00 only 700.00 were paid, so 20.03 stays due after the credit."""
        invoice = self._invoice()
        self._pay(invoice, 700)
        subscription = self._subscription(invoice)
        page = self._page(f"/my/hosting/{subscription.id}/cancel?end=2026-06-30")
        self.assertIn("Still to be paid", page)
        self.assertIn("20.03", page)

    def test_days_beyond_what_is_prepaid_are_still_to_be_billed(self):
        """CAN-2: January 2027 is not prepaid."""
        page = self._page(f"{self.url}/cancel?end=2027-01-31")
        self.assertIn("31 days from January 1, 2027 to January 31, 2027", page)

    def test_what_is_not_refundable_is_said_again_before_the_customer_confirms(self):
        """CAN-7: the words that stood there when it was sold."""
        self.subscription.period_ids.sudo().not_refundable = "Made for you alone."
        self.assertIn("Made for you alone.", self._page(f"{self.url}/cancel?end=2026-06-30"))

    def test_the_policy_is_the_one_that_applied_when_it_was_sold(self):
        """CON-2: with a link to its exact text."""
        policies = self.env["unicdo.policy"].sudo()
        policy = policies.search([("kind", "=", "cancellation")], limit=1)
        policy = policy or policies.create({"name": "Cancelling", "kind": "cancellation"})
        policy.body = "<p>What holds now</p>"
        policy._publish()
        version = self.env["unicdo.policy"]._current("cancellation")
        subscription = self._subscription(self._invoice())
        policy.body = "<p>What holds later</p>"
        policy._publish()
        page = self._page(f"/my/hosting/{subscription.id}/cancel")
        self.assertIn(f'href="{version._url()}"', page)
        self.assertIn("What holds now", self._page(version._url()))

    # ---------------------------------------------------------------- cancelling

    def test_two_clicks_make_one_request(self):
        """CAN-1, CAN-8: verified by the session; receipt and confirmation are there at once."""
        answer = self._cancel(reason="Too <b>dear</b>", reason_category="price")
        self.assertTrue(answer.headers["Location"].endswith(self.url))
        request = self._request()
        self.assertEqual((request.state, request.channel, request.identity_checked), ("scheduled", "portal", "session"))
        self.assertEqual((request.end_date, request.requester_id), (date(2026, 6, 30), self.customer))
        self.assertEqual((request.reason, request.reason_category), ("Too <b>dear</b>", "price"))
        self.assertLessEqual({"receipt", "confirmation", "instructions"}, set(request.letter_ids.mapped("kind")))
        page = self._page(self.url)
        self.assertIn("June 30, 2026", page)
        self.assertIn("731.97", page)

    def test_a_second_click_finds_the_request_of_the_first(self):
        """CAN-1: the page that the back button shows again makes no second one."""
        for end in ("2026-06-30", "2026-06-30", "2026-09-30"):
            self._cancel(end=end)
        self.assertEqual(self._request().mapped("end_date"), [date(2026, 6, 30)])
        self.assertEqual(self.url_open(f"{self.url}/cancel", allow_redirects=False).status_code, 303)

    def test_the_refund_is_shown_while_its_credit_note_waits_for_approval(self):
        """CAN-2: what was promised does not vanish from the page in the meantime."""
        self._cancel()
        self.company.unicdo_credit_approval = True
        self._request()._credit()
        self.assertEqual(self._request().credit_ids.state, "draft")
        self.assertIn("731.97", self._page(self.url))
        self._request()._post_credits()
        self.assertIn("731.97", self._page(self.url))

    def test_the_reason_is_optional_and_only_for_good_cause_needed(self):
        """CAN-1: nothing stands in the way; a cause has to be named to be looked at."""
        page = self._cancel(kind="good_cause", reason="  ", status=422).text
        self.assertIn("Please say why", page)
        self.assertFalse(self._request())
        self._cancel(kind="good_cause", reason="Down for a week")
        self.assertEqual((self._request().state, self._request().kind), ("verified", "good_cause"))
        self.assertIn("look at the cause", self._page(self.url))

    def test_wrong_days_are_told_and_nothing_happens(self):
        """CAN-2: what was wrong, and what to do."""
        for end, words in {
            "2026-04-30": "This day is over", "2035-01-01": "within the next five years", "30.06.2026": "no day we can read",
            "2026-02-30": "no day we can read", "2026-06-30 12:00": "no day we can read", "'": "no day we can read",
        }.items():
            with self.subTest(end=end):
                self.assertIn(words, self._cancel(end=end, status=422).text)
                self.assertIn(words, self._page(f"{self.url}/cancel?end={end}"))
        self.assertFalse(self._request())

    def test_a_reason_that_is_too_long_is_not_lost(self):
        reason = "word " * 1001
        self.assertIn("Please shorten", self._cancel(reason=reason, status=422).text)
        self.assertIn("word word", self._cancel(reason=reason, status=422).text)

    def test_nobody_loses_the_refund_because_midnight_came(self):
        """CAN-2: the page said "with refund"; a day later it would be without, so it is shown anew."""
        with freeze_time("2026-05-02 10:00"):
            self.authenticate("ann@x.example", "ann@x.example")
            page = self._cancel(end="2026-05-31", shown="refund", status=422).text
            self.assertIn("Meanwhile a new day has begun", page)
            self.assertFalse(self._request())
            self._cancel(end="2026-05-31")
        self.assertFalse(self._request().is_refundable)

    def test_a_forged_form_is_refused(self):
        """CAN-1: without the token of the person's own session nothing happens."""
        for path in ("cancel", "withdraw", "take-back", "answer"):
            with self.assertLogs("odoo.http", "WARNING"):
                answer = self.url_open(f"{self.url}/{path}", data={"end": "2026-06-30"}, allow_redirects=False)
            self.assertEqual(answer.status_code, 400, path)
        self.assertFalse(self._request())

    def test_no_page_can_be_framed_or_kept(self):
        answer = self.url_open(f"{self.url}/cancel")
        self.assertEqual(answer.headers["X-Frame-Options"], "DENY")
        self.assertIn("no-store", answer.headers["Cache-Control"])

    # ---------------------------------------------------------------- taking back

    def test_it_can_be_taken_back_until_the_last_day_is_over(self):
        """CAN-1: the contract goes on, and a later page takes back no later request."""
        self._cancel()
        first = self._request()
        self._send(f"{self.url}/take-back", request_id=first.id)
        self.assertEqual((first.state, self.subscription.state), ("taken_back", "active"))
        self._cancel()
        second = self._request() - first
        self._send(f"{self.url}/take-back", request_id=first.id)
        self.assertEqual(second.state, "scheduled")
        with freeze_time("2026-06-30 22:00"):  # midnight in Brussels
            self.authenticate("ann@x.example", "ann@x.example")
            self.assertNotIn("o_unicdo_take_back", self._page(self.url))
            page = self._send(f"{self.url}/take-back", request_id=second.id, status=422).text
            self.assertIn("The last day of service is over", page)
        self.assertEqual(second.state, "scheduled")

    # ---------------------------------------------------------------- letters

    def test_letters_are_shown_word_for_word_and_can_be_saved(self):
        """CAN-8: the file's hash is the one that is shown."""
        self._cancel()
        letter = self._request().letter_ids.filtered(lambda letter: letter.kind == "confirmation")
        self.assertIn(letter.sha256, self._page(self.url))
        answer = self.url_open(f"/my/hosting/letters/{letter.id}/file")
        self.assertEqual(hashlib.sha256(answer.content).hexdigest(), letter.sha256)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertIn("sandbox", answer.headers["Content-Security-Policy"])

    def test_whether_instructions_were_read_is_noted_by_a_button(self):
        """CAN-5: opening the page notes nothing, the first press does."""
        self._cancel()
        letter = self._request().letter_ids.filtered(lambda letter: letter.kind == "instructions")
        self._page(self.url)
        self.assertFalse(letter.seen_at)
        for _twice in range(2):
            self._send(f"/my/hosting/letters/{letter.id}/seen")
        self.assertTrue(letter.seen_at)
        self.assertIn("read on", self._page(self.url))

    # ---------------------------------------------------------------- whose it is

    def test_somebody_elses_subscription_does_not_exist(self):
        """CAN-1: not found, whether it exists or not."""
        self._cancel()
        letter = self._request().letter_ids[:1]
        self._user_with_role("portal", "joann@x.example", name="Ann Lee")
        self.authenticate("joann@x.example", "joann@x.example")
        self.assertNotIn("ann.example", self._page("/my/hosting"))
        for path in ("", "/cancel", "/withdraw", "/take-back"):
            self.assertEqual(self.url_open(f"{self.url}{path}").status_code, 404, path)
        for path in (f"{self.url}/cancel", f"{self.url}/withdraw", f"{self.url}/take-back", f"{self.url}/answer",
                     f"/my/hosting/letters/{letter.id}/seen"):
            self._send(path, status=404, request_id=self._request().id, answer="yes")
        for path in (f"/my/hosting/letters/{letter.id}/file", "/my/hosting/letters/0/file", "/my/hosting/999999999"):
            self.assertEqual(self.url_open(path).status_code, 404, path)
        self.assertFalse(letter.seen_at)

    def test_colleagues_see_it_and_whom_to_ask_but_may_not_cancel(self):
        """CAN-1: only named administrators may; a stranger's name is not told, only the function."""
        works = self.env["res.partner"].create({"name": "Works", "is_company": True})
        carl = self._user_with_role("portal", "carl@works.example", name="Carl").partner_id
        carl.parent_id = works
        admin = self.env["res.partner"].create({"name": "Dora Known", "function": "IT manager", "parent_id": works.id})
        agent = self.env["res.partner"].create({"name": "Eve Outside", "function": "Agent"})
        subscription = self._subscription(
            self._invoice(partner_id=works.id), partner_id=works.id, admin_ids=[Command.set((admin | agent).ids)],
        )
        url = f"/my/hosting/{subscription.id}"
        self.authenticate("carl@works.example", "carl@works.example")
        page = self._page(url)
        self.assertNotIn(f'href="{url}/cancel"', page)
        self.assertIn("IT manager: Dora Known", page)
        self.assertIn("Agent", page)
        self.assertNotIn("Eve Outside", page)
        self._send(f"{url}/cancel", end="2026-06-30", kind="ordinary")
        self.assertFalse(subscription.cancellation_ids)

    def test_colleagues_read_the_instructions_but_not_what_deciders_wrote(self):
        """CAN-1, CAN-5: the end and how to fetch the data, without the reason."""
        works = self.env["res.partner"].create({"name": "Works", "is_company": True})
        carl = self._user_with_role("portal", "carl@works.example", name="Carl").partner_id
        (carl | self.customer).parent_id = works
        subscription = self._subscription(self._invoice(partner_id=works.id), partner_id=works.id)
        request = self.env["unicdo.cancellation"]._ask_as(self.customer, subscription, "ordinary", reason="private reason")
        self.authenticate("carl@works.example", "carl@works.example")
        page = self._page(f"/my/hosting/{subscription.id}")
        self.assertIn("May 31, 2026", page)
        self.assertNotIn("private reason", page)
        self.assertNotIn("o_unicdo_take_back", page)
        for letter in request.letter_ids:
            status = 200 if letter.kind == "instructions" else 404
            self.assertEqual(self.url_open(f"/my/hosting/letters/{letter.id}/file").status_code, status, letter.kind)

    def test_signed_out_people_are_asked_to_sign_in(self):
        self.logout()
        for url in ("/my/hosting", self.url, f"{self.url}/cancel", "/my/hosting/letters/1/file"):
            answer = self.url_open(url, allow_redirects=False)
            self.assertIn("/web/login", answer.headers.get("Location", ""))

    # ---------------------------------------------------------------- withdrawing

    def _consumer(self, **vals):
        """A consumer's contract, concluded today."""
        subscription = self._subscription(
            self._invoice(invoice_date="2026-05-01"), first=date(2026, 5, 1), last=date(2027, 4, 30),
            customer_type="consumer", withdrawal_told_on=date(2026, 5, 1), **vals,
        )
        return subscription, f"/my/hosting/{subscription.id}"

    def test_a_consumer_withdraws_by_confirming_a_statement(self):
        """CAN-3: all money back, whatever the notice; receipt at once (Directive 2011/83/EU, Art. 11a)."""
        subscription, url = self._consumer()
        self.assertIn("Withdraw from contract here", self._page(url))
        page = self._page(f"{url}/withdraw")
        for words in ("Confirm withdrawal", "May 15, 2026", "Ann Lee", "1,452.00"):
            self.assertIn(words, page)
        self._send(f"{url}/withdraw")
        request = subscription.cancellation_ids
        self.assertEqual((request.kind, request.state, request.channel), ("withdrawal", "scheduled", "portal"))
        self.assertIn("receipt", request.letter_ids.mapped("kind"))
        self.assertEqual(request._terms()["invoices"][0]["total"], 1452)
        self._send(f"{url}/withdraw")
        self.assertEqual(len(subscription.cancellation_ids), 1)

    def test_who_cancelled_first_can_still_withdraw(self):
        """CAN-3: the withdrawal takes the place of the cancellation, since it gives back more."""
        subscription, url = self._consumer()
        self._send(f"{url}/cancel", end="2026-05-31", kind="ordinary")
        first = subscription.cancellation_ids
        self.assertEqual(first.state, "scheduled")
        self._send(f"{url}/withdraw")
        second = subscription.cancellation_ids - first
        self.assertEqual((first.state, second.kind), ("taken_back", "withdrawal"))
        self.assertEqual(subscription._open_cancellation(), second)

    def test_there_is_no_withdrawal_for_companies_or_after_the_period(self):
        """CAN-3: fourteen days from the day of the contract, told of on that day."""
        self.assertNotIn("o_unicdo_withdraw ", self._page(self.url))
        subscription, url = self._consumer()
        for moment, allowed in (("2026-05-15 21:59", True), ("2026-05-15 22:00", False)):  # midnight in Brussels
            with freeze_time(moment):
                self.authenticate("ann@x.example", "ann@x.example")
                self.assertEqual("o_unicdo_withdraw " in self._page(url), allowed, moment)
        with freeze_time("2026-05-16 10:00"):
            self.authenticate("ann@x.example", "ann@x.example")
            self._send(f"{url}/withdraw")
        self.assertFalse(subscription.cancellation_ids)
