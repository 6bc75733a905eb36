# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from odoo.tests import tagged

from odoo.addons.unicdo_hosting_cancel.tests.common import HostingCase


@tagged("post_install", "-at_install")
class TestContract(HostingCase):
    """Contracts of the OCA's app are taken over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addon = cls.env["product.product"].create({
            "name": "Space", "type": "service", "taxes_id": False, "unicdo_hosting": "extra", "unicdo_hosting_months": 12,
        })

    def _contract(self):
        line = {
            "quantity": 1, "recurring_rule_type": "yearly", "recurring_interval": 1, "recurring_invoicing_type": "pre-paid",
            "date_start": "2026-01-01", "recurring_next_date": "2026-01-01",
        }
        contract = self.env["contract.contract"].create({
            "name": "Hosting of Ann", "partner_id": self.customer.id, "contract_type": "sale", "line_recurrence": True,
        })
        self.env["contract.line"].create([
            {"contract_id": contract.id, "product_id": product.id, "name": product.name, "price_unit": 100, **line}
            for product in (self.plan, self.addon)
        ])
        return contract

    def _billed(self, contract):
        invoice = contract._recurring_create_invoice()
        invoice.invoice_date = invoice.invoice_date or "2026-01-01"
        if invoice.state == "draft":
            invoice.action_post()
        return invoice

    def test_running_contracts_are_taken_over_once(self):
        products = self.plan | self.addon
        products.unicdo_hosting = False
        contract = self._contract()
        invoice = self._billed(contract)
        self.plan.unicdo_hosting, self.addon.unicdo_hosting = "plan", "extra"
        subscriptions = self.env["unicdo.hosting.subscription"]
        subscription = subscriptions.search(subscriptions.action_import()["domain"])
        self.assertEqual((subscription.partner_id, subscription.start_date), (self.customer, date(2026, 1, 1)))
        self.assertEqual(subscription.period_ids.move_line_id, invoice.invoice_line_ids)
        self.assertEqual(
            [(period.first_day, period.last_day) for period in subscription.period_ids],
            [(date(2026, 1, 1), date(2026, 12, 31))] * 2,
        )
        self.assertFalse(subscriptions.search(subscriptions.action_import()["domain"]))

    def test_later_invoices_belong_to_the_subscription_of_the_contract(self):
        contract = self._contract()
        first, second = self._billed(contract), self._billed(contract)
        periods = self.env["unicdo.hosting.period"].search([("move_id", "in", (first | second).ids)])
        self.assertEqual(len(periods), 4)
        self.assertEqual(len(periods.subscription_id), 1)
        self.assertEqual(set(periods.mapped("last_day")), {date(2026, 12, 31), date(2027, 12, 31)})

    def test_contracts_are_part_of_a_persons_data(self):
        """DSR-1: with their lines."""
        contract = self._contract()
        found = self.env["unicdo.data.map"]._find(self.customer)
        self.assertEqual(found["contract.contract"].ids, contract.ids)
        self.assertEqual(found["contract.line"].ids, contract.contract_line_ids.ids)
