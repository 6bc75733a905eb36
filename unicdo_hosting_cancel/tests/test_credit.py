# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date
from decimal import Decimal as D

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import HostingCase

#: last served day of most tests: 184 of 365 days are unused
JUNE = date(2026, 6, 30)


@tagged("post_install", "-at_install")
class TestCredit(HostingCase):
    """CAN-3: the unused part of what was prepaid, exact to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-07-01 08:00"))
        cls.income = cls.company_data["default_account_revenue"]
        cls.expense = cls.company_data["default_account_expense"]

    def _ended(self, *invoices, end=JUNE, **vals):
        return self._scheduled(self._subscription(*invoices), end, **vals)

    def assertCredited(self, request, *expected):
        """One credit note per invoice, with these amounts: net, tax and what is paid back."""
        credits = self.assertBooked(request).sorted("id")
        terms = {terms["credit"]: terms for terms in request._terms()["invoices"]}
        self.assertEqual(
            [(str(terms[credit]["net"]), str(terms[credit]["tax"]), str(terms[credit]["refunded"])) for credit in credits],
            list(expected),
        )
        return credits

    def test_half_a_year_is_credited_with_its_tax(self):
        """CAN-3: 184 of 365 days of 1200.00 + 21 %, of which as much is money back as was paid beyond the used part."""
        for paid, refunded, offset, still_due in (
            (1452, "731.97", "0", "0"), (1000, "279.97", "452.00", "0"), (700, "0", "731.97", "20.03"),
        ):
            with self.subTest(paid=paid):
                invoice = self._invoice()
                self._pay(invoice, paid)
                request = self._cancellation(self._subscription(invoice), wanted_date=JUNE)
                self.assertEqual((request.state, request.end_date), ("scheduled", JUNE))
                terms = request._terms()["invoices"][0]
                expected = {"net": "604.93", "tax": "127.04", "total": "731.97"}
                expected |= {"refunded": refunded, "offset": offset, "still_due": still_due}
                self.assertEqual({name: terms[name] for name in expected}, {name: D(text) for name, text in expected.items()})
                credit = self.assertBooked(request)
                self.assertEqual((credit.state, credit.reversed_entry_id), ("posted", invoice))
                self.assertEqual((credit.amount_untaxed, credit.amount_tax, credit.amount_total), (604.93, 127.04, 731.97))
                self.assertEqual((credit.amount_residual, invoice.amount_residual), (float(refunded), float(still_due)))

    def test_a_withdrawal_gives_all_back(self):
        """CAN-3: also what was paid once, and what is not refundable otherwise."""
        invoice = self._invoice({}, {"price_unit": 50})
        self._pay(invoice, invoice.amount_total)
        subscription = self._subscription(invoice)
        subscription.period_ids[-1:].sudo().write({"first_day": False, "last_day": False, "not_refundable": "Work done"})
        request = self._scheduled(subscription, date(2026, 1, 5), kind="withdrawal")
        self.assertCredited(request, ("1250.00", "262.50", "1512.50"))

    # ---------------------------------------------------------------- taxes

    def test_taxes_of_every_kind(self):
        """CAN-3: taxes added, included, both, in groups, of fixed amounts, reversed and withheld."""
        included = self._tax(21, name="in", price_include_override="tax_included")
        fixed = self._tax(3, name="fixed", amount_type="fixed", sequence=0, include_base_amount=True)
        group = self._tax(0, name="both", amount_type="group", children_tax_ids=[
            Command.set((self._tax(6, name="a") | self._tax(4, name="b")).ids)
        ])
        parts = [Command.create({"repartition_type": "tax", "factor_percent": part}) for part in (100, -100)]
        parts.insert(0, Command.create({"repartition_type": "base"}))
        reverse = self._tax(21, name="reverse", invoice_repartition_line_ids=parts, refund_repartition_line_ids=parts)
        for taxes, vals, net, tax in (
            (included, {"price_unit": 1452}, "604.93", "127.04"),
            (included, {"price_unit": 1613.33, "discount": 10}, "604.93", "127.04"),
            # 121.00 with 21 % in it, and 10 % of the net added: 61.00 of the price, of which 50.41 net
            (included | self._tax(10, name="more"), {"price_unit": 121}, "50.41", "15.63"),
            (group, {}, "604.93", "60.50"),
            # 3.00 for each of 12 units: 18.15 for the unused part, and 21 % on both
            (fixed | self.tax_21, {"quantity": 12, "price_unit": 100}, "604.93", "149.00"),
            (reverse, {}, "604.93", "0.00"),
            (self.tax_21 | self._tax(-15, name="withheld"), {}, "604.93", "36.30"),
            (self.env["account.tax"], {}, "604.93", "0.00"),
        ):
            with self.subTest(taxes=taxes.mapped("name"), **vals):
                invoice = self._invoice({"tax_ids": [Command.set(taxes.ids)], **vals})
                credit = self.assertBooked(self._ended(invoice))
                self.assertEqual((f"{credit.amount_untaxed:.2f}", f"{credit.amount_tax:.2f}"), (net, tax))

    def test_taxes_added_and_included_on_one_invoice(self):
        included = self._tax(21, name="in", price_include_override="tax_included")
        invoice = self._invoice({}, {"price_unit": 1452, "tax_ids": [Command.set(included.ids)]})
        self.assertCredited(self._ended(invoice), ("1209.86", "254.08", "0.00"))

    def test_tax_on_cash_basis_goes_back_like_it_came(self):
        self.company.tax_exigibility = True
        transition = self.copy_account(self.company_data["default_account_tax_sale"])
        transition.reconcile = True
        tax = self._tax(21, name="cash", tax_exigibility="on_payment", cash_basis_transition_account_id=transition.id)
        invoice = self._invoice({"tax_ids": [Command.set(tax.ids)]})
        self._pay(invoice, 1000)
        credit = self.assertCredited(self._ended(invoice), ("604.93", "127.04", "279.97"))
        self.assertTrue(credit.line_ids.matched_debit_ids, "offset against the open part")

    def test_two_halves_do_not_give_back_more_tax_than_there_was(self):
        """CAN-3: 10 % of 0.10 is 0.01, and of 0.05 also: the second half's tax is what remains."""
        invoice = self._invoice({"price_unit": 0.10, "tax_ids": [Command.set(self._tax(10).ids)]})
        subscription = self._subscription(invoice, first=date(2026, 6, 30), last=date(2026, 7, 1))
        first = self._scheduled(subscription, JUNE)
        self.assertCredited(first, ("0.05", "0.01", "0.00"))
        first.state = "taken_back"
        first.flush_recordset()
        self.assertCredited(self._scheduled(subscription, date(2026, 6, 29)), ("0.05", "0.00", "0.00"))
        self.assertEqual((invoice.amount_total, invoice.amount_residual), (0.11, 0))

    def test_both_methods_of_rounding_taxes(self):
        """CAN-3: two halves of 10.33: 21 % of 5.21 is 1.09 on each line, and 2.19 of both."""
        for method, tax in (("round_per_line", "2.18"), ("round_globally", "2.19")):
            self.company.tax_calculation_rounding_method = method
            invoice = self._invoice({"price_unit": 10.33}, {"price_unit": 10.33})
            self.assertCredited(self._ended(invoice), ("10.42", tax, "0.00"))

    def test_totals_are_rounded_to_coins_like_the_invoice(self):
        """CAN-3: both strategies; never above what remains of the invoice."""
        accounts = {"profit_account_id": self.income.id, "loss_account_id": self.expense.id}
        for strategy, amounts in (
            ("add_invoice_line", ("604.96", "127.04")), ("biggest_tax", ("604.93", "127.07")),
        ):
            rounding = self.env["account.cash.rounding"].create({
                "name": strategy, "rounding": 1, "strategy": strategy, "rounding_method": "HALF-UP", **accounts,
            })
            invoice = self._invoice(invoice_cash_rounding_id=rounding.id)
            self.assertCredited(self._ended(invoice), (*amounts, "0.00"))
            whole = self._invoice({"price_unit": 1200.30}, invoice_cash_rounding_id=rounding.id)
            self.assertEqual(whole.amount_total, 1452)
            credit = self.assertBooked(self._ended(whole, end=date(2025, 12, 31)))
            self.assertEqual((credit.amount_total, whole.amount_residual), (1452, 0))

    # ---------------------------------------------------------------- prices

    def test_a_rebate_on_a_line_of_its_own_lowers_the_price(self):
        """CAN-3: what was paid is given back, not what it would have cost."""
        other = self.env["product.product"].create({"name": "Domain", "type": "service", "taxes_id": False})
        invoice = self._invoice(
            {}, {"product_id": other.id, "price_unit": 800}, {"product_id": other.id, "price_unit": -200}, {"price_unit": 0},
        )
        subscription = self._subscription(invoice)
        subscription.period_ids.filtered(lambda period: period.move_line_id.product_id == other).unlink()
        # 1200 of 2000: 120 of the rebate; 1080.00 × 184 ÷ 365
        self.assertCredited(self._scheduled(subscription, JUNE), ("544.44", "114.33", "0.00"))

    def test_a_discount_for_early_payment_that_was_taken_is_not_paid_back(self):
        """CAN-3: money paid out never exceeds what was paid beyond the used part."""
        for mode, net, tax, refunded in (
            ("included", "592.83", "124.49", "717.32"), ("excluded", "594.94", "124.94", "719.88"),
            ("mixed", "594.90", "122.43", "717.33"),
        ):
            with self.subTest(mode=mode):
                term = self.env["account.payment.term"].create({
                    "name": mode, "early_discount": True, "discount_percentage": 2, "discount_days": 30,
                    "early_pay_discount_computation": mode,
                    "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 60})],
                })
                invoice = self._invoice(invoice_payment_term_id=term.id)
                context = {"active_model": "account.move", "active_ids": invoice.ids}
                self.env["account.payment.register"].with_context(**context).create(
                    {"payment_date": "2026-01-05"}
                )._create_payments()
                self.assertEqual(invoice.payment_state, invoice._get_invoice_in_payment_state())
                self.assertCredited(self._ended(invoice), (net, tax, refunded))

    def test_what_was_written_off_is_not_paid_back(self):
        """CAN-3: of 1452.00, 1000.00 were paid and the rest was given up: 279.97 go back, as if it were still open."""
        invoice = self._invoice()
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        self.env["account.payment.register"].with_context(**context).create({
            "amount": 1000, "payment_difference_handling": "reconcile", "writeoff_account_id": self.expense.id,
        })._create_payments()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertCredited(self._ended(invoice), ("604.93", "127.04", "279.97"))

    def test_instalments_are_offset_too(self):
        term = self.env["account.payment.term"].create({"name": "Two", "line_ids": [
            Command.create({"value": "percent", "value_amount": part, "nb_days": days}) for part, days in ((50, 0), (50, 300))
        ]})
        invoice = self._invoice(invoice_payment_term_id=term.id)
        self._pay(invoice, 726)
        self.assertCredited(self._ended(invoice), ("604.93", "127.04", "5.97"))
        self.assertEqual(invoice.amount_residual, 0)

    # ---------------------------------------------------------------- what remains

    def _credit_by_hand(self, invoice, price, **vals):
        credit = invoice._reverse_moves([{"invoice_date": "2026-03-01", "date": "2026-03-01"}])
        credit.invoice_line_ids[0].write({"price_unit": price, **vals})
        return credit

    def test_credits_by_hand_lower_what_remains(self):
        """CAN-3: the credit note is capped by what remains uncredited."""
        for by_hand, net, tax in ((100, "604.93", "127.04"), (1000, "200.00", "42.00")):
            invoice = self._invoice()
            self._credit_by_hand(invoice, by_hand).action_post()
            self.assertCredited(self._ended(invoice), (net, tax, "0.00"))
        invoice = self._invoice()
        self._credit_by_hand(invoice, 1200).action_post()
        self.assertCredited(self._ended(invoice))

    def test_a_product_that_was_credited_takes_nothing_of_another(self):
        other = self.env["product.product"].create({"name": "Domain", "type": "service", "taxes_id": False})
        invoice = self._invoice({}, {"product_id": other.id, "price_unit": 800})
        credit = self._credit_by_hand(invoice, 1200)
        credit.invoice_line_ids[1:].unlink()
        credit.action_post()
        subscription = self._subscription(invoice)
        subscription.period_ids[1:].unlink()
        self.assertCredited(self._scheduled(subscription, JUNE))

    def test_a_draft_by_hand_cannot_be_posted_on_top(self):
        """CAN-3: a draft lowers nobody's refund; together they never exceed the invoice."""
        invoice = self._invoice()
        small, large = self._credit_by_hand(invoice, 500), self._credit_by_hand(invoice, 600)
        self.assertCredited(self._ended(invoice), ("604.93", "127.04", "0.00"))
        with self.assertRaisesRegex(UserError, "more would be given back than was billed"):
            large.action_post()
        small.action_post()
        self.assertNotOvercredited(invoice)

    def test_subscriptions_that_share_an_invoice_share_its_limit(self):
        invoice = self._invoice({}, {})
        subscription = self._subscription(invoice)
        second = subscription.copy({"period_ids": False})
        subscription.period_ids[1].subscription_id = second
        self.assertCredited(self._scheduled(subscription, JUNE), ("604.93", "127.04", "0.00"))
        self.assertCredited(self._scheduled(second, date(2025, 12, 31)), ("1200.00", "252.00", "0.00"))

    def test_each_invoice_gets_its_own_credit_note(self):
        """CAN-3: another invoice is never netted in silence."""
        paid, due = self._invoice(), self._invoice()
        self._pay(paid, 1452)
        self.assertCredited(self._ended(paid, due), ("604.93", "127.04", "731.97"), ("604.93", "127.04", "0.00"))
        self.assertEqual(due.amount_residual, 720.03)

    # ---------------------------------------------------------------- currencies

    def test_foreign_currencies_keep_their_rate(self):
        """CAN-3: with 0, 2 and 3 decimals; the rate of the invoice stays whatever it is today, also on a changed draft."""
        for code, rounding, net, tax in (
            ("JPY", 1, "605", "127"), ("EUR", 0.01, "604.93", "127.04"), ("TND", 0.001, "604.932", "127.036"),
        ):
            currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
            currency.write({"rounding": rounding, "active": True, "rate_ids": [Command.clear()]})
            self.env["res.currency.rate"].create([
                {"name": day, "rate": rate, "currency_id": currency.id, "company_id": self.company.id}
                for day, rate in (("2020-01-01", 2), ("2026-06-01", 3))
            ])
            self.company.unicdo_credit_approval = True
            invoice = self._invoice(currency_id=currency.id)
            request = self._ended(invoice)
            credit = self.assertBooked(request)
            self.assertEqual(credit.state, "draft")
            credit.invoice_date = "2026-08-01"
            self.assertEqual((credit.invoice_currency_rate, credit.expected_currency_rate), (2, 3))
            request._post_credits()
            places = currency.decimal_places
            self.assertEqual((f"{credit.amount_untaxed:.{places}f}", f"{credit.amount_tax:.{places}f}"), (net, tax))
            self.assertAlmostEqual(-credit.amount_untaxed_signed, credit.amount_untaxed / 2, delta=0.006)
            self.assertEqual(credit.invoice_date, date(2026, 8, 1))

    # ---------------------------------------------------------------- books

    def test_a_locked_day_moves_the_credit_note(self):
        """CAN-3: to the first day that is open, and the preview says so."""
        for lock in ("sale_lock_date", "fiscalyear_lock_date", "tax_lock_date", "hard_lock_date"):
            with self.subTest(lock=lock):
                invoice = self._invoice()
                request = self._ended(invoice)
                self.company[lock] = "2026-07-31"
                self.assertEqual(request._terms()["invoices"][0]["date"], date(2026, 8, 1))
                credit = self.assertBooked(request)
                self.assertEqual((credit.date, credit.invoice_date), (date(2026, 8, 1), date(2026, 8, 1)))
                if lock != "hard_lock_date":
                    self.company[lock] = False

    def test_journals_that_cannot_be_changed_take_credit_notes(self):
        """CAN-3: hashed journals, and the audit trail."""
        self.company_data["default_journal_sale"].restrict_mode_hash_table = True
        self.company.restrictive_audit_trail = True
        invoice = self._invoice()
        credit = self.assertBooked(self._ended(invoice))
        self.assertTrue(invoice.inalterable_hash and credit.inalterable_hash)

    def test_what_belongs_to_the_line_stays_with_it(self):
        """CAN-3: account, analytic distribution and fiscal position."""
        plan = self.env["account.analytic.plan"].create({"name": "Plan"})
        analytic = self.env["account.analytic.account"].create({"name": "Hosting", "plan_id": plan.id})
        account = self.copy_account(self.income)
        invoice = self._invoice(
            {"analytic_distribution": {str(analytic.id): 100}, "account_id": account.id},
            fiscal_position_id=self.fiscal_pos_a.id,
        )
        self.assertBooked(self._ended(invoice))
        self.assertEqual(round(analytic.balance, 2), 720.03, "1452.00 and 731.97, as this tax has no account of its own")

    def test_credit_notes_wait_for_approval_where_the_company_wants_it(self):
        self.company.unicdo_credit_approval = True
        invoice = self._invoice()
        request = self._ended(invoice)
        credit = self.assertBooked(request)
        self.assertEqual((credit.state, invoice.amount_residual), ("draft", 1452))
        waiting = self.env["account.move"].search([("state", "=", "draft"), ("unicdo_cancellation_id", "!=", False)])
        self.assertIn(credit, waiting)
        credit.action_post()
        self.assertEqual(invoice.amount_residual, 720.03)
        self.assertFalse(request._credit())

    def test_an_approver_who_cancels_has_it_made_again(self):
        self.company.unicdo_credit_approval = True
        request = self._ended(self._invoice())
        credit = self.assertBooked(request)
        credit.button_cancel()
        self.env.flush_all()
        self.assertEqual(request._credit().amount_total, 731.97)
