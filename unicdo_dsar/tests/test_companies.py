# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.modules.module import load_script
from odoo.tests import tagged

from .common import DsarCase, DsarHttpCase


class CompaniesMixin:
    """Ann is a contact of all companies; the first company and the Other each noted something about her."""

    def setUp(self):
        super().setUp()
        self.first = self.env.company
        self.other = self.env["res.company"].create({"name": "Other"})
        self.officers, self.addresses, self.notes = {}, {}, {}
        for company in (self.first, self.other):
            self.officers[company] = self._user_with_role(
                "officer", f"officer{company.id}@example.com",
                company_id=company.id, company_ids=[Command.set(company.ids)],
            )
            # where each company delivers to her: a record of its own, with a comment that is reviewed
            self.addresses[company] = address = self._address(self.ann, company)
            self.notes[company] = self._say(
                address, f"internal-{company.id}.", note=True, attachments=[(f"of-{company.id}.txt", b"file")]
            )
        self.shared_note = self._say(self.ann, "for all to read", note=True)
        self.request = self._answer()
        self.assertEqual(self.request.company_id, self.first)

    def _address(self, partner, company):
        return self.env["res.partner"].create({
            "parent_id": partner.id, "type": "delivery", "street": f"{company.name} street", "company_id": company.id,
            "comment": f"<p>noted in {company.id}</p>",
        })

    def _lines(self, company):
        """The lines of the review as the officer of a company sees them."""
        return self.env["unicdo.request.review"].with_user(self.officers[company]).search([
            ("request_id", "=", self.request.id)
        ])

    def _line(self, record):
        return self.request.review_ids.filtered(
            lambda line: line._source_model() == record._name and line.res_id == record.id
        )


@tagged("post_install", "-at_install")
class TestCompanies(CompaniesMixin, DsarCase):
    """GOV-5: each company is a controller; what one noted about a person, no other's staff reads (GDPR Art. 4(7))."""

    def test_each_record_of_the_review_is_of_its_company(self):
        """A note and a file are of the company of the record they stand on, whoever wrote them."""
        for company, note in self.notes.items():
            for record in (self.addresses[company], note, note.attachment_ids):
                with self.subTest(record=record):
                    self.assertEqual(self._line(record).company_id, company)
        self.assertTrue(self._line(self.shared_note))
        self.assertFalse(self._line(self.shared_note).company_id)

    def test_officers_see_what_their_company_noted_and_what_all_share(self):
        self.assertIn(self._line(self.shared_note), self._lines(self.first))
        self.assertEqual(self._lines(self.first).company_id, self.first)
        self.assertEqual(self._lines(self.other).company_id, self.other)
        # what all companies share is decided by the company that was asked
        self.assertEqual(self._lines(self.other), self._lines(self.other).filtered("company_id"))

    def test_no_call_shows_a_line_of_another_company(self):
        """By RPC as on the screen: reading, searching, grouping, exporting, names, deciding."""
        hidden = self._line(self.notes[self.other])
        self.officers[self.first].group_ids += self.env.ref("base.group_allow_export")
        reviews = self.env["unicdo.request.review"].with_user(self.officers[self.first])
        line = reviews.browse(hidden.id)
        for call in (
            lambda: line.read(["title"]),
            lambda: line.web_read({"preview": {}}),
            lambda: line.export_data(["title", "res_id"]),
            lambda: line.action_include(),
            lambda: line.write({"decision": "leave_out", "reason": "x"}),
            lambda: line.action_open_record(),
            lambda: line.action_confirm(),
        ):
            with self.assertRaises(AccessError):
                call()
        self.assertFalse(reviews.search([("id", "=", hidden.id)]))
        self.assertFalse(reviews.search_count([("company_id", "=", self.other.id)]))
        groups = reviews.formatted_read_group([("request_id", "=", self.request.id)], ["company_id"], ["__count"])
        self.assertNotIn(self.other.id, [group["company_id"] and group["company_id"][0] for group in groups])
        form = self.request.with_user(self.officers[self.first]).web_read({"review_ids": {"fields": {"title": {}}}})
        self.assertNotIn(hidden.id, [row["id"] for row in form[0]["review_ids"]])

    def test_the_answer_waits_for_the_other_company(self):
        """It says for how many records and for whom, and goes out whole once they are decided."""
        request = self.request.with_user(self.officers[self.first])
        count = len(self._lines(self.other))
        self.assertGreaterEqual(count, 3)
        self._lines(self.first).action_include()
        self.assertEqual(request.review_elsewhere, f"Other: {count}")
        with self.assertRaisesRegex(UserError, f"Other: {count}"):
            request.action_release()
        self._lines(self.other).action_include()
        self.env.invalidate_all()
        self.assertFalse(request.review_elsewhere)
        request.action_release()
        self._run_jobs()
        self.assertEqual(self.request.state, "answered")
        text = self._text(self._zip(self.request.package_ids.filtered(lambda package: package.part == "second")))
        for company in self.officers:
            self.assertIn(f"internal-{company.id}.", text)

    def test_an_officer_of_each_company_is_called(self):
        """One who may read what waits; a company without one is named to whoever answers."""
        self.assertEqual(
            self.request.activity_ids.user_id.company_ids & (self.first | self.other), self.first | self.other
        )
        lonely = self.env["res.company"].create({"name": "Lonely"})
        self._say(self._address(self.colleague, lonely), "nobody reads it", note=True)
        request = self._answer(partner=self.colleague)
        self.assertEqual(request.state, "review")
        self.assertTrue(any("Lonely" in body for body in request.message_ids.mapped("body")))

    def test_the_other_company_sees_the_request_and_moves_nothing(self):
        """Its officer needs to know who asked and until when, not the packages or what else was found."""
        request = self.env["unicdo.request"].with_user(self.officers[self.other]).browse(self.request.id)
        form = request.web_read({
            "partner_id": {"fields": {"display_name": {}}}, "due_date": {}, "progress": {},
            "review_ids": {"fields": {"title": {}, "company_id": {"fields": {"display_name": {}}}}},
            "package_ids": {"fields": {"state": {}}}, "found_ids": {"fields": {"label": {}}},
            "left_out_ids": {"fields": {"note": {}}},
        })[0]
        self.assertEqual({row["company_id"]["display_name"] for row in form["review_ids"]}, {"Other"})
        self.assertFalse(form["package_ids"] or form["found_ids"] or form["left_out_ids"])
        for call in (request.action_release, request.action_refuse, request.action_retry, request.action_send_link):
            with self.assertRaises(AccessError):
                call()
        for role in ("helpdesk", "auditor"):
            user = self._user_with_role(role, company_id=self.other.id, company_ids=[Command.set(self.other.ids)])
            self.assertNotIn(self.request, self.env["unicdo.request"].with_user(user).search([]), role)

    def test_who_is_asked_is_not_chosen_by_rpc(self):
        with self.assertRaises(AccessError):
            self.request.with_user(self.officers[self.first]).write({"review_company_ids": [Command.clear()]})

    def test_why_something_is_left_out_is_read_in_its_company(self):
        self._lines(self.first).action_include()
        lines = self._lines(self.other)
        lines.write({"decision": "leave_out", "reason": "Names a colleague's illness"})
        self.request.with_user(self.officers[self.first]).action_release()
        self._run_jobs()
        left_out = self.env["unicdo.request.left.out"].search([("request_id", "=", self.request.id)])
        own = left_out.filtered(lambda line: line.reason == "review")
        self.assertTrue(own)
        self.assertEqual(len(own), len(lines))
        for company, seen in ((self.first, left_out - own), (self.other, own)):
            found = self.env["unicdo.request.left.out"].with_user(self.officers[company]).search([
                ("request_id", "=", self.request.id)
            ])
            self.assertEqual(found, seen)

    def test_companies_are_looked_up_by_model_not_by_record(self):
        """DSR-1: as many queries for two hundred notes as for two."""
        data_map = self.env["unicdo.data.map"]
        notes = self.env["mail.message"].create([
            {"model": address._name, "res_id": address.id, "body": "x"}
            for address in self.addresses.values() for _number in range(100)
        ])
        self.env.flush_all()
        data_map._companies("mail.message", notes[:1].ids)
        with self.assertQueryCount(2):
            companies = data_map._companies("mail.message", notes.ids)
        self.assertEqual(list(companies.values()).count(self.other.id), 100)

    def test_background_work_is_seen_in_its_company(self):
        """GOV-5: officers see the work on their company's requests, and that of the whole database."""
        served = [("res_model", "=", "unicdo.package"), ("res_id", "in", self.request.package_ids.ids)]
        work = self.env["unicdo.work"].search(served)
        self.assertTrue(work)
        self.assertEqual(self.env["unicdo.work"].with_user(self.officers[self.first]).search(served), work)
        theirs = self.env["unicdo.work"].with_user(self.officers[self.other])
        self.assertFalse(theirs.search(served))
        with self.assertRaises(AccessError):
            theirs.browse(work[:1].id).read(["record_name"])

    def test_requests_of_before_are_brought_up_to_it(self):
        """An upgrade fills what older requests lack, those answered long ago included, and renews the rules."""
        self.request.state = "closed"
        expected = {line.id: line.company_id.id for line in self.request.review_ids}
        self.env.flush_all()
        for table in ("unicdo_request_review", "unicdo_work"):
            self.env.cr.execute(f"UPDATE {table} SET company_id = NULL")
        self.env.cr.execute("DELETE FROM res_company_unicdo_request_rel")
        self.env["unicdo.work"].invalidate_model()
        rule = self.env.ref("unicdo_dsar.unicdo_request_review_rule_company")
        domain, rule.domain_force = rule.domain_force, "[('request_id.company_id', 'in', company_ids)]"
        for module, script in (("unicdo_privacy", "end-work"), ("unicdo_dsar", "end-companies")):
            load_script(f"{module}/migrations/19.0.1.1.0/{script}.py", script).migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual({line.id: line.company_id.id for line in self.request.review_ids}, expected)
        self.assertEqual(self.request.review_company_ids, self.first | self.other)
        self.assertEqual(rule.domain_force, domain)
        work = self.env["unicdo.work"].search([("res_model", "=", "unicdo.package")])
        self.assertEqual(work.filtered(lambda row: row.res_id in self.request.package_ids.ids).company_id, self.first)


@tagged("post_install", "-at_install")
class TestCompaniesInABrowser(CompaniesMixin, DsarHttpCase):
    def _call(self, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.make_jsonrpc_request(f"/web/dataset/call_kw/{model}/{method}", params)

    def test_an_officer_reads_the_notes_of_their_company_only(self):
        """GOV-5: confirmed for this review, in the browser, the other company's officer reads theirs and nothing else."""
        officer = self.officers[self.other]
        self.authenticate(officer.login, officer.login)
        self._confirm_identity(self.request._review_action(), officer.login)
        rows = self._call("unicdo.request.review", "search_read", [("request_id", "=", self.request.id)], ["preview"])
        text = " ".join(row["preview"] for row in rows)
        self.assertIn(f"internal-{self.other.id}.", text)
        self.assertNotIn(f"internal-{self.first.id}.", text)
        self.assertNotIn("for all to read", text)
        names = self._call("unicdo.request.review", "name_search", "")
        self.assertEqual({pair[0] for pair in names}, {row["id"] for row in rows})
        with self.assertRaises(Exception, msg="AccessError"), self.assertLogs("odoo.http", "WARNING"):
            self._call("unicdo.request.review", "read", self._line(self.notes[self.first]).ids, ["preview"])
        self._call("unicdo.request.review", "action_include", [row["id"] for row in rows])
        self.env.invalidate_all()
        self.assertEqual(set(self._line(self.notes[self.other]).mapped("decision")), {"include"})
