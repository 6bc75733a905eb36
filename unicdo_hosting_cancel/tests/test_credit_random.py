# SPDX-License-Identifier: LGPL-3.0-or-later
import gc
import random
import re
from datetime import date, timedelta

import lxml.html
from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import format_amount

from .common import HostingCase

CASES = 200


@tagged("post_install", "-at_install")
class TestCreditRandom(HostingCase):
    """CAN-3: what is shown is what is booked, over random invoices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True, "mail_notrack": True})
        cls.plan.unicdo_hosting = False  # each case says itself which lines are hosting, and for which days
        cls.currencies = [
            cls.company.currency_id, cls._currency("EUR", 0.01, 0.9, 0.8), cls._currency("JPY", 1, 110, 151.3),
            cls._currency("TND", 0.001, 3.1, 2.9), cls._currency("XSF", 0.05, 0.88, 1.1),
        ]
        cls.rounding_accounts = {
            "profit_account_id": cls.company_data["default_account_revenue"].id,
            "loss_account_id": cls.company_data["default_account_expense"].id,
        }
        cls.extra, cls.other = cls.env["product.product"].create([
            {"name": name, "type": "service", "taxes_id": False} for name in ("Add-on", "Other")
        ])
        cls.analytic = cls.env["account.analytic.account"].create({
            "name": "Hosting", "plan_id": cls.env["account.analytic.plan"].create({"name": "Plan"}).id,
        })
        cls._make_taxes()
        cls._make_terms()

    @classmethod
    def _currency(cls, name, rounding, rate, later):
        """A currency with one rate on the day of invoices, and another today."""
        currency = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", name)])
        currency = currency or cls.env["res.currency"].create({"name": name, "symbol": name})
        currency.write({"rounding": rounding, "active": True, "rate_ids": [Command.clear()]})
        cls.env["res.currency.rate"].create([
            {"name": day, "rate": value, "currency_id": currency.id, "company_id": cls.company.id}
            for day, value in (("2020-01-01", rate), ("2026-06-01", later))
        ])
        return currency

    @classmethod
    def _make_taxes(cls):
        cls.company.tax_exigibility = True
        transition = cls.copy_account(cls.company_data["default_account_tax_sale"])
        transition.reconcile = True
        included = {"price_include_override": "tax_included"}
        group = cls._tax(0, name="group", amount_type="group", children_tax_ids=[
            Command.set((cls._tax(5, name="child a") | cls._tax(3.5, name="child b")).ids)
        ])
        cls.taxes = [
            cls.tax_21, cls._tax(10, name="10 incl", **included), cls._tax(5.5, name="5.5 incl", **included),
            cls._tax(1.5, name="fixed", amount_type="fixed", sequence=0, include_base_amount=True), group,
            cls._tax(19, name="reverse", **cls._repartition(100, -100)), cls._tax(-15, name="withheld"),
            cls._tax(8.1, name="split", **cls._repartition(60, 40)),
            cls._tax(20, name="cash basis", tax_exigibility="on_payment", cash_basis_transition_account_id=transition.id),
        ]

    @staticmethod
    def _repartition(*parts):
        lines = [Command.create({"repartition_type": "tax", "factor_percent": part}) for part in parts]
        lines.insert(0, Command.create({"repartition_type": "base"}))
        return {"invoice_repartition_line_ids": lines, "refund_repartition_line_ids": lines}

    @classmethod
    def _make_terms(cls):
        instalments = [
            Command.create({"value": "percent", "value_amount": part, "nb_days": days}) for part, days in ((30, 0), (70, 60))
        ]
        cls.terms = [cls.env["account.payment.term"].create({"name": "Two", "line_ids": instalments})]
        cls.terms += cls.env["account.payment.term"].create([
            {
                "name": mode, "early_discount": True, "discount_percentage": 2, "discount_days": 30,
                "early_pay_discount_computation": mode,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 60})],
            }
            for mode in ("included", "excluded", "mixed")
        ])

    # ---------------------------------------------------------------- a case

    def _random_line(self, dice, product, step):
        sign = 1 if dice.random() < 0.93 else 0
        taxes = dice.choice([self.taxes[:1], self.taxes[1:2], dice.sample(self.taxes, 1), dice.sample(self.taxes, 2), []])
        return {
            "product_id": product.id, "name": product.name, "quantity": dice.choice([1, 1, 1, 2, 12, 0.333]),
            "price_unit": sign * step * dice.choice([dice.randint(1, 20), dice.randint(1, 5000), dice.randint(1, 10**6)]),
            "discount": dice.choice([0, 0, 0, 10, 33.33, 100]), "tax_ids": [Command.set([tax.id for tax in taxes])],
            "analytic_distribution": dice.choice([False, {str(self.analytic.id): 100}]),
        }

    def _random_invoice_vals(self, dice):
        currency = dice.choice(self.currencies)
        # Odoo often cannot balance an invoice in a foreign currency under terms with the tax always reduced
        terms = self.terms if currency == self.company.currency_id else self.terms[:-1]
        products = [self.plan] + [dice.choice([self.plan, self.extra, self.other]) for _more in range(dice.choice([0, 0, 1, 3]))]
        lines = [self._random_line(dice, product, currency.rounding) for product in products]
        if dice.random() < 0.2:
            price = lines[0]["price_unit"] * lines[0]["quantity"] * (1 - lines[0]["discount"] / 100)
            rebate = {"price_unit": -currency.round(price * dice.choice([0.1, 0.5])), "tax_ids": lines[0]["tax_ids"]}
            lines.append({"product_id": self.other.id, "name": "Rebate", "quantity": 1, **rebate})
        return {
            "move_type": "out_invoice", "partner_id": self.customer.id, "invoice_date": "2026-01-01", "currency_id": currency.id,
            "invoice_payment_term_id": dice.choice([False, False, *[term.id for term in terms]]),
            "invoice_cash_rounding_id": self._random_rounding(dice, currency),
            "invoice_line_ids": list(map(Command.create, lines)),
        }

    def _random_rounding(self, dice, currency):
        if dice.random() < 0.8:
            return False
        return self.env["account.cash.rounding"].create({
            "name": "Coins", "rounding": currency.rounding * dice.choice([5, 10]), **self.rounding_accounts,
            "strategy": dice.choice(["biggest_tax", "add_invoice_line"]),
            "rounding_method": dice.choice(["HALF-UP", "UP", "DOWN"]),
        }).id

    def _random_payments(self, cases):
        """Some are paid in full, some early enough for a discount, some in part, of some the rest is written off."""
        ways = {"none": [], "part": [], "all": [], "early": [], "written off": []}
        for dice, invoice in cases:
            ways[dice.choice(["none", "none", "all", "early", "part", "written off"])].append((dice, invoice))
        for way, day in (("all", "2026-03-05"), ("early", "2026-01-05")):
            self._register([invoice for _dice, invoice in ways[way] if invoice.amount_residual], day)._create_payments()
        for way in ("part", "written off"):
            for dice, invoice in ways[way]:
                if amount := invoice.currency_id.round(invoice.amount_residual * dice.random()):
                    wizard = self._register([invoice], "2026-03-05", amount=amount)
                    if way == "written off":
                        wizard.payment_difference_handling = "reconcile"
                        wizard.writeoff_account_id = self.company_data["default_account_expense"]
                    wizard._create_payments()

    def _register(self, invoices, day, **vals):
        context = {"active_model": "account.move", "active_ids": [invoice.id for invoice in invoices]}
        return self.env["account.payment.register"].with_context(**context).create(
            {"payment_date": day, "group_payment": False, **vals}
        )

    def _random_credits_by_hand(self, cases):
        """Every fifth was credited before, in part or in full; some of that is still a draft."""
        chosen = [(dice, invoice) for dice, invoice in cases if invoice.amount_total and dice.random() < 0.2]
        invoices = self.env["account.move"].union(*(invoice for _dice, invoice in chosen))
        credits = invoices._reverse_moves([{"invoice_date": "2026-02-01", "date": "2026-02-01"} for _invoice in invoices])
        posted = credits.browse()
        for (dice, invoice), credit in zip(chosen, credits, strict=True):
            part = dice.choice([0, 0.3, 0.5, 1])
            if part < 1:
                for line in credit.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
                    line.price_unit = invoice.currency_id.round(line.price_unit * part)
            if 0 < credit.amount_total <= invoice.amount_total and dice.random() < 0.8:
                posted |= credit
        posted.action_post()

    def _random_requests(self, dice, invoice):
        """One or two subscriptions that share the invoice, each ended twice as the first time may be followed by another."""
        bound = invoice.invoice_line_ids.filtered(lambda line: line.product_id != self.other)
        half = len(bound) // 2 if dice.random() < 0.3 else 0
        for lines in filter(None, (bound[:half], bound[half:])):
            periods = []
            for line in lines:
                first = date(2026, 1, 1) + timedelta(days=dice.randint(-40, 40))
                last = first + timedelta(days=dice.choice([0, 30, 364, 730]))
                periods.append(Command.create({"move_line_id": line.id, "first_day": first, "last_day": last}))
            subscription = self.env["unicdo.hosting.subscription"].create({
                "name": "x", "partner_id": self.customer.id, "start_date": "2026-01-01", "concluded_on": "2026-01-01",
                "period_ids": periods,
            })
            end = date(2026, 1, 1) + timedelta(days=dice.randint(-60, 800))
            for away in dice.choice([[0], [0, -30]]):
                request = self._scheduled(subscription, end + timedelta(days=away))
                yield request
                request.state = "taken_back"
                request.flush_recordset()

    def _said(self, request):
        """The amounts that the portal and a mail name: of each line, and of each credit note."""
        portal, mail = (
            lxml.html.fromstring(f"<div>{text}</div>") for text in (
                self.env["ir.qweb"]._render("unicdo_hosting_cancel.portal_sum", {"words": request._words()}),
                request._letter_terms(),
            )
        )

        def texts(page, path):
            return [cell.text_content() for cell in page.xpath(path)]

        return {
            "portal": (
                texts(portal, "//ul[contains(@class, 'o_unicdo_lines')]//span[contains(@class, 'o_unicdo_amount')]"),
                texts(portal, "//span[contains(@class, 'o_unicdo_total')]"),
            ),
            "mail": (texts(mail, "//td[last()]"), texts(mail, "//strong")),
        }

    def assertSaid(self, said, credits):
        """What the portal and the mail named stands in the journal items now."""
        lines = [
            format_amount(self.env, line.price_unit, line.currency_id) for line in credits.invoice_line_ids
            if line.display_type == "product"
        ]
        totals = [
            format_amount(self.env, -sum(items.mapped("amount_currency")), items.currency_id)
            for items in (
                credit.line_ids.filtered(lambda line: line.display_type == "payment_term") for credit in credits
            )
        ]
        for place, (said_lines, said_totals) in said.items():
            self.assertCountEqual([text for text in said_lines if re.search("[1-9]", text)], lines, place)
            self.assertCountEqual(said_totals, totals, place)

    @freeze_time("2026-07-01 08:00")
    def test_what_is_shown_is_what_is_booked(self):
        """CAN-3: over random currencies, taxes, roundings, discounts, terms, payments, earlier credits and ends."""
        made = 0
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            dices = [random.Random(f"{method} {number}") for number in range(CASES // 2)]
            invoices = self.env["account.move"].create(list(map(self._random_invoice_vals, dices)))
            invoices.action_post()
            together = list(zip(dices, invoices, strict=True))
            self._random_payments(together)
            self._random_credits_by_hand(together)
            for number, (dice, invoice) in enumerate(together):
                with self.subTest(method=method, case=number):
                    for request in self._random_requests(dice, invoice):
                        said = self._said(request)
                        credits = self.assertBooked(request)
                        self.assertSaid(said, credits)
                        made += len(credits)
                gc.collect(1)  # or each case leaves environments behind, which Odoo looks through one by one
        self.assertGreater(made, CASES // 3)
