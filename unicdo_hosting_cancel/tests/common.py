# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.unicdo_privacy.tests.common import PrivacyHttpCase, PrivacyMixin


class HostingMixin(PrivacyMixin):
    """A customer with a prepaid year of hosting: 1200.00 and 21 % for 2026, in euros."""

    @classmethod
    def _hosting_data(cls):
        """To be called from ``setUpClass``, after the accounting data is there."""
        cls.company = cls.company_data["company"]
        # other work of this database is not ours
        cls.env["unicdo.work"].sudo().search([("state", "=", "todo")]).state = "cancelled"
        cls.customer = cls.env["res.partner"].create({
            "name": "Ann Lee", "email": "ann@x.example", "tz": "Europe/Brussels", "company_id": False,
        })
        cls.tax_21 = cls._tax(21)
        cls.plan = cls.env["product.product"].create({
            "name": "Hosting", "type": "service", "list_price": 1200, "taxes_id": [Command.set(cls.tax_21.ids)],
            "unicdo_hosting": "plan", "unicdo_hosting_months": 12,
        })

    @classmethod
    def _tax(cls, amount, **vals):
        return cls.env["account.tax"].create({
            "name": f"{amount} % {vals}", "amount": amount, "amount_type": "percent", "type_tax_use": "sale",
            "company_id": cls.company_data["company"].id, **vals,
        })

    def _invoice(self, *lines, **vals):
        """A posted invoice of 2026-01-01; each line a dict of values, by default one year of hosting."""
        default = {"product_id": self.plan.id, "quantity": 1, "price_unit": 1200, "tax_ids": [Command.set(self.tax_21.ids)]}
        move = self.env["account.move"].create({
            "move_type": "out_invoice",
            "partner_id": self.customer.id,
            "invoice_date": "2026-01-01",
            "invoice_line_ids": [Command.create({**default, **line}) for line in lines or ({},)],
            **vals,
        })
        move.action_post()
        return move

    def _subscription(self, *invoices, first=date(2026, 1, 1), last=date(2026, 12, 31), **vals):
        """A subscription whose periods are all lines of the invoices, instead of those that posting them started."""
        lines = self.env["account.move.line"].union(*(invoice.invoice_line_ids for invoice in invoices))
        periods = self.env["unicdo.hosting.period"].search([("move_line_id", "in", lines.ids)])
        started = periods.subscription_id
        self.env["account.move.line"].search([("unicdo_subscription_id", "in", started.ids)]).unicdo_subscription_id = False
        periods.unlink()
        started.unlink()
        return self.env["unicdo.hosting.subscription"].create({
            "name": "ann.example", "partner_id": self.customer.id, "start_date": first, "concluded_on": first,
            "customer_type": "business", "admin_ids": [Command.set(self.customer.ids)], **vals,
            "period_ids": [
                Command.create({"move_line_id": line.id, "first_day": first, "last_day": last}) for line in lines
            ],
        })

    def _pay(self, invoice, amount):
        """Register a payment of an amount on an invoice."""
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create(
            {"amount": amount, "payment_date": fields.Date.to_date("2026-01-15")}
        )._create_payments()

    def _scheduled(self, subscription, end, kind="ordinary", **vals):
        """A request whose end is fixed, without the way there: for many cases of money."""
        return self.env["unicdo.cancellation"].sudo().create({
            "subscription_id": subscription.id, "kind": kind, "channel": "letter", "received_at": "2024-01-02 10:00",
            "state": "scheduled", "end_date": end, "is_refundable": True, "notice_kept": True, **vals,
        })

    def assertBooked(self, request):
        """The amounts that were shown are those of the credit notes made now, down to the journal items.

        :return: the credit notes
        """
        shown = request._terms()["invoices"]
        request._credit()
        credits = request.credit_ids.grouped("reversed_entry_id")
        for terms in shown:
            credit = credits.get(terms["move"])
            self.assertEqual(bool(credit), terms["total"] > 0, terms)
            if credit:
                self.assertCreditIs(credit, terms)
            self.assertNotOvercredited(terms["move"])
        names = ("move", "net", "tax", "total", "refunded", "offset", "still_due", "date")
        booked, shown = [
            [[terms[name] for name in names] for terms in invoices] for invoices in (request._terms()["invoices"], shown)
        ]
        self.assertEqual(booked, shown)
        self.assertFalse(request._credit(), "a second run credits nothing")
        return request.credit_ids

    def assertCreditIs(self, credit, terms):
        """A credit note's head and journal items have these amounts, in its currency and in the company's."""
        invoice, to_float = terms["move"], credit.currency_id.round
        self.assertEqual(credit.invoice_currency_rate, invoice.invoice_currency_rate)
        self.assertEqual((credit.fiscal_position_id, credit.currency_id), (invoice.fiscal_position_id, invoice.currency_id))
        amounts = [to_float(amount) for amount in (credit.amount_untaxed, credit.amount_tax, credit.amount_total)]
        self.assertEqual(amounts, [float(terms[name]) for name in ("net", "tax", "total")])
        lines = credit.line_ids.grouped("display_type")
        products = lines["product"]

        def about(line):
            return (line.name, line.account_id, line.tax_ids, line.analytic_distribution)

        self.assertCountEqual(
            [(1, 0, line.price_unit, *about(line)) for line in products if (line.quantity, line.discount) == (1, 0)],
            [(1, 0, float(amount), *about(line)) for line, amount in terms["shares"] if amount],
        )
        self.assertEqual(to_float(-sum(lines["payment_term"].mapped("amount_currency"))), float(terms["total"]))
        self.assertTrue(credit.company_currency_id.is_zero(sum(credit.line_ids.mapped("balance"))))
        for line in products:
            exact = line.amount_currency / credit.invoice_currency_rate
            step = credit.currency_id.rounding / credit.invoice_currency_rate + credit.company_currency_id.rounding
            self.assertLess(abs(line.balance - exact), step)
        if credit.state == "posted":
            offset = to_float(credit.amount_total - credit.amount_residual)
            written_off = float(invoice._unicdo_cleared()[1])
            self.assertLessEqual(abs(float(terms["refunded"]) - credit.amount_residual), written_off + 1e-6)
            self.assertLessEqual(to_float(offset - float(terms["offset"])), 0)
            self.assertEqual(to_float(invoice.amount_residual), float(terms["still_due"]))

    def assertNotOvercredited(self, invoice):
        """All posted credit notes of an invoice together are not more than it, in its net, each tax and total."""
        credits = invoice.reversal_move_ids.filtered(lambda move: move.state == "posted")
        self.assertLessEqual(invoice.currency_id.round(sum(credits.mapped("amount_total")) - invoice.amount_total), 0)

        def taxes(moves):
            lines = moves.line_ids.filtered(lambda line: line.display_type == "tax" and line.tax_repartition_line_id.factor > 0)
            return {tax: sum(own.mapped("amount_currency")) for tax, own in lines.grouped("tax_line_id").items()}

        ours = credits.filtered("unicdo_cancellation_id")
        for tax, amount in taxes(ours).items():
            charged = -taxes(invoice).get(tax, 0)
            self.assertLessEqual(round(abs(amount) - abs(charged), 6), 0, tax.name)
            self.assertGreaterEqual(amount * charged, 0)

    def _cancellation(self, subscription, received="2026-05-01 10:00", **vals):
        """A verified request, so that its end is scheduled."""
        request = self.env["unicdo.cancellation"]._ask(subscription, channel="portal", received_at=received, **vals)
        request._verify("session", self.customer)
        return request

    def _user_with_role(self, *args, **kwargs):
        """As of privacy tests; the accountant these tests run as makes no accounts. The user works for our company."""
        env, self.env = self.env, self.env(su=True)
        try:
            company = {"company_ids": [Command.set(self.company.ids)], "company_id": self.company.id}
            return super()._user_with_role(*args, **{**company, **kwargs})
        finally:
            self.env = env

    def _run_jobs(self):
        """What is due happens: our job plans it, the workers do it, and what that releases happens too."""
        for cron in ("unicdo_hosting_cancel.unicdo_cancellation_end_cron", "unicdo_privacy.unicdo_work_cron_1") * 2:
            with self.enter_registry_test_mode():
                self.env.ref(cron).sudo().method_direct_trigger()
            self.env.invalidate_all()

    def _letters(self, request):
        """Kinds of the letters about a request, in the order in which they were sent."""
        return request.letter_ids.sorted("id").mapped("kind")

    def _calls(self, request, event="hosting.ended"):
        """The calls of an event about a request."""
        return request.call_ids.filtered(lambda call: call.event == event)


class HostingCase(HostingMixin, AccountTestInvoicingCommon):
    """For tests with invoices, in the generic chart of accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._hosting_data()


class HostingHttpCase(HostingMixin, PrivacyHttpCase, AccountTestInvoicingCommon):
    """For tests of pages: the customer has an account in the portal, mails that are sent are
    kept in ``mails``, and it is the first of May 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._hosting_data()
        cls.mails = []
        mailer = patch.object(
            type(cls.env["ir.mail_server"]),
            "send_email",
            lambda _self, message, *args, **kwargs: cls.mails.append(message) or "id",
        )
        mailer.start()
        cls.addClassCleanup(mailer.stop)

    def setUp(self):
        super().setUp()
        self.mails.clear()
        self.user = self._user_with_role("portal", "ann@x.example", name="Ann Lee", partner_id=self.customer.id)
        self._freeze()

    def _freeze(self):
        """Tests with a browser, whose clock goes on, do without."""
        freezer = freeze_time("2026-05-01 10:00")
        freezer.start()
        self.addCleanup(freezer.stop)

    def _run_work(self):
        """What the background jobs have to do; the registry is in test mode already."""
        self.env.ref("unicdo_privacy.unicdo_work_cron_1").sudo().method_direct_trigger()
        self.env.invalidate_all()

    def _sent_to(self, address):
        """Bodies of the mails sent to an address."""
        return [
            message.get_body(("html",)).get_content() for message in self.mails if address in message["To"]
        ]

    def _page(self, url, status=200):
        """The text of a page."""
        page = self.url_open(url)
        self.assertEqual(page.status_code, status, url)
        return page.text

    def _send(self, url, status=303, **data):
        """Send a form with the session's token against forged requests; the answer, not followed."""
        csrf = re.search(r'csrf_token: "(\w+)"', self.url_open("/my/hosting").text)[1]
        answer = self.url_open(url, data={"csrf_token": csrf, **data}, allow_redirects=False)
        self.assertEqual(answer.status_code, status, answer.text[:500])
        self.env.invalidate_all()
        return answer
