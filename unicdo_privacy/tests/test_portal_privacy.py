# SPDX-License-Identifier: LGPL-3.0-or-later
import json
import re

from odoo.tests import tagged

from .common import PrivacyHttpCase


@tagged("post_install", "-at_install")
class TestPortalPrivacy(PrivacyHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._user_with_role(cls, "portal", "ann@example.com")
        cls.policies = cls.env["unicdo.policy"]
        cls.policies.search([]).active = False
        cls.env.flush_all()  # before others of their kind are created
        cls.terms, cls.notice = cls.policies.create([
            {"name": "Terms of service", "kind": "terms", "body": "<p>Be kind.</p>"},
            {"name": "Privacy policy", "kind": "privacy", "body": "<p>We keep little.</p>"},
        ])
        (cls.terms | cls.notice).action_publish()

    def _events(self, partner=None):
        self.env.invalidate_all()
        return self.env["unicdo.consent.event"]._of_partner(partner or self.person.partner_id)

    def _choose(self, page, choice, **params):
        shown = self.env["unicdo.purpose"]._by_key("marketing_email")._notice_hash()
        data = {"csrf_token": self._csrf(page), "purpose": "marketing_email", "choice": choice, "shown": shown} | params
        return self.url_open("/my/privacy/consents/choose", data=data | {"lang": "en_US"}, allow_redirects=False)

    def test_every_page_opens_and_changes_nothing(self):
        """CON-1: looking is not choosing: no page records anything by being opened."""
        self.authenticate("ann@example.com", "ann@example.com")
        pages = ("", "/consents", "/policies", "/consents/choose?purpose=marketing_email&choice=given")
        for page, status in zip(pages, (200, 200, 200, 405), strict=True):
            self.assertIn(self.url_open(f"/my/privacy{page}").status_code, (status, 404 if status == 405 else status))
        self.assertFalse(self._events())

    def test_the_tile_leads_to_the_centre(self):
        """CON-1: the portal's home shows one privacy tile."""
        self.authenticate("ann@example.com", "ann@example.com")
        self.assertEqual(self.url_open("/my/home").text.count('href="/my/privacy"'), 1)

    def test_a_plain_form_gives_and_withdraws(self):
        """CON-1: without JavaScript one click gives and one withdraws, each with its proof."""
        self.authenticate("ann@example.com", "ann@example.com")
        page = self.url_open("/my/privacy/consents")
        self.assertNotIn('aria-checked="true"', page.text)
        answer = self._choose(page, "given")
        self.assertEqual(answer.status_code, 303)
        page = self.url_open("/my/privacy/consents")
        self.assertIn('aria-checked="true"', page.text)
        self._choose(page, "withdrawn")
        events = self._events()
        self.assertEqual(events.mapped("what"), ["withdrawn", "given"])
        self.assertEqual(set(events.mapped("channel")), {"portal"})
        self.assertEqual(events.user_id, self.person)
        self.assertTrue(all(event.trace_ids.address for event in events))

    def test_a_forged_or_wrong_request_chooses_nothing(self):
        """CON-1: without the form's token, for another basis or with another word, nothing is recorded."""
        self.authenticate("ann@example.com", "ann@example.com")
        page = self.url_open("/my/privacy/consents")
        with self.assertLogs("odoo.http", "WARNING"):
            self.assertEqual(self._choose(page, "given", csrf_token="forged").status_code, 400)
        self.assertEqual(self._choose(page, "imported").status_code, 404)
        self.assertEqual(self._choose(page, "given", purpose="invoicing").status_code, 404)
        self.assertEqual(self._choose(page, "given", shown="0" * 64).status_code, 303)
        token = {"csrf_token": self._csrf(page)}
        for path, field in (("consents/choose", "purpose"), ("policies/read", "version")):
            for sent in ({}, {"files": {field: b"a file"}}, {"data": {field: "\0"}}):
                sent["data"] = token | sent.get("data", {})
                with self.subTest(path, sent=sent):
                    self.assertEqual(self.url_open(f"/my/privacy/{path}", **sent).status_code, 404)
        self.assertFalse(self._events())

    def _drones(self, serves):
        """A purpose that asks for consent and serves some applications."""
        return self.env["unicdo.purpose"].create({
            "name": "Delivery by drone", "key": "drones", "what": "We fly to you.", "basis": "consent", "serves": serves,
        })

    def _waiting(self):
        """How many purposes the centre says are still to be decided."""
        badge = re.search(r"(\d+) to decide", self.url_open("/my/privacy").text)
        return int(badge[1]) if badge else 0

    def test_purposes_of_applications_that_are_absent_are_not_shown(self):
        """CON-1: nobody is asked about what we do not do; as soon as one of the applications is there, they are."""
        self.authenticate("ann@example.com", "ann@example.com")
        purpose = self._drones("drone.flight drone.pilot")
        page = self.url_open("/my/privacy/consents")
        waiting = self._waiting()
        self.assertNotIn("Delivery by drone", page.text)
        self.assertEqual(self._choose(page, "given", purpose="drones").status_code, 404)
        purpose.serves = "drone.flight res.partner"
        self.assertIn("Delivery by drone", self.url_open("/my/privacy/consents").text)
        self.assertEqual(self._waiting(), waiting + 1)

    def test_a_purpose_somebody_decided_about_stays(self):
        """CON-1: a consent can be withdrawn, though the application it was given for is gone; a mere question goes."""
        self._drones("drone.flight")
        choice = {"purpose": "drones", "partner_id": self.person.partner_id.id}
        consents = self.env["unicdo.consent"]
        self.authenticate("ann@example.com", "ann@example.com")
        consents._record_choices([choice | {"what": "asked"}], "staff")
        self.assertNotIn("Delivery by drone", self.url_open("/my/privacy/consents").text)
        consents._record_choices([choice | {"what": "given"}], "staff")
        page = self.url_open("/my/privacy/consents")
        self.assertIn("Delivery by drone", page.text)
        self.assertEqual(self._choose(page, "withdrawn", purpose="drones").status_code, 303)
        self.assertEqual(self._events()[:1].what, "withdrawn")

    def test_a_text_that_changed_meanwhile_is_shown_again(self):
        """CON-1: a yes to former words is not recorded, and the page says so, with and without JavaScript."""
        self.authenticate("ann@example.com", "ann@example.com")
        page = self.url_open("/my/privacy/consents")
        answer = self._choose(page, "given", shown="0" * 64)
        fragment = self._choose(page, "given", shown="", fragment="1")
        for text in (self.url_open(answer.headers["Location"]).text, fragment.text):
            self.assertIn("The text has changed meanwhile", text)
        self.assertFalse(self._events())

    def test_receipt_and_words_are_the_persons_own(self):
        """CON-1: a person downloads the receipt and reads the words they saw; nobody else does."""
        self.authenticate("ann@example.com", "ann@example.com")
        self._choose(self.url_open("/my/privacy/consents"), "given")
        event = self._events()
        receipt = json.loads(self.url_open(f"/my/privacy/consents/{event.id}/receipt").text)
        self.assertEqual(receipt["record"]["event_state"], "given")
        self.assertIn("You can stop this at any time", self.url_open(f"/my/privacy/consents/{event.id}/seen").text)
        self._user_with_role("portal", "joann@example.com")
        self.authenticate("joann@example.com", "joann@example.com")
        for page in ("receipt", "seen"):
            self.assertEqual(self.url_open(f"/my/privacy/consents/{event.id}/{page}").status_code, 404)

    def test_policies_are_read_and_accepted_in_the_portal(self):
        """CON-2: reading counts as acknowledged, terms as accepted, in the version shown; an old one is refused."""
        self.authenticate("ann@example.com", "ann@example.com")
        token = self._csrf(self.url_open("/my/privacy/policies"))
        old = self.policies._current("privacy")
        for kind in ("privacy", "terms"):
            version = self.policies._current(kind)
            self.url_open("/my/privacy/policies/read", data={"csrf_token": token, "version": version.id})
        self.assertEqual(sorted(self._events().mapped("what")), ["accepted", "acknowledged"])
        self.notice.body = "<p>We keep less.</p>"
        self.notice.action_publish()
        answer = self.url_open("/my/privacy/policies/read", data={"csrf_token": token, "version": old.id})
        self.assertEqual(answer.status_code, 404)
        self.assertIn(f"version={old.number}".replace("version=", "/privacy/policy/privacy/"), self.url_open(
            "/my/privacy/policies"
        ).text)

    def test_who_has_read_a_policy_says_so_below_it(self):
        """CON-2: the button stands where the text ends, for who is signed in and has not pressed it yet."""
        page = self.url_open("/privacy/policy/privacy").text
        self.assertNotIn("I have read it", page)
        self.authenticate("ann@example.com", "ann@example.com")
        page = self.url_open("/privacy/policy/privacy")
        version = self.policies._current("privacy")
        self.assertIn("I have read it", page.text)
        self.url_open("/my/privacy/policies/read", data={"csrf_token": self._csrf(page), "version": version.id})
        self.assertNotIn("I have read it", self.url_open("/privacy/policy/privacy").text)
        self.notice.body = "<p>We keep less.</p>"
        self.notice.action_publish()
        self.assertIn("I have read it", self.url_open("/privacy/policy/privacy").text)
        self.assertNotIn("I have read it", self.url_open(f"/privacy/policy/privacy/{version.number}").text)

    def test_a_page_without_anything_to_show_has_no_card(self):
        self.authenticate("ann@example.com", "ann@example.com")
        self.assertIn("/my/privacy/policies", self.url_open("/my/privacy").text)
        (self.terms | self.notice).active = False
        self.assertNotIn("/my/privacy/policies", self.url_open("/my/privacy").text)

    def test_moments_carry_their_time_zone(self):
        """CON-1: a proof says when, in a way that is the same for everybody."""
        self.person.tz = "Europe/Brussels"
        self.authenticate("ann@example.com", "ann@example.com")
        self._choose(self.url_open("/my/privacy/consents"), "given")
        moments = re.findall(r"<bdi[^>]*>([^<]*:[^<]*)</bdi>", self.url_open("/my/privacy/consents").text)
        self.assertRegex(" ".join(moments), r"[AP]M (CES?T|\+0[12]00)")

    def test_everybody_reads_published_versions(self):
        """CON-2: the current and each earlier text are public, with date and hash; drafts and unknown kinds are not."""
        first = self.policies._current("privacy")
        self.notice.body = "<p>We keep less.</p>"
        self.assertIn("We keep little.", self.url_open("/privacy/policy/privacy").text)
        self.notice.action_publish()
        page = self.url_open("/privacy/policy/privacy").text
        self.assertIn("We keep less.", page)
        self.assertIn("Last updated", page)
        earlier = self.url_open(f"/privacy/policy/privacy/{first.number}").text
        self.assertIn("We keep little.", earlier)
        self.assertIn("This is an earlier version", earlier)
        self.assertIn(first.sha256, earlier)
        for path in ("cookies", "nonsense", "privacy/999999"):
            self.assertEqual(self.url_open(f"/privacy/policy/{path}").status_code, 404)

    def test_what_a_version_changed_is_shown(self):
        """CON-2: a reader sees what is new against the version before; the first version has nothing to compare."""
        first = self.policies._current("privacy")
        self.assertEqual(self.url_open(f"/privacy/policy/privacy/{first.number}/changes").status_code, 404)
        self.notice.body = "<p>We keep less.</p>"
        self.notice.action_publish()
        page = self.url_open(f"/privacy/policy/privacy/{first.number + 1}/changes").text
        self.assertIn("We keep <del>little.</del> <ins>less.</ins>", page)
        link = f"/privacy/policy/privacy/{first.number + 1}/changes"
        self.assertIn(link, self.url_open("/privacy/policy/privacy").text)
        self.assertEqual(self.url_open("/privacy/policy/privacy/999999/changes").status_code, 404)

    def test_the_consents_page_in_a_browser(self):
        """CON-1: in a browser one click gives and one withdraws, without loading the page again, by keyboard too."""
        self.start_tour("/my/home", "unicdo_privacy_consents", login="ann@example.com")
        self.assertEqual(self._events().mapped("what"), ["withdrawn", "given", "refused"])
