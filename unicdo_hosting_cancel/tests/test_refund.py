# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import HostingCase


@tagged("post_install", "-at_install")
class TestRefund(HostingCase):
    """CAN-3: money goes back by the original means, else to a trusted account, through Odoo's own flows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-07-01 08:00"))

    def _credited(self, paid):
        invoice = self._invoice()
        if paid:
            self._pay(invoice, paid)
        request = self._scheduled(self._subscription(invoice), date(2026, 6, 30))
        request._credit()
        return request

    def _trusted_account(self):
        return self.env["res.partner.bank"].sudo().create({
            "partner_id": self.customer.id, "acc_number": "BE71 0961 2345 6769", "allow_out_payment": True,
        })

    def _register(self, action):
        """Press "Create payment" in what an action opens."""
        wizard = Form.from_action(self.env, action).save()
        return wizard._create_payments()

    def test_a_transfer_to_a_trusted_account_settles_the_credit_note(self):
        request = self._credited(1000)
        account = self._trusted_account()
        payment = self._register(request.action_refund())
        self.assertEqual((payment.payment_type, payment.amount, payment.partner_bank_id), ("outbound", 279.97, account))
        self.assertEqual(request.credit_ids.amount_residual, 0)
        with self.assertRaisesRegex(UserError, "nothing to pay back"):
            request.action_refund()

    def test_without_a_trusted_account_it_says_what_to_do(self):
        request = self._credited(1452)
        self.env["res.partner.bank"].create({"partner_id": self.customer.id, "acc_number": "BE71 0961 2345 6769"})
        with self.assertRaisesRegex(UserError, "no bank account marked as trusted"):
            request.action_refund()

    def test_what_was_written_off_is_not_in_the_transfer(self):
        invoice = self._invoice()
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        self.env["account.payment.register"].with_context(**context).create({
            "amount": 1000, "payment_difference_handling": "reconcile",
            "writeoff_account_id": self.company_data["default_account_expense"].id,
        })._create_payments()
        request = self._scheduled(self._subscription(invoice), date(2026, 6, 30))
        request._credit()
        self._trusted_account()
        self.assertEqual(self._register(request.action_refund()).amount, 279.97)
        with self.assertRaisesRegex(UserError, "nothing to pay back"):
            request.action_refund()

    def test_nothing_is_opened_for_a_draft_or_for_others(self):
        self.company.unicdo_credit_approval = True
        request = self._credited(1452)
        with self.assertRaisesRegex(UserError, "nothing to pay back"):
            request.action_refund()
        helper = self._user_with_role("helpdesk")
        with self.assertRaises(AccessError):
            request.with_user(helper).action_refund()

    def test_an_online_payment_is_refunded_by_its_provider(self):
        """Through Odoo's refund wizard; the refund settles our credit note when the provider confirms it."""
        if "payment.transaction" not in self.env:
            self.skipTest("no online payment is installed")
        request = self._paid_online()
        action = request.action_refund()
        self.assertEqual(action["res_model"], "payment.refund.wizard")
        wizard = Form.from_action(self.env, action).save()
        self.assertEqual(wizard.amount_to_refund, 731.97)
        wizard.action_refund()
        refund = self.env["payment.transaction"].search([("operation", "=", "refund")], order="id desc", limit=1)
        self.assertEqual((refund.amount, refund.invoice_ids), (-731.97, request.credit_ids))
        refund._set_done()
        refund._post_process()
        self.assertEqual(request.credit_ids.amount_residual, 0)
        self.assertEqual(refund.payment_id.payment_type, "outbound")

    def test_a_provider_that_refunds_in_full_only_is_not_asked_for_a_part(self):
        if "payment.transaction" not in self.env:
            self.skipTest("no online payment is installed")
        request = self._paid_online(support_refund="full_only")
        self._trusted_account()
        self.assertEqual(request.action_refund()["res_model"], "account.payment.register")

    def _paid_online(self, support_refund="partial"):
        """A credited request whose invoice was paid through a provider that supports refunds."""
        method = self.env["payment.method"].create({"name": "Card", "code": "unicdo_card", "support_refund": "partial"})
        provider = self.env["payment.provider"].create({
            "name": "Provider", "state": "test", "company_id": self.company.id, "payment_method_ids": method.ids,
        })
        self._create_dummy_payment_method_for_provider(provider, self.company_data["default_journal_bank"])
        self.patch(type(provider), "_compute_feature_support_fields", lambda records: records.update({
            "support_express_checkout": False, "support_manual_capture": False, "support_tokenization": False,
            "support_refund": support_refund,
        }))
        provider.invalidate_recordset()
        invoice = self._invoice()
        transaction = self.env["payment.transaction"].create({
            "provider_id": provider.id, "payment_method_id": method.id, "amount": invoice.amount_total,
            "currency_id": invoice.currency_id.id, "partner_id": self.customer.id, "reference": invoice.name,
            "operation": "online_direct", "invoice_ids": invoice.ids,
        })
        transaction._set_done()
        transaction._post_process()
        self.assertEqual(invoice.amount_residual, 0)
        request = self._scheduled(self._subscription(invoice), date(2026, 6, 30))
        request._credit()
        return request
