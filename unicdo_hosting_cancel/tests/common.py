# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from odoo import fields
from odoo.fields import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.unicdo_privacy.tests.common import PrivacyMixin


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
        """A subscription whose periods are all lines of the invoices."""
        lines = [line for invoice in invoices for line in invoice.invoice_line_ids]
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

    def _cancellation(self, subscription, received="2026-05-01 10:00", **vals):
        """A verified request, so that its end is scheduled."""
        request = self.env["unicdo.cancellation"]._ask(subscription, channel="portal", received_at=received, **vals)
        request._verify("session", self.customer)
        return request


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
