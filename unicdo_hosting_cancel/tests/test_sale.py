# SPDX-License-Identifier: LGPL-3.0-or-later
import inspect
from datetime import date
from decimal import Decimal as D

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .common import HostingCase


@tagged("post_install", "-at_install")
class TestSale(HostingCase):
    """With Sales: confirmed orders start hosting, their invoices prepay it, and no deposit is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "sale.order" not in cls.env:
            cls.skipTest(cls, "Sales is not installed")
        cls.env.user.group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.plan.invoice_policy = "order"
        cls.addon = cls.env["product.product"].create({
            "name": "More space", "type": "service", "invoice_policy": "order", "unicdo_hosting": "extra", "taxes_id": False,
            "unicdo_not_refundable": "Not given back.",
        })

    def _order(self, *lines):
        order = self.env["sale.order"].create({
            "partner_id": self.customer.id,
            "order_line": [
                Command.create({"product_id": self.plan.id, "product_uom_qty": 1, "price_unit": 1200, **line})
                for line in lines or ({},)
            ],
        })
        order.order_line.filtered(lambda line: line.product_id == self.plan).tax_ids = self.tax_21
        order.action_confirm()
        return order

    def _bill(self, order):
        invoice = order._create_invoices(final=True)
        invoice.invoice_date = "2026-01-01"
        invoice.action_post()
        return invoice

    def _hosting(self, order):
        return self.env["unicdo.hosting.subscription"].search(
            [("origin_model", "=", "sale.order.line"), ("origin_id", "in", order.order_line.ids)]
        )

    def test_what_we_widen_is_still_there(self):
        """Our patches fit the methods they replace."""
        order, transaction = self.env.registry["sale.order"], self.env.registry["payment.transaction"]
        for method in (order._action_confirm, transaction._create_child_transaction):
            self.assertEqual(inspect.signature(method), inspect.signature(method._unicdo_origin))

    def test_a_confirmed_order_starts_hosting(self):
        order = self._order({}, {"product_id": self.addon.id, "price_unit": 50}, {})
        subscriptions = self._hosting(order)
        self.assertEqual((len(subscriptions), subscriptions.partner_id), (2, self.customer))
        self.assertEqual(set(subscriptions.mapped("origin")), {order.name})
        invoice = self._bill(order)
        periods = self.env["unicdo.hosting.period"].search([("move_id", "=", invoice.id)], order="move_line_id")
        first, addon, second = periods
        self.assertEqual(first.subscription_id | second.subscription_id, subscriptions)
        self.assertEqual(addon.subscription_id, first.subscription_id)
        self.assertEqual(addon.not_refundable, "Not given back.", "words of the order line")
        self.assertEqual(len(self._hosting(order)), 2)

    def test_an_order_confirmed_before_is_found_by_its_next_invoice(self):
        order = self._order()
        self._hosting(order).unlink()
        first = self._bill(order)
        order.order_line.product_uom_qty = 2
        second = self._bill(order)
        periods = self.env["unicdo.hosting.period"].search([("move_id", "in", (first | second).ids)], order="first_day")
        self.assertEqual(periods.subscription_id, self._hosting(order))
        self.assertEqual(periods.mapped("first_day"), [date(2026, 1, 1), date(2027, 1, 1)])

    @freeze_time("2026-07-01 08:00")
    def test_a_credit_never_makes_an_order_invoiceable_again(self):
        """CAN-3"""
        order = self._order()
        self._bill(order)
        self.assertEqual(order.invoice_status, "invoiced")
        request = self._scheduled(self._hosting(order), date(2026, 6, 30))
        self.assertBooked(request)
        self.assertEqual(request.credit_ids.amount_untaxed, 604.93)
        line = order.order_line
        self.assertEqual((order.invoice_status, line.qty_invoiced, line.qty_to_invoice), ("invoiced", 1, 0))

    def _with_deposit(self, percent):
        order = self._order()
        wizard = self.env["sale.advance.payment.inv"].with_context(active_model="sale.order", active_ids=order.ids).create({
            "advance_payment_method": "percentage", "amount": percent,
        })
        deposit = wizard._create_invoices(order)
        deposit.invoice_date = "2025-12-20"
        deposit.action_post()
        return order, deposit, self._bill(order)

    @freeze_time("2026-07-01 08:00")
    def test_what_the_final_invoice_cannot_give_back_comes_from_the_deposit(self):
        """CAN-3: nobody loses a deposit."""
        for end, credited in (
            ("2026-06-30", ["604.93"]),  # the final invoice of 840.00 has enough
            ("2026-01-31", ["840.00", "258.08"]),  # 334 of 365 days: 1098.08
            ("2025-12-31", ["840.00", "360.00"]),  # nothing served: all
        ):
            with self.subTest(end=end):
                order, deposit, final = self._with_deposit(30)
                self.assertEqual((deposit.amount_untaxed, final.amount_untaxed), (360, 840))
                self._pay(deposit, deposit.amount_total)
                request = self._scheduled(self._hosting(order), date.fromisoformat(end))
                terms = request._terms()["invoices"]
                self.assertEqual([(terms["move"], terms["net"]) for terms in terms], [
                    (move, D(net)) for move, net in zip((final, deposit), credited)
                ])
                credits = self.assertBooked(request)
                self.assertEqual(len(credits), len(credited))
                self.assertEqual(order.invoice_status, "invoiced")

    @freeze_time("2026-07-01 08:00")
    def test_drafts_of_an_order_are_cut(self):
        order = self._order()
        draft = order._create_invoices()
        draft.invoice_date = "2026-06-01"
        request = self._cancellation(self._hosting(order), received="2026-07-01 08:00", wanted_date=date(2026, 12, 31))
        self.assertEqual(request.state, "scheduled")
        line = draft.invoice_line_ids
        self.assertEqual((line.unicdo_first_day, line.unicdo_last_day), (date(2026, 6, 1), date(2026, 12, 31)))
        self.assertEqual(draft.amount_untaxed, 703.56)  # 214 of 365 days
