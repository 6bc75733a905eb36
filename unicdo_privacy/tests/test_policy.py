# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib

from psycopg2 import errors

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import PrivacyCase


@tagged("post_install", "-at_install")
class TestPolicy(PrivacyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policies = cls.env["unicdo.policy"]
        cls.policies.search([]).active = False
        cls.env.flush_all()  # before others of their kind are created
        cls.policy = cls.policies.create({"name": "Privacy policy", "kind": "privacy", "body": "<p>First.</p>"})

    def test_a_draft_is_nobodys_policy(self):
        """CON-2: what is not published does not apply."""
        self.assertEqual(self.policy.state, "draft")
        self.assertFalse(self.policies._current("privacy"))

    def test_publishing_makes_a_version_with_hash_and_date(self):
        """CON-2: a version has text, language, SHA-256 and date, and shows when it was last updated."""
        self.policy.action_publish()
        version = self.policies._current("privacy")
        self.assertEqual((version.title, version.body, version.lang), ("Privacy policy", "<p>First.</p>", "en_US"))
        self.assertEqual(version.sha256, hashlib.sha256(b"<p>First.</p>").hexdigest())
        self.assertEqual((self.policy.state, self.policy.last_updated), ("published", version.published_on))

    def test_a_change_waits_until_it_is_published(self):
        """CON-2: editing changes nothing people see; publishing makes the next number, the former text stays."""
        self.policy.action_publish()
        first = self.policies._current("privacy")
        self.policy.body = "<p>Second.</p>"
        self.assertEqual((self.policy.state, self.policies._current("privacy")), ("changed", first))
        self.policy.action_publish()
        second = self.policies._current("privacy")
        self.assertEqual((second.number, second.body), (first.number + 1, "<p>Second.</p>"))
        self.assertEqual(first.body, "<p>First.</p>")

    def test_publishing_needs_a_text_and_a_change(self):
        """CON-2: an empty or unchanged policy is not published, and says why."""
        with self.assertRaisesRegex(UserError, "no text yet"):
            self.policies.create({"name": "Terms", "kind": "terms", "body": "<p><br></p>"}).action_publish()
        self.policy.action_publish()
        with self.assertRaisesRegex(UserError, "has not changed"):
            self.policy.action_publish()

    def test_a_published_version_refuses_to_change(self):
        """CON-2: neither the ORM nor SQL changes or deletes what people read."""
        self.policy.action_publish()
        version = self.policies._current("privacy")
        with self.assertRaises(UserError):
            version.sudo().body = "<p>Never said.</p>"
        with self.assertRaises(UserError):
            version.sudo().unlink()
        for query in ("UPDATE unicdo_policy_version SET body = ''", "DELETE FROM unicdo_policy_version"):
            refused = self.assertRaises(errors.InsufficientPrivilege)
            with refused, mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.cr.execute(query)
        with self.assertRaises(UserError):
            self.policy.unlink()
        with self.assertRaises(UserError):
            self.policy.kind = "cookies"

    def test_each_language_has_its_text_under_one_number(self):
        """CON-2: readers get their language, a related one, else the first written; the number is the same."""
        for lang in ("fr_FR", "fr_BE", "nl_NL"):
            self.env["res.lang"]._activate_lang(lang)
        self.policy.with_context(lang="fr_FR").name = "Vie privée"
        self.policy.update_field_translations("body", {"fr_FR": {"First.": "Premier."}})
        self.policy.action_publish()
        texts = {
            lang: self.policies.with_context(lang=lang)._current("privacy").body
            for lang in ("en_US", "fr_FR", "fr_BE", "nl_NL")
        }
        self.assertEqual(texts, {
            "en_US": "<p>First.</p>", "fr_FR": "<p>Premier.</p>", "fr_BE": "<p>Premier.</p>", "nl_NL": "<p>First.</p>",
        })
        self.assertEqual(len(set(self.policy.version_ids.mapped("number"))), 1)

    def test_a_companys_own_policy_wins(self):
        """CON-2: a company with its own policy shows it, the others the common one."""
        other = self.env["res.company"].create({"name": "Other company"})
        own = self.policies.create({
            "name": "Own", "kind": "privacy", "body": "<p>Own.</p>", "company_id": other.id,
        })
        self.policy.action_publish()
        self.assertEqual(self.policies.with_company(other)._current("privacy").title, "Privacy policy")
        own.action_publish()
        self.assertEqual(self.policies.with_company(other)._current("privacy").title, "Own")
        self.assertEqual(self.policies._current("privacy").title, "Privacy policy")

    def test_what_people_do_about_a_policy_is_no_consent(self):
        """CON-2: acknowledged, accepted and continued are recorded as what they are and give no purpose a consent."""
        self.policy.action_publish()
        version = self.policies._current("privacy")
        ann = self.env["res.partner"].create({"name": "Ann"})
        consents = self.env["unicdo.consent"]
        for what in ("acknowledged", "accepted", "continued"):
            consents._record_policy_act(ann, what, version, "portal")
        events = self.env["unicdo.consent.event"]._of_partner(ann)
        self.assertEqual(events.mapped("what"), ["continued", "accepted", "acknowledged"])
        self.assertEqual(events.policy_version_id, version)
        self.assertFalse(consents._state_of(ann))

    def test_a_policy_is_written_in_the_form(self):
        """CON-2: an officer writes, saves and publishes; the state follows."""
        officer = self._user_with_role("officer")
        form = Form(self.policies.with_user(officer))
        form.name = "Cookie policy"
        form.kind = "cookies"
        form.body = "<p>Crumbs.</p>"
        policy = form.save()
        self.assertEqual(policy.state, "draft")
        policy.action_publish()
        self.assertEqual((policy.state, policy.version_number), ("published", self.policies._current("cookies").number))

    def test_no_script_reaches_the_public(self):
        """CON-2: whatever is pasted into a draft, published texts run nothing."""
        self.policy.body = "<p onclick='steal()'>Text<script>steal()</script><a href='javascript:steal()'>x</a></p>"
        self.policy.action_publish()
        self.assertNotIn("steal", self.policies._current("privacy").body)

    def test_the_publisher_can_be_deleted(self):
        """CON-2: a version stands in nobody's way."""
        officer = self._user_with_role("officer")
        self.policy.with_user(officer).action_publish()
        partner = officer.partner_id
        self.env["unicdo.policy"].browse(self.policy.id).sudo().flush_recordset()
        officer.unlink()
        partner.unlink()
        self.assertTrue(self.policies._current("privacy"))
