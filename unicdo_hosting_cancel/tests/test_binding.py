# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import HostingCase


@tagged("post_install", "-at_install")
class TestBinding(HostingCase):
    """Posted invoices prepay hosting: which one, for which days, and what is refundable of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setup_work = cls.env["product.product"].create({
            "name": "Setup", "type": "service", "unicdo_hosting": "extra", "unicdo_hosting_months": 0, "taxes_id": False,
            "unicdo_not_refundable": "Work done once is not given back.",
        })
        cls.addon = cls.env["product.product"].create({
            "name": "More space", "type": "service", "unicdo_hosting": "extra", "unicdo_hosting_months": 12, "taxes_id": False,
        })

    def _periods(self, *invoices):
        periods = self.env["unicdo.hosting.period"].search([("move_id", "in", [move.id for move in invoices])])
        return periods.sorted(lambda period: period.move_line_id.id)

    def _days(self, *invoices):
        return [(period.first_day, period.last_day) for period in self._periods(*invoices)]

    def test_posting_starts_a_subscription(self):
        """The plan starts it, add-ons of the same invoice join."""
        addon, work = ({"product_id": product.id, "price_unit": 10} for product in (self.addon, self.setup_work))
        invoice = self._invoice({}, addon, work)
        periods = self._periods(invoice)
        year = (date(2026, 1, 1), date(2026, 12, 31))
        self.assertEqual(self._days(invoice), [year, year, (False, False)])
        subscription = periods.subscription_id
        self.assertEqual(len(subscription), 1)
        self.assertEqual((subscription.partner_id, subscription.product_id), (self.customer, self.plan))
        self.assertEqual((subscription.start_date, subscription.paid_until), (date(2026, 1, 1), date(2026, 12, 31)))
        self.assertEqual(invoice.invoice_line_ids.unicdo_subscription_id, subscription)
        self.assertEqual(invoice.invoice_line_ids[0].unicdo_last_day, date(2026, 12, 31))

    def test_each_plan_is_a_subscription(self):
        addon = {"product_id": self.addon.id, "price_unit": 10}
        invoice = self._invoice({}, addon, {}, addon)
        first, more, second, again = self._periods(invoice)
        self.assertEqual((first.subscription_id, second.subscription_id), (more.subscription_id, again.subscription_id))
        self.assertNotEqual(first.subscription_id, second.subscription_id)

    def test_a_company_is_the_customer_and_its_contact_decides(self):
        company = self.env["res.partner"].create({"name": "Lee Ltd", "is_company": True})
        contact = self.env["res.partner"].create({"name": "Bo", "parent_id": company.id})
        subscription = self._periods(self._invoice(partner_id=contact.id)).subscription_id
        self.assertEqual((subscription.partner_id, subscription.admin_ids), (company, contact))
        self.assertEqual(subscription.customer_type, "business")

    def test_the_next_invoice_goes_on_where_the_last_ended(self):
        """By calendar months from the first day on: what began on the 31st does not slide to the 28th."""
        self.plan.unicdo_hosting_months = 1
        invoices = self._invoice(invoice_date="2026-01-31")
        for number in range(3):
            copy = invoices[-1].copy({"invoice_date": f"2026-0{2 + number}-20"})
            copy.action_post()
            invoices += copy
        self.assertEqual(len(self._periods(*invoices).subscription_id), 1)
        self.assertEqual(self._days(*invoices), [
            (date(2026, 1, 31), date(2026, 2, 27)), (date(2026, 2, 28), date(2026, 3, 30)),
            (date(2026, 3, 31), date(2026, 4, 29)), (date(2026, 4, 30), date(2026, 5, 30)),
        ])

    def test_invoices_posted_together_follow_one_another(self):
        first = self._invoice()
        later = first.copy({"invoice_date": "2028-01-01"})
        sooner = first.copy({"invoice_date": "2027-01-01"})
        (later | sooner).action_post()
        self.assertEqual(self._days(sooner), [(date(2027, 1, 1), date(2027, 12, 31))])
        self.assertEqual(self._days(later), [(date(2028, 1, 1), date(2028, 12, 31))])

    def test_a_period_written_on_the_line_holds(self):
        invoice = self._invoice({"unicdo_first_day": "2026-03-01", "unicdo_last_day": "2026-05-31"})
        self.assertEqual(self._days(invoice), [(date(2026, 3, 1), date(2026, 5, 31))])

    def test_reset_and_cancelled_invoices_prepay_nothing(self):
        """Posted again, the line pays for the same days of the same hosting."""
        invoice = self._invoice()
        subscription = self._periods(invoice).subscription_id
        invoice.button_draft()
        self.assertFalse(self._periods(invoice))
        self.assertFalse(subscription.paid_until)
        invoice.invoice_date = "2026-02-01"
        invoice.action_post()
        self.assertEqual(self._periods(invoice).subscription_id, subscription)
        self.assertEqual(self._days(invoice), [(date(2026, 1, 1), date(2026, 12, 31))])
        invoice.button_draft()
        invoice.button_cancel()
        self.assertFalse(self._periods(invoice))

    def test_an_addon_alone_joins_the_only_hosting_of_its_customer(self):
        subscription = self._periods(self._invoice()).subscription_id
        self.assertEqual(self._periods(self._invoice({"product_id": self.addon.id})).subscription_id, subscription)
        self._invoice()
        self.assertFalse(self._periods(self._invoice({"product_id": self.addon.id})), "of two hostings none is guessed")

    def test_only_words_that_stood_there_keep_money(self):
        """CAN-7: in any installed language, and not because the product says so today."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.setup_work.with_context(lang="fr_FR").unicdo_not_refundable = "Travail unique, non remboursé."
        for name, expected in (
            ("Setup", False), ("Setup\nWork done once is not  given back.", "Work done once is not given back."),
            ("Mise en place\nTravail unique, non remboursé.", "Travail unique, non remboursé."),
        ):
            invoice = self._invoice({}, {"product_id": self.setup_work.id, "name": name, "price_unit": 5})
            self.assertEqual(self._periods(invoice)[1].not_refundable, expected)

    def test_an_invoice_says_by_itself_what_is_not_refundable(self):
        """CAN-7: with Invoicing alone, too, the words are printed, and what was sold with them is not given back."""
        extra = self.env["product.product"].create({
            "name": "Migration", "type": "service", "unicdo_hosting": "extra", "unicdo_not_refundable": "Not given back.",
        })
        invoice = self._invoice({}, {"product_id": extra.id, "price_unit": 300})
        plan, migration = invoice.invoice_line_ids.sorted("price_unit", reverse=True)
        self.assertEqual((plan.name, migration.name), (self.plan.display_name, "Migration\nNot given back."))
        period = self.env["unicdo.hosting.period"].search([("move_line_id", "=", migration.id)])
        self.assertEqual(period.not_refundable, "Not given back.")
        with Form(invoice.copy()) as form, form.invoice_line_ids.edit(1) as line:
            self.assertIn("Not given back.", line.name)
            line.product_id = self.plan
            self.assertEqual(line.name, self.plan.display_name)

    def test_a_copy_for_somebody_else_pays_for_their_own_hosting(self):
        invoice = self._invoice()
        other = self.env["res.partner"].create({"name": "Cy"})
        copy = invoice.copy({"invoice_date": "2026-01-01"})
        with self.subTest("as in the form"):
            copy.partner_id = other
            copy._onchange_unicdo_partner()
        copy.action_post()
        self.assertEqual(self._periods(copy).subscription_id.partner_id, other)

    def test_posting_many_takes_no_queries_per_line(self):
        def post(count):
            lines = [{"name": f"Plan {number}"} for number in range(count)]
            default = {"product_id": self.plan.id, "price_unit": 12, "tax_ids": [Command.set(self.tax_21.ids)]}
            move = self.env["account.move"].create({
                "move_type": "out_invoice", "partner_id": self.customer.id, "invoice_date": "2026-01-01",
                "invoice_line_ids": [Command.create(default | line) for line in lines],
            })
            self.plan.unicdo_hosting = False
            move.action_post()
            self.plan.unicdo_hosting = "plan"
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            move._unicdo_bind(move.invoice_line_ids._unicdo_bindings())
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few, many = post(2), post(30)
        self.assertLess(many - few, 28)

    # ---------------------------------------------------------------- by hand

    def test_a_line_is_bound_by_hand_with_the_words_it_was_sold_with(self):
        """CAN-7: whoever binds it cannot add reasons to keep the money."""
        other = self.env["product.product"].create({"name": "Thing", "type": "service", "taxes_id": False})
        invoice = self._invoice({"product_id": other.id}, {"product_id": self.setup_work.id, "name": "Setup"})
        self.assertFalse(self._periods(invoice))
        self.setup_work.unicdo_hosting = False
        subscription = self._periods(self._invoice()).subscription_id
        with Form(subscription) as form, form.period_ids.new() as period:
            period.move_line_id = invoice.invoice_line_ids[0]
            period.first_day, period.last_day = date(2026, 1, 1), date(2026, 6, 30)
        bound = self._periods(invoice)
        self.assertEqual((bound.subscription_id, bound.days, bound.not_refundable), (subscription, 181, False))
        with self.assertRaises(AccessError):
            bound.not_refundable = "I say so"
        vals = {"subscription_id": subscription.id, "not_refundable": "I say so"}
        period = self.env["unicdo.hosting.period"].create(vals | {"move_line_id": invoice.invoice_line_ids[1].id})
        self.assertFalse(period.not_refundable)

    def test_only_posted_lines_of_invoices_prepay(self):
        subscription = self._periods(self._invoice()).subscription_id
        draft = self._invoice().copy()
        bill = self.env["account.move"].create({
            "move_type": "in_invoice", "partner_id": self.customer.id, "invoice_date": "2026-01-01",
            "invoice_line_ids": [Command.create({"name": "Server", "price_unit": 5})],
        })
        bill.action_post()
        for move, message in ((draft, "Post the invoice first"), (bill, "customer invoices")):
            vals = {"subscription_id": subscription.id, "move_line_id": move.invoice_line_ids.id}
            with self.assertRaisesRegex(ValidationError, message):
                self.env["unicdo.hosting.period"].create(vals)

    def test_without_another_app_there_is_nothing_to_take_over(self):
        if "contract.line" in self.env:
            self.skipTest("the OCA's contracts are installed")
        with self.assertRaisesRegex(UserError, "nothing to take contracts from"):
            self.env["unicdo.hosting.subscription"].action_import()

    # ---------------------------------------------------------------- nothing after the end

    def _ending(self, end, **vals):
        subscription = self._periods(self._invoice(**vals)).subscription_id
        return self._cancellation(subscription, received="2026-01-02 10:00", wanted_date=end)

    @freeze_time("2026-01-02 08:00")
    def test_drafts_are_cut_when_the_end_is_scheduled(self):
        """CAN-3: nothing is billed for days after the end."""
        invoice = self._invoice()
        subscription = self._periods(invoice).subscription_id
        draft = invoice.copy({"invoice_date": "2027-01-01"})
        draft.invoice_line_ids.quantity = 3
        later = invoice.copy({"invoice_date": "2028-01-01"})
        later.invoice_line_ids = [Command.create({"name": "Else", "price_unit": 7})]
        last = invoice.copy({"invoice_date": "2029-01-01"})
        request = self._cancellation(subscription, received="2026-01-02 10:00", wanted_date=date(2027, 6, 30))
        self.assertEqual(request.state, "scheduled")
        line = draft.invoice_line_ids
        self.assertEqual((line.unicdo_first_day, line.unicdo_last_day), (date(2027, 1, 1), date(2027, 6, 30)))
        # 3 × 1200.00 for 181 of 365 days
        self.assertEqual((line.quantity, draft.amount_untaxed, draft.state), (3, 1785.21, "draft"))
        self.assertEqual(later.invoice_line_ids.filtered(lambda line: line.display_type == "product").mapped("name"), ["Else"])
        self.assertEqual(last.state, "cancel")
        draft.action_post()
        self.assertEqual(self._days(draft), [(date(2027, 1, 1), date(2027, 6, 30))])

    @freeze_time("2026-01-02 08:00")
    def test_days_after_the_end_cannot_be_billed(self):
        """CAN-3"""
        request = self._ending(date(2026, 12, 31))
        later = self.env["account.move"].search([("line_ids.unicdo_subscription_id", "=", request.subscription_id.id)])[:1].copy()
        later.invoice_date = "2027-01-01"
        with self.assertRaisesRegex(UserError, "ends on 12/31/2026"):
            later.action_post()
        request._take_back()
        later.action_post()
        self.assertEqual(self._days(later), [(date(2027, 1, 1), date(2027, 12, 31))])

    @freeze_time("2026-01-02 08:00")
    def test_taking_back_restores_no_draft(self):
        invoice = self._invoice()
        draft = invoice.copy({"invoice_date": "2027-01-01"})
        request = self._cancellation(
            self._periods(invoice).subscription_id, received="2026-01-02 10:00", wanted_date=date(2027, 6, 30)
        )
        request._take_back()
        self.assertEqual(draft.invoice_line_ids.unicdo_last_day, date(2027, 6, 30))

    @freeze_time("2026-07-01 08:00")
    def test_an_invoice_that_was_credited_stays(self):
        invoice = self._invoice()
        request = self._scheduled(self._periods(invoice).subscription_id, date(2026, 6, 30))
        request._credit()
        with self.assertRaisesRegex(UserError, "Cancel that credit note first"):
            invoice.button_draft()
