# SPDX-License-Identifier: LGPL-3.0-or-later
import random
from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import errors

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PrivacyCase


@tagged("post_install", "-at_install")
class TestConsent(PrivacyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consents = cls.env["unicdo.consent"]
        cls.events = cls.env["unicdo.consent.event"]
        cls.purpose = cls.env["unicdo.purpose"].create({
            "name": "Market research", "key": "market_research", "basis": "consent", "what": "We ask for your opinion.",
            "enforcement": "enforce",
        })
        cls.ann, cls.joann, cls.bob = cls.env["res.partner"].create([
            {"name": "Ann", "email": "ann@example.com"},
            {"name": "Joann", "email": "joann@example.com"},
            {"name": "Bob", "email": "bob@example.com"},
        ])

    def _choose(self, partner, what, key="market_research", **vals):
        choice = {"purpose": key, "what": what, "partner_id": partner.id} | vals
        return self.consents._record_choices([choice], "portal", {"address": "192.0.2.1", "user_agent": "Test"})

    def _state(self, partner, key="market_research"):
        consent = self.consents._state_of(partner).get(key)
        return consent.state if consent else None

    def test_silence_is_no_consent(self):
        """CON-1: who has not answered, or was merely asked, may not be acted on."""
        self._choose(self.bob, "asked")
        self.assertEqual(self.consents._may("market_research", self.ann | self.bob), set())

    def test_the_last_decision_counts(self):
        """CON-1: given, withdrawn and given again, each leaves its event; the last one is the current state."""
        for what, allowed in (("given", True), ("withdrawn", False), ("given", True), ("refused", False)):
            self._choose(self.ann, what)
            self.assertEqual(self._state(self.ann), what)
            self.assertEqual(self.ann.id in self.consents._may("market_research", self.ann.ids), allowed)
        self.assertEqual(
            self.events._of_partner(self.ann).mapped("what"), ["refused", "given", "withdrawn", "given"]
        )

    def test_proof_says_who_when_how_which_text_and_from_where(self):
        """CON-1: each choice leaves proof; the address stands apart and may be deleted without touching the proof."""
        text = self.env["unicdo.purpose.text"]._keep(self.purpose)
        event = self._choose(self.ann, "given", text_id=text.id)
        self.assertEqual((event.partner_id, event.what, event.channel), (self.ann, "given", "portal"))
        self.assertIn("We ask for your opinion.", event.purpose_text_id.body)
        self.assertEqual(event.user_id, self.env.user)
        trace = event.trace_ids
        self.assertEqual((trace.address, trace.user_agent), ("192.0.2.1", "Test"))
        trace.unlink()
        self.assertTrue(event.exists())

    def test_a_changed_purpose_leaves_the_words_people_saw(self):
        """CON-1: the text of an earlier choice stays as it was shown."""
        text = self.env["unicdo.purpose.text"]._keep(self.purpose)
        self.purpose.what = "We ask for your opinion and call you."
        self.assertNotEqual(self.env["unicdo.purpose.text"]._keep(self.purpose), text)
        self.assertNotIn("call you", text.body)

    def test_choosing_needs_the_text_that_applies_now(self):
        """CON-1: a yes to a text that has changed meanwhile is not recorded; a no always is."""
        stale = self.purpose._notice_hash()
        self.purpose.what = "Something else."
        self.assertFalse(self.consents._choose(self.ann, self.purpose, "given", stale, "portal"))
        self.assertIsNone(self._state(self.ann))
        self.assertTrue(self.consents._choose(self.ann, self.purpose, "refused", stale, "portal"))
        self.assertEqual(self._state(self.ann), "refused")

    def test_the_same_choice_twice_is_one_event(self):
        """CON-1: a double click leaves one proof; a second no stays what it was."""
        shown = self.purpose._notice_hash()
        for what in ("given", "given", "withdrawn", "refused", "withdrawn"):
            self.consents._choose(self.ann, self.purpose, what, shown, "portal")
        self.assertEqual(self.events._of_partner(self.ann).mapped("what"), ["withdrawn", "given"])

    def test_an_import_never_overrides_a_decision(self):
        """CON-1: a list taken over is marked "proof unknown" and never beats what the person said."""
        self._choose(self.ann, "refused")
        for partner in (self.ann, self.bob):
            self._choose(partner, "imported", origin="Newsletter 2019")
        self.assertEqual(self._state(self.ann), "refused")
        self.assertEqual(self._state(self.bob), "imported")
        self.assertEqual(self.consents._may("market_research", self.ann | self.bob), {self.bob.id})

    def test_a_consent_for_limited_time_ends_by_itself(self):
        """CON-1: it stops at the instant it ends, before any job; the job then says so in the events."""
        self.purpose.valid_months = 6
        with freeze_time("2026-08-31 10:00:00"):
            self._choose(self.ann, "given")
        with freeze_time("2027-02-28 09:59:00"):
            self.assertEqual(self.consents._may("market_research", self.ann), {self.ann.id})
        with freeze_time("2027-02-28 10:00:00"):
            self.assertEqual(self.consents._may("market_research", self.ann), set())
            self.consents._gc_expired()
            self.assertEqual(self._state(self.ann), "expired")

    def test_enforcement_off_watch_and_enforce(self):
        """CON-1: a live database changes over without a shock: off lets through, watch counts, enforce stops."""
        self._choose(self.ann, "given")
        everybody = self.ann | self.bob
        counts = self.env["unicdo.enforcement.count"]
        cases = (("off", set(everybody.ids), 0), ("watch", set(everybody.ids), 1), ("enforce", {self.ann.id}, 1))
        for mode, expected, stopped in cases:
            self.purpose.enforcement = mode
            before = sum(counts.search([]).mapped("stopped"))
            self.assertEqual(self.consents._may("market_research", everybody), expected, mode)
            self.assertEqual(sum(counts.search([]).mapped("stopped")) - before, stopped, mode)

    def test_objection_stops_what_needs_no_consent(self):
        """CON-1: legitimate interests yield to an objection; a legal obligation does not know one."""
        self.env["unicdo.purpose"]._by_key("statistics").enforcement = "enforce"
        self._choose(self.ann, "objected", "statistics")
        self.assertEqual(self.consents._may("statistics", self.ann | self.bob), {self.bob.id})
        with self.assertRaises(UserError):
            self._choose(self.ann, "objected", "invoicing")

    def test_consent_exists_only_where_it_is_the_basis(self):
        """CON-1: what rests on a contract is not dressed up as consent."""
        with self.assertRaises(UserError):
            self._choose(self.ann, "given", "invoicing")
        with self.assertRaises(ValueError):
            self._choose(self.ann, "given", "no_such_purpose")
        with self.assertRaises(UserError):
            self._choose(self.ann, "acknowledged")

    def test_an_anonymous_refusal_has_no_identifier(self):
        """CON-1: who refuses without an account is not identified for it; a yes without a person is impossible."""
        refused = self.consents._record_choices([{"purpose": "market_research", "what": "refused"}], "website")
        self.assertFalse(refused.subject_id)
        with self.assertRaises(errors.CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.consents._record_choices([{"purpose": "market_research", "what": "given"}], "website")

    def test_events_refuse_to_change(self):
        """CON-1: the proof refuses UPDATE and DELETE, by the ORM and by SQL."""
        event = self._choose(self.ann, "given")
        with self.assertRaises(UserError):
            event.what = "refused"
        with self.assertRaises(UserError):
            event.unlink()
        for query in (
            "UPDATE unicdo_consent_event SET what = 'refused'",
            "DELETE FROM unicdo_consent_event",
            "TRUNCATE unicdo_consent_event",
        ):
            refused = self.assertRaises(errors.InsufficientPrivilege)
            with refused, mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.cr.execute(query)

    def test_contacts_merged_keep_the_stricter_choice(self):
        """CON-1: after a merge the stricter choice counts, the history of both stays readable."""
        other = self.ann.copy({"name": "Ann again"})
        self._choose(self.ann, "given")
        self._choose(other, "withdrawn")
        self.env["base.partner.merge.automatic.wizard"]._merge((self.ann | other).ids, self.ann)
        self.assertFalse(other.exists())
        self.assertEqual(self._state(self.ann), "withdrawn")
        self.assertEqual(self.consents._may("market_research", self.ann), set())
        self.assertEqual(self.events._of_partner(self.ann).mapped("what"), ["withdrawn", "withdrawn", "given"])
        self.assertEqual(self.events._of_partner(self.ann)[0].channel, "merge")

    def test_contacts_merged_into_one_without_choices(self):
        """CON-1: a choice survives the merge also when the contact that stays never chose."""
        self._choose(self.bob, "given")
        self.bob.email = self.ann.email
        self.env["base.partner.merge.automatic.wizard"]._merge((self.ann | self.bob).ids, self.ann)
        self.assertEqual(self.consents._may("market_research", self.ann), {self.ann.id})
        self._choose(self.ann, "withdrawn")
        self.assertEqual(self.consents._may("market_research", self.ann), set())

    def test_a_recognised_visitor_brings_choices_and_no_browsing(self):
        """CON-1: the stricter choice wins, a choice nobody contradicts comes along, the visitor's key is forgotten."""
        subjects = self.env["unicdo.subject"]
        self._choose(self.ann, "given")
        visitor = subjects._for_visitor("k" * 43)
        self.consents._record_choices([
            {"purpose": "market_research", "what": "refused", "subject_id": visitor.id},
            {"purpose": "event_sponsors", "what": "given", "subject_id": visitor.id},
        ], "website")
        subjects._join_visitor("k" * 43, self.ann)
        self.assertEqual(self._state(self.ann), "refused")
        self.assertEqual(self._state(self.ann, "event_sponsors"), "given")
        self.assertFalse(visitor.visitor_key)
        self.assertNotEqual(subjects._for_visitor("k" * 43), visitor)

    def test_people_and_users_can_be_deleted(self):
        """CON-1: proof stands in nobody's way; it loses the person, not itself."""
        user = self._user_with_role("officer")
        event = self.consents.with_user(user).sudo()._record_choices(
            [{"purpose": "market_research", "what": "given", "partner_id": self.ann.id}], "staff"
        )
        partner = user.partner_id
        user.unlink()
        partner.unlink()
        self.ann.unlink()
        self.env.invalidate_all()
        self.assertEqual((event.what, event.partner_id.id, event.user_id.id), ("given", False, False))

    def test_rebuilding_gives_the_same(self):
        """CON-1: the current state is nothing but a digest of the events."""
        rng = random.Random(4)
        partners = self.ann | self.joann | self.bob
        for _turn in range(60):
            choices = [
                {
                    "purpose": key, "partner_id": rng.choice(partners).id,
                    "what": rng.choice(("asked", "given", "refused", "withdrawn", "expired", "imported")),
                }
                for key in rng.sample(("market_research", "event_sponsors", "marketing_email"), 2)
            ]
            self.consents._record_choices(choices * rng.choice((1, 2)), "portal")
        names = ["partner_id", "purpose_id", "state", "since", "valid_until", "event_id"]

        def snapshot():
            return sorted(map(str, self.consents.search([]).mapped(lambda c: tuple(c[name] for name in names))))

        before = snapshot()
        self.consents._rebuild()
        self.assertEqual(snapshot(), before)

    def test_recording_many_takes_few_queries(self):
        """CON-1: proof of thousands of choices costs no more queries than of a few."""
        partners = self.env["res.partner"].create([{"name": f"Person {n}"} for n in range(300)])
        self.env.flush_all()
        choices = [{"purpose": "market_research", "what": "given", "partner_id": id_} for id_ in partners.ids]
        with self.assertQueryCount(12):
            self.consents._record_choices(choices, "import")
        self.assertEqual(len(self.consents._may("market_research", partners)), 300)

    def test_a_purpose_people_chose_about_keeps_its_meaning(self):
        """CON-1: key and basis are fixed once there is proof under them; unused ones are free."""
        self.purpose.key = "opinion"
        self._choose(self.ann, "given", "opinion")
        for vals in ({"key": "other"}, {"basis": "contract"}):
            with self.assertRaises(UserError):
                self.purpose.write(vals)
        with self.assertRaises(UserError):
            self.purpose.unlink()
        self.purpose.write({"key": "opinion", "name": "Opinions"})

    def test_every_purpose_has_its_basis(self):
        """CON-1: each default purpose says on which basis, what, who and how long; interests are named."""
        for purpose in self.env["unicdo.purpose"].search([("key", "!=", "market_research")]):
            for name in ("basis", "what", "categories", "recipients", "retention", "legal_reference"):
                self.assertTrue(purpose[name], f"{purpose.key}: {name}")
        with self.assertRaises(ValidationError):
            self.purpose.copy({"key": "spying", "basis": "legitimate"})

    def test_receipt_names_no_person(self):
        """CON-1: the receipt proves the choice with text, time and basis, under a pseudonym."""
        text = self.env["unicdo.purpose.text"]._keep(self.purpose)
        when = fields.Datetime.now() - timedelta(days=1)
        receipt = self._choose(self.ann, "given", text_id=text.id, occurred_on=when)._receipt()
        self.assertEqual(receipt["services"][0]["purposes"][0]["purpose"], "Market research")
        self.assertEqual(receipt["record"]["privacy_notice"]["sha256"], text.sha256)
        self.assertNotIn("ann@example.com", str(receipt))

    def test_staff_record_what_people_said_elsewhere(self):
        """CON-1: a letter or a call is recorded by a named user, with when and where the proof is."""
        user = self._user_with_role("user")
        recorder = self.env["unicdo.consent.recorder"].with_user(user).with_context(
            active_model="res.partner", active_ids=(self.ann | self.bob).ids
        ).create({
            "purpose_id": self.purpose.id, "what": "given", "occurred_on": "2026-01-05 10:00:00", "origin": "Form 117",
        })
        self.assertEqual(recorder.action_record()["params"]["message"], "Recorded. People: 2.")
        event = self.events._of_partner(self.bob)
        self.assertEqual((event.user_id, event.channel, event.origin), (user, "staff", "Form 117"))
        self.assertEqual(self.consents._may("market_research", self.ann | self.bob), {self.ann.id, self.bob.id})
        recorder.occurred_on = fields.Datetime.now() + timedelta(days=1)
        with self.assertRaises(UserError):
            recorder.action_record()

    def test_a_consent_cannot_end_before_it_is_given(self):
        """CON-1: a negative number of months would end every consent at once."""
        with self.assertRaises(errors.CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.purpose.valid_months = -3
            self.purpose.flush_recordset()

    def test_against_what_needs_no_consent_an_objection_is_recorded(self):
        """CON-1: whoever records it need not know which word the law has for it."""
        security = self.env["unicdo.purpose"]._by_key("security")
        self.env["unicdo.consent.recorder"].with_user(self._user_with_role("user")).create(
            {"partner_ids": self.ann.ids, "purpose_id": security.id, "origin": "Call of 5 January"}
        ).action_record()
        self.assertEqual(self.events._of_partner(self.ann).what, "objected")
