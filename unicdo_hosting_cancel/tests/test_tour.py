# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from email.utils import format_datetime
from textwrap import dedent

from odoo import fields
from odoo.tests import tagged

from .common import HostingHttpCase


@tagged("post_install", "-at_install")
class TestTour(HostingHttpCase):
    """The customer's ways to the end in a real browser, at the width of a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def setUp(self):
        super().setUp()
        self.today = fields.Date.today()
        self.invoice = self._invoice(invoice_date=self._day(-100))
        self._pay(self.invoice, 1452)
        self.subscription = self._contract(self._day(-100))

    def _freeze(self):
        pass

    def _day(self, days):
        return fields.Date.add(self.today, days=days)

    def _contract(self, first, **vals):
        return self._subscription(
            self.invoice, first=first, last=fields.Date.add(first, days=364), database_url="https://ann.example", **vals
        )

    def _request(self):
        self.env.invalidate_all()
        return self.env["unicdo.cancellation"].sudo().search([("id", ">", self.last)], order="id")

    def start_tour(self, url, name, login=None, **kwargs):
        self.last = self.env["unicdo.cancellation"].sudo().search([], order="id desc", limit=1).id or 0
        super().start_tour(url, name, login=login, **kwargs)

    def test_two_steps_in_the_portal(self):
        """CAN-1, CAN-2, CAN-3, CAN-5: seen first, said once; the refund that was shown is the one that is confirmed."""
        self.start_tour("/my/hosting", "unicdo_hosting_two_steps", login="ann@x.example")
        request = self._request()
        self.assertEqual((request.state, request.notice_kept), ("scheduled", True))
        self.assertEqual(request.end_date, self._day(40))
        self.assertTrue(request.letter_ids.filtered(lambda letter: letter.kind == "instructions").seen_at)
        self.assertTrue(request._terms()["invoices"][0]["refunded"])

    def test_short_notice_without_refund(self):
        """CAN-2, CAN-3: today, and nothing back."""
        self.start_tour(f"/my/hosting/{self.subscription.id}/cancel", "unicdo_hosting_short_notice", login="ann@x.example")
        request = self._request()
        self.assertEqual((request.state, request.is_refundable), ("scheduled", False))
        self.assertFalse(request._terms()["invoices"][0]["total"])

    def test_taking_it_back(self):
        """CAN-1: until the last day is over."""
        request = self.env["unicdo.cancellation"]._ask_as(self.customer, self.subscription, "ordinary")
        self.start_tour(f"/my/hosting/{self.subscription.id}", "unicdo_hosting_take_back", login="ann@x.example")
        self.env.invalidate_all()
        self.assertEqual((request.state, self.subscription.state), ("taken_back", "active"))

    def test_withdrawal_in_the_portal(self):
        """CAN-3: a consumer within fourteen days."""
        self.subscription.write({
            "customer_type": "consumer", "concluded_on": self._day(-2), "withdrawal_told_on": self._day(-2),
        })
        self.start_tour(f"/my/hosting/{self.subscription.id}", "unicdo_hosting_withdraw", login="ann@x.example")
        self.assertEqual((self._request().kind, self._request().state), ("withdrawal", "scheduled"))

    def test_the_public_button_and_the_link_that_proves_who_pressed_it(self):
        """CAN-1, CAN-8: from the sign-in page to the saved declaration, and by the mailed link to the confirmed end."""
        self.start_tour("/web/login", "unicdo_hosting_public_cancel")
        request = self._request()
        self.assertEqual((request.state, request.kind, request.channel), ("received", "ordinary", "public"))
        self.assertFalse(request.subscription_id)
        self._run_work()
        link = re.search(r"/hosting/confirm/[\w-]+", self._sent_to("ann@x.example")[-1])[0]
        self.start_tour(link, "unicdo_hosting_confirm")
        self.env.invalidate_all()
        self.assertEqual((request.state, request.subscription_id), ("scheduled", self.subscription))
        self.assertEqual((request.identity_checked, request.requester_id), ("link", self.customer))

    def test_public_withdrawal(self):
        """CAN-1: without an account, to the saved receipt."""
        self.start_tour("/hosting/cancel", "unicdo_hosting_public_withdraw")
        self.assertEqual((self._request().kind, self._request().state), ("withdrawal", "received"))

    def test_a_mail_and_the_link_that_proves_who_wrote_it(self):
        """CAN-1, CAN-8: from a mail to the confirmed end, whose notice counts from the mail."""
        received = fields.Datetime.now().replace(microsecond=0)
        domain = self.env["mail.alias.domain"].create({"name": "corp.example"})
        self.env.ref("unicdo_hosting_cancel.unicdo_cancellation_alias").alias_domain_id = domain
        self.company.alias_domain_id = domain
        self.last = self.env["unicdo.cancellation"].sudo().search([], order="id desc", limit=1).id or 0
        self.env["mail.thread"].message_process(None, dedent(f"""\
            Received: from out.example by mx.example with ESMTPS; {format_datetime(received)}
            From: Ann Lee <ann@x.example>
            To: cancel@corp.example
            Subject: I cancel
            Message-Id: <tour@out.example>
            Content-Type: text/plain; charset=utf-8

            Please end my hosting.
            """))
        request = self._request()
        self.assertEqual((request.state, request.channel, request.received_at), ("received", "mail", received))
        self._run_work()
        link = re.search(r"/hosting/confirm/[\w-]+", self._sent_to("ann@x.example")[-1])[0]
        self.start_tour(link, "unicdo_hosting_confirm_mail")
        self.env.invalidate_all()
        self.assertEqual((request.state, request.identity_checked), ("scheduled", "link"))
        self.assertEqual((request.received_at, request.end_date), (received, request.earliest_date))

    def test_a_closing_waits_for_an_open_invoice_then_it_is_paid(self):
        """CAN-4: the end does not wait; the closing does, and the accountant's payment releases it."""
        self.invoice = self._invoice(invoice_date=self._day(-100))
        self.subscription = self._contract(self._day(-100))
        request = self._cancellation(self.subscription, f"{self._day(-60)} 10:00", wanted_date=self._day(1))
        self.subscription.sudo().end_date = self._day(-1)
        request.write({"end_date": self._day(-1), "ends_at": fields.Datetime.now()})
        self._run_end(request)
        self.assertEqual((request.state, self.subscription.state), ("waiting", "ended"))
        self.start_tour(f"/my/hosting/{self.subscription.id}", "unicdo_hosting_waits", login="ann@x.example")
        self.browser_size, self.touch_enabled = "1280x800", False
        accountant = self._user_with_role("internal", "accounts@x.example")
        accountant.sudo().group_ids += self.env.ref("account.group_account_invoice")
        url = f"/odoo/action-account.action_move_out_invoice_type/{self.invoice.id}"
        self.start_tour(url, "unicdo_hosting_payment", login="accounts@x.example")
        self._run_end(request)
        self.assertEqual(request.state, "closed")
        self.browser_size, self.touch_enabled = "390x844", True
        self.start_tour(f"/my/hosting/{self.subscription.id}", "unicdo_hosting_closed", login="ann@x.example")

    def _run_end(self, request):
        """The nightly job, the workers, and what the provider's person confirms."""
        for _again in range(2):
            self.env.ref("unicdo_hosting_cancel.unicdo_cancellation_end_cron").sudo().method_direct_trigger()
            self._run_work()
        self._calls(request).filtered(lambda call: not call.answered_at).sudo().action_confirm()
        self._run_work()
