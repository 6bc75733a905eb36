# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..models.unicdo_provider import STATES
from .common import PrivacyCase
from .provider_common import ProviderMixin

#: what is done elsewhere, as a module declares it
NEED = {"key": "test", "name": "Work of the test", "host": "api.example.com", "purpose": "test_hosting", "confidential": True}


class ProviderCase(ProviderMixin, PrivacyCase):
    def _kinds(self, provider):
        """Kinds of the ledger's events about a provider, oldest first."""
        events = self.env["unicdo.ledger.event"].search([("res_model", "=", "unicdo.provider")], order="id")
        return [event.kind for event in events if event.res_ids == provider.ids]

    def _assert_problem(self, provider, state, text):
        """The health page names the provider."""
        found = [told for how, told in provider._problems() if how == state and told.startswith(f"{text}: ")]
        self.assertTrue(found and provider.name in found[0])


@tagged("post_install", "-at_install")
class TestProviderSteps(ProviderCase):
    """GOV-2: evaluated before use, bound by contract, announced ahead."""

    def test_all_steps_are_made_in_their_order(self):
        """GOV-2: a draft is evaluated, announced, used, and ends; the ledger says each step."""
        provider = self._provider()
        for step in ("action_announce", "action_use", "action_end"):
            with self.assertRaises(UserError):
                getattr(provider, step)()
        provider.action_evaluate()
        self.assertEqual((provider.evaluated_by_id, provider.evaluated_on), (self.env.user, fields.Date.today()))
        with self.assertRaises(UserError):
            provider.action_use()
        provider.action_announce()
        provider.action_use()
        provider.action_end()
        self.assertEqual((provider.state, provider.used_until), ("ended", fields.Date.today()))
        steps = [f"provider.{state}" for state, _name in STATES[1:]]
        self.assertEqual([kind for kind in self._kinds(provider) if kind in steps], steps)

    def test_nobody_is_used_without_an_evaluation(self):
        """GOV-2: neither without its words, nor with a bad result."""
        for vals in ({"evaluation": " "}, {"evaluation_result": False}, {"evaluation_result": "unfit"}):
            provider = self._provider(**vals)
            with self.assertRaises(UserError):
                provider.action_evaluate()
            self.assertEqual(provider.state, "draft")

    def test_nobody_is_used_without_a_contract(self):
        """GOV-2: contract and confidentiality come first (GDPR Art. 28(3))."""
        tomorrow = fields.Date.today() + timedelta(days=1)
        for vals in ({"contract_on": False}, {"contract_on": tomorrow}, {"confidentiality_on": False}):
            provider = self._provider(**vals)
            provider.action_evaluate()
            provider.action_announce()
            with self.assertRaises(UserError):
                provider.action_use()
            self.assertEqual(provider.state, "announced")
        own = self._used(role="controller", confidentiality_on=False)
        self.assertEqual(own.state, "active", "controllers of their own are bound by law")

    def test_payment_cards_need_a_valid_attestation(self):
        """GOV-2: PCI DSS for payments."""
        today = fields.Date.today()
        provider = self._provider(is_payment=True)
        provider.attestation_ids = [
            Command.create({"kind": "iso27001", "valid_until": today + timedelta(days=9)}),
            Command.create({"kind": "pci", "valid_until": today - timedelta(days=1)}),
        ]
        provider.action_evaluate()
        provider.action_announce()
        with self.assertRaisesRegex(UserError, "PCI DSS"):
            provider.action_use()
        provider.attestation_ids = [Command.create({"kind": "pci", "valid_until": today})]
        provider.action_use()
        self.assertEqual(self._kinds(provider).count("provider.attested"), 3)
        with freeze_time(today + timedelta(days=1)):
            self._assert_problem(provider, "error", "Handles payment cards without a valid PCI DSS attestation")

    def test_people_are_told_ahead(self):
        """GOV-2: thirty days, or as many as the officer chose, and never fewer (GDPR Art. 28(2))."""
        for days in (30, 45):
            with self.subTest(days=days), freeze_time("2030-03-01") as clock:
                self.env["unicdo.privacy.settings"]._for_company().provider_notice_days = days
                company = self.env.company.id
                provider = self._provider(told_on=False, told_how=False, used_from=False, company_id=company)
                provider.action_evaluate()
                provider.used_from = date(2030, 3, 1) + timedelta(days=days - 1)
                with self.assertRaisesRegex(UserError, "told"):
                    provider.action_announce()
                provider.used_from = False
                provider.action_announce()
                self.assertEqual(provider.announced_on, date(2030, 3, 1))
                self.assertEqual(provider.used_from, date(2030, 3, 1) + timedelta(days=days))
                clock.move_to(provider.used_from - timedelta(days=1))
                with self.assertRaisesRegex(UserError, "Wait until that day"):
                    provider.action_use()
                clock.move_to(provider.used_from)
                provider.action_use()
                self.assertEqual(provider.state, "active")

    def test_a_longer_notice_holds_for_those_announced_before(self):
        """GOV-2: the days that count are those of the day of use."""
        provider = self._provider(told_on=fields.Date.today() - timedelta(days=40), used_from=fields.Date.today())
        provider.action_evaluate()
        provider.action_announce()
        self.env["unicdo.privacy.settings"]._for_company().provider_notice_days = 60
        with self.assertRaises(UserError):
            provider.action_use()

    def test_the_longest_notice_of_all_companies_holds_for_whom_all_use(self):
        """GOV-2"""
        other = self.env["res.company"].create({"name": "Other"})
        self.env["unicdo.privacy.settings"]._for_company(other).provider_notice_days = 90
        self.assertEqual(self._provider()._notice_days(), 90)
        self.assertEqual(self._provider(company_id=self.env.company.id)._notice_days(), 30)

    def test_what_people_were_told_changes_by_another_announcement_only(self):
        """GOV-2: a change goes the way of a new provider, and takes the entry's place on its day."""
        provider = self._used()
        for vals in ({"country_id": self.env.ref("base.in").id}, {"purpose_ids": [Command.clear()]}, {"what": "All."}):
            with self.subTest(vals), self.assertRaises(UserError):
                provider.write(vals)
        with self.assertRaises(UserError):
            provider.update_field_translations("what", {"en_US": "All."})
        change = provider.browse(provider.action_prepare_change()["res_id"])
        self.assertEqual((change.state, change.evaluation, change.announced_on), ("draft", False, False))
        change.write({
            "country_id": self.env.ref("base.fr").id, "evaluation": "Looked again.", "evaluation_result": "fit",
            "told_on": fields.Date.today() - timedelta(days=31), "told_how": "By mail.", "used_from": fields.Date.today(),
        })
        change.action_evaluate()
        change.action_announce()
        self.assertEqual(provider.state, "active")
        change.action_use()
        self.assertEqual((provider.state, provider.used_until, change.state), ("ended", fields.Date.today(), "active"))

    def test_an_evaluation_is_settled(self):
        """GOV-2: what was found stays; going back to the draft opens it and takes the announcement back."""
        provider = self._provider()
        provider.action_evaluate()
        with self.assertRaises(UserError):
            provider.evaluation = "Another."
        provider.action_announce()
        provider.action_back()
        self.assertFalse(provider.announced_on or provider.evaluated_on or provider.evaluated_by_id)
        provider.evaluation = "Another."

    def test_steps_are_made_by_buttons_only(self):
        """GOV-2: no officer writes a state or a day by RPC, nor begins a record with them."""
        officer = self._user_with_role("officer")
        provider = self._provider().with_user(officer)
        for vals in ({"state": "active"}, {"announced_on": "2020-01-01"}, {"evaluated_on": "2020-01-01"}):
            with self.subTest(vals), self.assertRaises(AccessError):
                provider.write(vals)
        made = provider.with_context(default_state="active", default_announced_on="2020-01-01").create({
            "name": "x", "country_id": self.env.ref("base.de").id, "what": "x",
        })
        self.assertEqual((made.state, made.announced_on), ("draft", False))

    def test_others_take_no_step(self):
        """GOV-2: the officer writes, the auditor and privacy users read."""
        provider = self._provider()
        for role in ("auditor", "user"):
            own = provider.with_user(self._user_with_role(role))
            self.assertEqual(own.name, provider.name)
            for step in ("action_evaluate", "action_review", "action_prepare_change"):
                with self.subTest(role=role, step=step), self.assertRaises(AccessError):
                    getattr(own, step)()

    def test_a_provider_is_written_in_the_form(self):
        """GOV-2: what is missing is said."""
        officer = self._user_with_role("officer")
        form = Form(self.env["unicdo.provider"].with_user(officer))
        form.name, form.what, form.country_id = "Example Mail", "Sends mails.", self.env.ref("base.us")
        provider = form.save()
        self.assertEqual(provider.responsible_id, officer)
        self.assertIn("Say that it is fit", provider.open_points)

    def test_whom_people_were_told_of_is_not_deleted(self):
        """GOV-2"""
        provider = self._used()
        with self.assertRaises(UserError):
            provider.unlink()
        self._provider().unlink()


@tagged("post_install", "-at_install")
class TestProviderTransfer(ProviderCase):
    """GOV-2: the country, and the safeguard that its law asks for (GDPR Art. 44 to 49)."""

    def test_the_safeguard_follows_the_country(self):
        """GOV-2: (country, basis, note) → what the register says."""
        for code, basis, note, state in (
            ("de", False, False, "eea"),
            ("no", False, False, "eea"),
            ("gp", False, False, "eea"),  # Guadeloupe is France
            ("ch", False, False, "adequate"),
            ("us", False, False, "missing"),
            ("us", "adequacy", False, "missing"),
            ("us", "adequacy", "On the list of the framework", "safeguard"),
            ("in", "adequacy", "None is known", "missing"),
            ("in", "scc", False, "missing"),
            ("in", "scc", "Annex 3", "safeguard"),
            ("in", "bcr", "Approved in 2024", "safeguard"),
        ):
            with self.subTest(code=code, basis=basis, note=note):
                country = self.env.ref(f"base.{code}")
                provider = self._provider(country_id=country.id, transfer_basis=basis, transfer_note=note)
                self.assertEqual(provider.transfer_state, state)
                self.assertEqual(provider.is_outside_eea, state != "eea")

    def test_nobody_is_announced_without_a_safeguard(self):
        """GOV-2"""
        provider = self._provider(country_id=self.env.ref("base.in").id)
        provider.action_evaluate()
        with self.assertRaisesRegex(UserError, "India"):
            provider.action_announce()
        provider.write({"transfer_basis": "scc", "transfer_note": "Annex 3"})
        provider.action_announce()

    def test_a_decision_that_ends_is_seen(self):
        """GOV-2: law is data; the day after its end the transfer has no safeguard, and the health page says so."""
        swiss = self.env.ref("unicdo_privacy.unicdo_adequacy_ch")
        provider = self._used(country_id=self.env.ref("base.ch").id)
        swiss.valid_until = fields.Date.today() - timedelta(days=1)
        provider.invalidate_recordset()
        self.assertEqual(provider.transfer_state, "missing")
        self._assert_problem(provider, "error", "Data leaves the EEA without a safeguard")
        event = self.env["unicdo.ledger.event"].search([("kind", "=", "adequacy.changed")], limit=1)
        self.assertEqual(event.res_ids, swiss.ids)


@tagged("post_install", "-at_install")
class TestProviderNeeds(ProviderCase):
    """GOV-2, REC-5: what modules send out goes to providers in use only, and for their purpose only."""

    def test_only_a_provider_in_use_serves(self):
        """GOV-2: at its address, for its purpose, under confidentiality, for all companies."""
        providers = self.env["unicdo.provider"]
        self.assertFalse(providers._used_for(NEED))
        self.assertIn("No service provider is registered for api.example.com", providers._need_problem(NEED))
        provider = self._provider(hosts="www.example.com API.example.com")
        provider.action_evaluate()
        provider.action_announce()
        self.assertFalse(providers._used_for(NEED))
        self.assertIn("it is not in use", providers._need_problem(NEED))
        provider.action_use()
        self.assertEqual((providers._used_for(NEED), providers._need_problem(NEED)), (provider, ""))
        for other, why in (({"host": "api.example.com:8443"}, "registered"), ({"purpose": "sales"}, "purposes are others")):
            self.assertFalse(providers._used_for(NEED | other))
            self.assertIn(why, providers._need_problem(NEED | other))
        provider.confidentiality_on = False
        self.assertIn("confidentiality has not been agreed", providers._need_problem(NEED))
        self.assertTrue(providers._used_for(NEED | {"confidential": False}))
        provider.confidentiality_on = fields.Date.today()
        provider.action_end()
        self.assertFalse(providers._used_for(NEED))

    def test_a_provider_whose_last_day_is_over_serves_no_more(self):
        """GOV-2: also before the nightly job has ended it."""
        today = fields.Date.today()
        provider = self._used(hosts="api.example.com", used_until=today)
        self.assertTrue(provider._used_for(NEED))
        with freeze_time(today + timedelta(days=1)):
            self.assertFalse(provider._used_for(NEED))
            self.env["unicdo.provider"]._run()
        self.assertEqual((provider.state, provider.used_until), ("ended", today))

    def test_a_provider_of_one_company_serves_not_all(self):
        """GOV-2"""
        provider = self._used(hosts="api.example.com", company_id=self.env.company.id)
        self.env["res.company"].create({"name": "Other"})
        self.assertIn("it serves one company only", provider._need_problem(NEED))

    def test_hosts_are_names(self):
        for wrong in ("https://api.example.com", "api.example.com/path", "a,b", "user@host"):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                self._provider(hosts=wrong)
        with self.assertRaises(ValidationError):
            self._provider(website="javascript:alert(1)")


@tagged("post_install", "-at_install")
class TestProviderReviews(ProviderCase):
    """GOV-2: reviewed regularly, with a reminder; each change in the ledger."""

    def _activities(self, provider):
        return provider.activity_search(["unicdo_privacy.unicdo_provider_review_activity"])

    def test_a_review_is_reminded_of_once(self):
        """GOV-2: the officer who looks after the provider gets a task two weeks ahead, and no second one."""
        officer = self._user_with_role("officer")
        provider = self._used(responsible_id=officer.id)
        due = provider.next_review_on
        with freeze_time(due - timedelta(days=15)):
            provider._run()
            self.assertFalse(self._activities(provider))
        with freeze_time(due - timedelta(days=14)):
            provider._run()
            provider._run()
        activity = self._activities(provider)
        self.assertEqual((activity.user_id, activity.date_deadline), (officer, due))
        with freeze_time(due + timedelta(days=1)):
            provider.invalidate_recordset()
            self.assertTrue(provider.is_review_overdue)
            self._assert_problem(provider, "warning", "Review overdue")
            provider.with_user(officer).action_review()
            self.assertFalse(provider.is_review_overdue or self._activities(provider))
            self.assertEqual(provider.reviewed_by_id, officer)
            self.assertGreater(provider.next_review_on, due + timedelta(days=360))

    def test_any_officer_is_reminded_where_nobody_looks_after_it(self):
        """GOV-2: also where the one who did holds the role no more."""
        self._user_with_role("officer")
        former = self._user_with_role("internal")
        provider = self._used(responsible_id=former.id, next_review_on=fields.Date.today())
        provider._run()
        self.assertIn(self._activities(provider).user_id, self.env["unicdo.role.grant"]._working_officers().user_id)

    def test_the_health_page_leads_to_what_is_overdue(self):
        """GOV-2"""
        self._used(next_review_on=fields.Date.today())
        with freeze_time(fields.Date.today() + timedelta(days=1)):
            checks = self.env["unicdo.health"].with_user(self._user_with_role("officer")).get_checks()
        check = next(check for check in checks if check["key"] == "providers")
        self.assertEqual((check["state"], check["action"]["res_model"]), ("warning", "unicdo.provider"))

    def test_expired_attestations_are_found(self):
        """GOV-2: one that was renewed is not."""
        today = fields.Date.today()
        providers = self.env["unicdo.provider"]
        old, renewed = self._used(), self._used("Renewed")
        for provider in (old, renewed):
            provider.attestation_ids = [Command.create({"kind": "soc2", "valid_until": today - timedelta(days=1)})]
        renewed.attestation_ids = [Command.create({"kind": "soc2", "valid_until": today})]
        both = [("id", "in", (old | renewed).ids)]
        self.assertEqual(providers.search([*both, ("is_attestation_expired", "=", True)]), old)
        self.assertEqual(providers.search([*both, ("is_attestation_expired", "=", False)]), renewed)
        self.assertEqual((old.is_attestation_expired, renewed.is_attestation_expired), (True, False))

    def test_each_change_stands_in_the_ledger(self):
        """GOV-2: who changed what; days and choices with their values, texts without."""
        officer = self._user_with_role("officer")
        provider = self._used().with_user(officer)
        provider.write({"next_review_on": "2031-01-01", "contract_reference": "Secret 5", "is_payment": False})
        event = self.env["unicdo.ledger.event"].search([("kind", "=", "provider.changed")], limit=1)
        self.assertEqual((event.actor_uid, event.res_ids), (officer.id, provider.ids))
        [day, reference] = event.detail["what"]
        self.assertRegex(day, r"^next_review_on: \d{4}-\d\d-\d\d → 2031-01-01$")
        self.assertEqual(reference, "contract_reference", "what did not change is not told, nor are texts")
        provider.attestation_ids = [Command.create({"kind": "c5", "valid_until": "2031-01-01"})]
        provider.attestation_ids.valid_until = "2032-01-01"
        provider.attestation_ids.unlink()
        self.assertEqual(self._kinds(provider)[-3:], ["provider.attested"] * 3)

    def test_every_step_has_words_in_the_ledger(self):
        names = self.env["unicdo.ledger.event"]._kind_names()
        self.assertFalse({f"provider.{state}" for state, _name in STATES} - set(names))

    def test_companies_do_not_see_each_others(self):
        """GOV-2"""
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self._provider(company_id=other.id)
        foreign.attestation_ids = [Command.create({"kind": "c5", "valid_until": "2031-01-01"})]
        officer = self._user_with_role("officer")
        self.assertFalse(foreign.with_user(officer).search([("id", "=", foreign.id)]))
        self.assertFalse(foreign.attestation_ids.with_user(officer).search([("id", "=", foreign.attestation_ids.id)]))
        self.assertTrue(self._provider().with_user(officer).search([("name", "=", "Tested Ltd")]))
