# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date, datetime
from textwrap import dedent
from unittest.mock import patch

from freezegun import freeze_time

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import tagged

from .common import HostingCase

HEADERS = """\
    Received: from out.example by mx.example with ESMTPS; Mon, 04 May 2026 23:30:00 +0200
    Received: from laptop by out.example; Sun, 3 May 2026 08:00:00 +0000
    Return-Path: <{sender}>
    From: {name} <{sender}>
    To: cancel@corp.example
    Subject: I cancel
    Date: Fri, 1 May 2026 08:00:00 +0000
    Message-Id: <{number}@out.example>
    Content-Type: text/plain; charset=utf-8
"""


@tagged("post_install", "-at_install")
class TestMail(HostingCase):
    """CAN-1: a mail to the alias is a formal request."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create({"name": "corp.example"})
        cls.env.ref("unicdo_hosting_cancel.unicdo_cancellation_alias").alias_domain_id = domain
        cls.company.alias_domain_id = domain
        cls.env.ref("unicdo_hosting_cancel.unicdo_cancellation_alias").sudo().alias_status = "valid"
        cls.number = 0

    def _mail(self, sender="ann@x.example", body="Please end my hosting.", more="", name="Ann Lee", user=SUPERUSER_ID):
        """Let a mail come in, fetched by our own job or handed in by a user; what has come of it."""
        type(self).number += 1
        known = self.env["unicdo.cancellation"].sudo().search([])
        headers = dedent(HEADERS).format(sender=sender, name=name, number=f"{self.number}.{self.id()}")
        with freeze_time("2026-05-08 06:00"):
            self.env["mail.thread"].with_user(user).message_process(None, f"{headers}{more}\n{body}\n")
        return self.env["unicdo.cancellation"].sudo().search([]) - known

    def _sent(self, request):
        """Kinds of letters of a request, and where they went."""
        return {letter.kind for letter in request.letter_ids}, set(
            self.env["mail.mail"].sudo().search([("subject", "like", request.name)]).mapped("email_to")
        )

    def test_the_day_our_server_received_it_counts(self):
        """CAN-1: not the sender's date, not the day of fetching; in the customer's time zone."""
        subscription = self._subscription(self._invoice())
        request = self._mail()
        self.assertEqual(request.subscription_id, subscription)
        self.assertEqual(request.received_at, datetime(2026, 5, 4, 21, 30))
        self.assertEqual((request.received_day, request.earliest_date), (date(2026, 5, 4), date(2026, 6, 3)))
        self.assertEqual((request.channel, request.declared_email), ("mail", "ann@x.example"))

    def test_nobody_moves_the_receipt_by_handing_in_a_mail(self):
        """CAN-1: who may call by RPC could write any header, and any context; only our own gateway is believed."""
        request = self._mail(user=self._user_with_role("internal"))
        self.assertEqual(request.received_at, datetime(2026, 5, 8, 6, 0))
        with self.assertRaises(AccessError):
            get_public_method(self.env["unicdo.cancellation"], "message_new")

    def test_it_is_acknowledged_and_nothing_ends_before_it_is_verified(self):
        """CAN-1, CAN-8: verification never moves the receipt."""
        subscription = self._subscription(self._invoice())
        request = self._mail()
        kinds, addresses = self._sent(request)
        self.assertIn("receipt", kinds)
        self.assertEqual(addresses, {"ann@x.example"})
        self.assertEqual((request.state, subscription.state), ("received", "active"))
        with freeze_time("2026-05-20 09:00"):
            request._verify("link", self.customer)
        self.assertEqual(request.received_at, datetime(2026, 5, 4, 21, 30))
        self.assertEqual((request.state, request.end_date), ("scheduled", date(2026, 6, 3)))
        self.assertLessEqual({"receipt", "confirmation", "instructions"}, self._sent(request)[0])

    def test_a_second_mail_joins_the_first(self):
        """CAN-1"""
        self._subscription(self._invoice())
        request = self._mail()
        self.assertFalse(self._mail(body="Did you get my mail?"))
        self.assertIn("Did you get my mail?", str(request.message_ids.mapped("body")))
        self.assertEqual(len(request.letter_ids.filtered(lambda letter: letter.kind == "receipt")), 1)

    def test_a_name_adds_no_recipient_to_the_mail_with_the_link(self):
        """CAN-1: who holds the link proves who asked; a contact's name with line breaks leads it to nobody else."""
        subscription = self._subscription(self._invoice())
        self.customer.name = "Ann\r\nBcc: third@party.example\r\n\r\nBuy this"
        request, sent = self._mail(), []
        server = type(self.env["ir.mail_server"])
        with patch.object(server, "send_email", lambda _self, message, *args, **kwargs: sent.append(message)):
            request._mail_link(self.customer, subscription, "https://corp.example/hosting/confirm/secret")
        self.assertEqual([mail["To"] for mail in sent], ["ann@x.example"])
        self.assertNotIn(b"third@party.example", bytes(sent[0]))

    def test_a_stranger_is_acknowledged_and_learns_nothing(self):
        """CAN-1, CAN-8"""
        self._subscription(self._invoice())
        for sender in ("joann@x.example", "ann@x.example.evil.example"):
            with self.subTest(sender=sender):
                request = self._mail(sender=sender)
                self.assertFalse(request.subscription_id)
                self.assertEqual(self._sent(request)[1], {sender})
                self.assertNotIn("ann.example", str(request.letter_ids.mapped("body")))
                self.assertNotIn("1,200", str(request.letter_ids.mapped("body")))

    def test_a_colleague_of_a_company_cannot_end_its_hosting(self):
        """CAN-1: only the named administrators."""
        works = self.env["res.partner"].create({"name": "Works", "is_company": True, "email": "office@works.example"})
        boss, colleague = self.env["res.partner"].create([
            {"name": name, "email": f"{name}@works.example", "parent_id": works.id} for name in ("boss", "colleague")
        ])
        subscription = self._subscription(self._invoice(), partner_id=works.id, admin_ids=[Command.set(boss.ids)])
        self.assertFalse(self._mail(sender=colleague.email).subscription_id)
        self.assertEqual(self._mail(sender=boss.email).subscription_id, subscription)

    def test_machines_and_bounces_are_ignored(self):
        """CAN-1"""
        self._subscription(self._invoice())
        self.assertFalse(self._mail(more="Auto-Submitted: auto-replied\n"))
        self.assertFalse(self._mail(sender="mailer-daemon@x.example", name="Mail Delivery System"))
        self.assertTrue(self._mail(more="Auto-Submitted: no\n"))

    def test_letters_stay_word_for_word_with_their_hash(self):
        """CAN-8"""
        self._subscription(self._invoice())
        request = self._mail()
        request._verify("link", self.customer)
        confirmation = request.letter_ids.filtered(lambda letter: letter.kind == "confirmation")
        for text in ("June 3, 2026", "211 of 365 days", request.name):
            self.assertIn(text, confirmation.body)
        self.assertEqual(len(confirmation.sha256), 64)

    def test_a_letter_says_what_stays_due_also_where_nothing_comes_back(self):
        """CAN-4, CAN-8: as the portal says it."""
        with freeze_time("2026-05-04 10:00"):
            request = self._cancellation(self._subscription(self._invoice()), "2026-05-04 10:00", wanted_date="2026-05-10")
        confirmation = request.letter_ids.filtered(lambda letter: letter.kind == "confirmation")
        self.assertIn("Nothing is paid back", confirmation.body)
        self.assertRegex(str(confirmation.body), r"1,452\.00\s*stays due")
