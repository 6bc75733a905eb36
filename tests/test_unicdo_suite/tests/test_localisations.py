# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.unicdo_hosting_cancel.tests.common import HostingCase

JUNE = date(2026, 6, 30)


@tagged("post_install", "-at_install")
class TestGeneric(HostingCase):
    """CAN-3: refunds in a country's chart of accounts, with its own sale taxes."""

    # the countries below run these tests too
    allow_inherited_tests_method = True
    #: tax on what is unused of 1200.00, which is 604.93, by the chart's default
    tax = "90.74"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-07-01 08:00"))
        cls.customer.country_id = cls.company.account_fiscal_country_id

    def test_half_a_year_with_the_default_tax(self):
        invoice = self._invoice({"tax_ids": [Command.set(self.company.account_sale_tax_id.ids)]})
        self._pay(invoice, invoice.amount_total)
        credit = self.assertBooked(self._scheduled(self._subscription(invoice), JUNE))
        self.assertEqual((f"{credit.amount_untaxed:.2f}", f"{credit.amount_tax:.2f}"), ("604.93", self.tax))
        self.assertEqual(credit.amount_residual, credit.amount_total, "all of it is money back")

    def test_every_sale_tax_of_the_chart(self):
        """One line for each, half paid, and credited in two steps to the last cent."""
        taxes = self.env["account.tax"].search([("company_id", "=", self.company.id), ("type_tax_use", "=", "sale")])
        invoice = self._invoice(*(
            {"tax_ids": [Command.set(tax.ids)], "price_unit": 99.99 + number, "name": tax.name}
            for number, tax in enumerate(taxes)
        ))
        self._pay(invoice, invoice.currency_id.round(invoice.amount_total / 2))
        subscription = self._subscription(invoice)
        for end in (JUNE, date(2025, 12, 31)):
            request = self._scheduled(subscription, end)
            self.assertBooked(request)
            request.state = "taken_back"
            request.flush_recordset()
        credits = invoice.reversal_move_ids
        self.assertEqual(len(credits), 2)
        self.assertAlmostEqual(sum(credits.mapped("amount_untaxed")), invoice.amount_untaxed, 2)
        self.assertAlmostEqual(sum(credits.mapped("amount_total")), invoice.amount_total, delta=0.02 * len(taxes))


@tagged("post_install", "-at_install")
class TestGermany(TestGeneric):
    chart_template, country_code, tax = "de_skr03", "DE", "114.94"


@tagged("post_install", "-at_install")
class TestFrance(TestGeneric):
    chart_template, country_code, tax = "fr", "FR", "120.99"


@tagged("post_install", "-at_install")
class TestBelgium(TestGeneric):
    chart_template, country_code, tax = "be_comp", "BE", "127.04"


@tagged("post_install", "-at_install")
class TestNetherlands(TestGeneric):
    chart_template, country_code, tax = "nl", "NL", "127.04"
