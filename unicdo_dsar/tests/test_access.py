# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.unicdo_privacy.tests.test_access import AccessCase

from .common import DsarMixin

EXPECTED = {
    "unicdo.request": {"officer": "rwcd", "user": "rwcd", "helpdesk": "rwcd", "auditor": "r"},
    "unicdo.request.found": {"officer": "r", "user": "r"},
    "unicdo.request.left.out": {"officer": "r", "user": "r"},
    "unicdo.request.review": {"officer": "rw", "user": "rw"},
    "unicdo.package": {"officer": "r", "user": "r"},
    "unicdo.package.segment": {},
    "unicdo.download.link": {"officer": "r", "user": "r"},
}


@tagged("post_install", "-at_install")
class TestAccess(DsarMixin, AccessCase):
    """GOV-9: access is controlled; every model has rules for each role in both directions (DESIGN 7)."""

    def test_each_role_may_do_what_the_table_says_and_no_more(self):
        self._assert_access(EXPECTED)

    def test_every_model_stands_in_the_table(self):
        self.assertEqual(self._models_of("unicdo_dsar"), set(EXPECTED))

    def test_helpdesk_changes_drafts_only(self):
        helpdesk = self._user_with_role("helpdesk")
        draft = self.env["unicdo.request"].with_user(helpdesk).create({"partner_id": self.joann.id})
        draft.channel = "letter"
        draft.unlink()
        received = self._ask().with_user(helpdesk)
        self.assertEqual(received.state, "working")
        with self.assertRaises(AccessError):
            received.user_id = helpdesk
        with self.assertRaises(AccessError):
            received.unlink()

    def test_nobody_else_becomes_the_one_who_asked(self):
        """GOV-9: by RPC, too, a privacy user cannot move a received request on, back, or to another person."""
        user = self._user_with_role("user")
        request = self._answer().with_user(user)
        for vals in (
            {"state": "draft"},
            {"partner_id": self.joann.id},
            {"answered_at": False},
            {"due_date": "2031-01-01"},
            {"name": "x"},
        ):
            with self.subTest(vals), self.assertRaises(UserError):
                request.write(vals)
        with self.assertRaises(AccessError):
            request.create({"partner_id": self.joann.id, "state": "answered"})
        with self.assertRaises(AccessError):
            request.create({"partner_id": self.joann.id, "due_date": "2031-01-01"})
        context = {"default_state": "ready", "default_due_date": "2031-01-01", "default_answered_at": "2020-01-01"}
        draft = request.with_context(**context).create({"partner_id": self.joann.id})
        self.assertEqual((draft.state, draft.answered_at), ("draft", False))
        self.assertNotEqual(draft.due_date.year, 2031)

    def test_reviewers_read_what_is_to_be_reviewed_and_nothing_else(self):
        """GOV-5: a line of the review cannot be turned to another record or request."""
        request = self._answer()
        line = self.env["unicdo.request.review"].create(
            {"request_id": request.id, "source_key": "res.partner", "res_id": self.joann.id, "why": "note"}
        )
        line = line.with_user(self._user_with_role("user"))
        for vals in ({"source_key": "res.users"}, {"res_id": 1}, {"request_id": request.id}, {"why": "doubtful"}):
            with self.subTest(vals), self.assertRaises(AccessError):
                line.write(vals)

    def test_requests_of_other_companies_are_out_of_sight(self):
        """GOV-5: a privacy user sees the companies they work for."""
        other = self.env["res.company"].create({"name": "Other"})
        user = self._user_with_role("user")
        request = self._answer()
        mine = self.env["unicdo.request"].with_user(user)
        self.assertIn(request, mine.search([]))
        user.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        for model, record in (
            ("unicdo.request", request),
            ("unicdo.package", request.package_ids),
            ("unicdo.request.found", request.found_ids[:1]),
        ):
            records = self.env[model].with_user(user).with_company(other)
            self.assertNotIn(record, records.search([]), model)
            with self.assertRaises(AccessError):
                records.browse(record.id).check_access("read")

    def test_colleagues_do_not_see_who_asked(self):
        """GOV-5: an employee who asks follows their request; whose it is, only those who handle requests see."""
        request = self.env["unicdo.request"].with_user(self.staff)._ask(self.staff.partner_id, "access")
        self.joann.message_subscribe(self.staff.partner_id.ids)
        followed = [("partner_id", "=", self.staff.partner_id.id)]
        other, own = ([*followed, ("res_model", "=", record._name)] for record in (self.joann, request))
        for role, count in (("internal", 0), ("admin", 0), ("helpdesk", 1), ("auditor", 1)):
            followers = self.env["mail.followers"].with_user(self._user_with_role(role))
            with self.subTest(role):
                self.assertEqual((followers.search_count(own), followers.search_count(other)), (count, 1))

    def test_nobody_reads_secrets_through_fields(self):
        """GOV-9: hash, ticket and key are no field of anybody's view."""
        officer = self._user_with_role("officer")
        request = self._answer("portability")
        package = request.package_ids.with_user(officer)
        for record, names in (
            (package, ("key_id", "segment_ids", "file_ids", "etag")),
            (package.link_ids, ("token_hash", "session_digest", "ticket_until")),
        ):
            for name in names:
                with self.subTest(name), self.assertRaises(AccessError):
                    record.read([name])

    def test_the_content_is_no_method_away(self):
        """GOV-9: what reads a package is private, so that no RPC reaches it."""
        for model in ("unicdo.package", "unicdo.package.segment", "unicdo.download.link", "unicdo.copy"):
            public = {
                name
                for klass in type(self.env[model]).mro()
                if klass.__module__.startswith("odoo.addons.unicdo_dsar")
                for name, value in vars(klass).items()
                if callable(value) and not name.startswith("_")
            }
            self.assertFalse(public, model)
