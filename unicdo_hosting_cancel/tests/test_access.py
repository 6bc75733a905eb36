# SPDX-License-Identifier: LGPL-3.0-or-later
from ast import literal_eval

from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.unicdo_hosting_cancel.const import CALL_EVENTS
from odoo.addons.unicdo_privacy.tests.common import recorded_kinds
from odoo.addons.unicdo_privacy.tests.test_access import OPERATIONS, AccessCase

from .common import HostingCase

#: helpdesk and auditor stand for officer and privacy user, who are both as well
EXPECTED = {
    "unicdo.hosting.subscription": {"officer": "r", "user": "r", "helpdesk": "r", "auditor": "r", "accounting": "rwcd"},
    "unicdo.hosting.period": {"officer": "r", "user": "r", "helpdesk": "r", "auditor": "r", "accounting": "rwcd"},
    "unicdo.cancellation": {"officer": "rwcd", "user": "rwcd", "helpdesk": "rwcd", "auditor": "r", "accounting": "rwcd"},
    "unicdo.cancellation.letter": {"officer": "r", "user": "r", "helpdesk": "r", "auditor": "r", "accounting": "r"},
    "unicdo.cancellation.link": {"officer": "r", "user": "r", "helpdesk": "r", "auditor": "r", "accounting": "r"},
    "unicdo.notice.rule": {"officer": "r", "user": "r", "helpdesk": "r", "accounting": "r"},
    "unicdo.hosting.provider": {"admin": "rwcd", "accounting": "r"},
    "unicdo.hosting.call": {
        "officer": "r", "user": "r", "helpdesk": "r", "auditor": "r", "admin": "r", "accounting": "r"},
    "unicdo.hosting.suspension": {"officer": "r", "user": "r", "helpdesk": "r", "auditor": "r", "admin": "r"},
}


@tagged("post_install", "-at_install")
class TestRoles(AccessCase):
    """GOV-9: every model has rules for each role in both directions (DESIGN 7)."""

    def test_each_role_may_do_what_the_table_says_and_no_more(self):
        self._assert_access(EXPECTED)
        accounting = self._user_with_role("internal", "accounting@example.com")
        accounting.group_ids += self.env.ref("account.group_account_invoice")
        for model, by_role in EXPECTED.items():
            records = self.env[model].with_user(accounting)
            allowed = "".join(letter for letter, operation in OPERATIONS.items() if records.has_access(operation))
            self.assertEqual((model, allowed), (model, by_role.get("accounting", "")))

    def test_every_model_stands_in_the_table(self):
        self.assertEqual(self._models_of("unicdo_hosting_cancel"), set(EXPECTED))


@tagged("post_install", "-at_install")
class TestAccess(HostingCase):
    """Companies, and what no role may touch."""

    def _staff(self, role, company=None):
        company = company or self.company
        return self._user_with_role(role, f"{role}{company.id}@example.com", company_ids=company.ids, company_id=company.id)

    def test_another_company_is_not_seen(self):
        subscription = self._subscription(self._invoice())
        request = self._cancellation(subscription)
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._staff("helpdesk", other)
        for record in (subscription, subscription.period_ids, request, request.letter_ids):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.with_user(stranger).read(["display_name"])

    def test_letters_are_nobodys_to_change(self):
        """CAN-8"""
        request = self._cancellation(self._subscription(self._invoice()))
        for role in ("officer", "admin", "helpdesk"):
            letter = request.letter_ids[:1].with_user(self._staff(role))
            for change in (lambda letter=letter: letter.write({"body": "x"}), lambda letter=letter: letter.unlink()):
                with self.subTest(role=role), self.assertRaises(AccessError):
                    change()

    def test_when_a_letter_was_sent_and_seen_is_not_told_by_who_presses_the_button(self):
        """CAN-8"""
        context = {"default_sent_at": "2020-01-01 00:00:00", "default_seen_at": "2020-01-02 00:00:00"}
        model = self.env["unicdo.cancellation"].with_user(self._staff("helpdesk")).with_context(**context)
        request = model.create({"subscription_id": self._subscription(self._invoice()).id})
        request.action_receive()
        self.assertEqual((request.letter_ids.seen_at, request.letter_ids.sent_at.year > 2020), (False, True))

    def test_a_request_made_by_rpc_begins_as_a_draft(self):
        model = self.env["unicdo.cancellation"].with_user(self._staff("helpdesk"))
        with self.assertRaises(AccessError):
            model.create({"state": "scheduled", "subscription_id": self._subscription(self._invoice()).id})
        with self.assertRaises(AccessError):
            model.create({"letter_ids": [Command.create({"kind": "receipt", "subject": "x", "body": "x", "sha256": "x"})]})

    def test_whoever_may_read_a_request_can_open_it(self):
        """CAN-1: also without any right to see invoices."""
        request = self._cancellation(self._subscription(self._invoice()))
        for role in ("helpdesk", "user", "auditor", "officer"):
            user = self._staff(role)
            for record in (request, request.subscription_id):
                with self.subTest(role=role, model=record._name):
                    self.assertEqual(Form(record.with_user(user)).name, record.name)

    def test_everything_that_is_recorded_has_words(self):
        """GOV-9: an auditor reads what happened to a contract, not a code."""
        kinds = recorded_kinds("unicdo_hosting_cancel")
        self.assertIn("hosting.cancel.link", kinds)
        self.assertFalse((kinds | set(dict(CALL_EVENTS))) - set(self.env["unicdo.ledger.event"]._kind_names()))


@tagged("post_install", "-at_install")
class TestScreens(HostingCase):
    """GOV-9: who may see hosting can open its screens, also without any right to invoices."""

    MODELS = (
        "unicdo.hosting.subscription", "unicdo.cancellation", "unicdo.notice.rule", "unicdo.hosting.provider",
        "unicdo.hosting.suspension",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # accounting by the one group that it has in Community
        cls.accountant = cls.env["res.users"].sudo().with_context(no_reset_password=True).create({
            "name": "Accountant", "login": "accountant@example.com", "company_id": cls.company.id,
            "company_ids": [Command.set(cls.company.ids)],
            "group_ids": [Command.set([
                cls.env.ref("account.group_account_invoice").id, cls.env.ref("product.group_product_manager").id,
            ])],
        })

    def _ended(self):
        """A request that has everything: letters, calls to the provider, and a credit note that waits for approval."""
        self.company.unicdo_credit_approval = True
        request = self._cancellation(self._subscription(self._invoice()), wanted_date="2026-06-30")
        request.sudo()._credit()
        self.assertTrue(request.has_draft_credits)
        self.env["unicdo.hosting.call"].sudo()._plan(request, "hosting.ended")
        return request

    def _views(self, model):
        return self.env["ir.ui.view"].sudo().search([("model", "=", model._name), ("mode", "=", "primary")])

    def test_each_role_opens_each_screen_it_may_read(self):
        self._ended()
        self.env["unicdo.cancellation"].create({"channel": "phone"})
        people = [self._user_with_role(role, f"{role}@example.com") for role in ("helpdesk", "auditor", "user", "officer")]
        people += [self.accountant, self._user_with_role("admin", "settings@example.com")]
        for user in people:
            for name in self.MODELS:
                model = self.env[name].with_user(user)
                if model.has_access("read"):
                    for view in self._views(model):
                        with self.subTest(user=user.name, view=view.name):
                            self._open(model, view)

    def _open(self, model, view):
        """Read what a view shows, as the browser does."""
        arch = etree.fromstring(model.get_view(view.id, view.type)["arch"])
        if view.type == "form":
            for record in model.search([]):
                Form(record, view)
        elif view.type == "search":
            for node in arch.xpath("//filter[@domain]"):
                model.search(literal_eval(node.get("domain")))
        else:
            names = {node.get("name") for node in arch.iter("field")} & set(model._fields)
            model.web_search_read([], {name: {} for name in names})

    def test_a_product_becomes_a_hosting_plan_by_whoever_may_change_products(self):
        """In Community nobody sees the page Accounting of a product."""
        with Form(self.plan.product_tmpl_id.with_user(self.accountant)) as form:
            form.unicdo_hosting_months = 1
        self.assertEqual(self.plan.unicdo_hosting_months, 1)
