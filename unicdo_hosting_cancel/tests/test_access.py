# SPDX-License-Identifier: LGPL-3.0-or-later
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
