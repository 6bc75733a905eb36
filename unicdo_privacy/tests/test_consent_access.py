# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PrivacyCase

ROLES = ("officer", "user", "auditor", "helpdesk", "internal", "portal", "admin")
READ_ALL = set(ROLES)
PRIVACY_READERS = {"officer", "user", "auditor"}
NOBODY = set()
#: model → who may read, and who may create, write and delete
MATRIX = {
    "unicdo.purpose": (READ_ALL, {"officer"}, {"officer"}, {"officer"}),
    "unicdo.policy": (PRIVACY_READERS, {"officer"}, {"officer"}, {"officer"}),
    "unicdo.policy.version": (READ_ALL, NOBODY, NOBODY, NOBODY),
    "unicdo.purpose.text": (PRIVACY_READERS, NOBODY, NOBODY, NOBODY),
    "unicdo.consent": (PRIVACY_READERS, NOBODY, NOBODY, NOBODY),
    "unicdo.consent.event": (PRIVACY_READERS, NOBODY, NOBODY, NOBODY),
    "unicdo.consent.event.trace": ({"officer"}, NOBODY, NOBODY, {"officer"}),
    "unicdo.consent.recorder": ({"officer", "user"}, {"officer", "user"}, {"officer", "user"}, NOBODY),
    "unicdo.enforcement.count": (PRIVACY_READERS, NOBODY, NOBODY, NOBODY),
}


@tagged("post_install", "-at_install")
class TestConsentAccess(PrivacyCase):
    def setUp(self):
        super().setUp()
        self.people = {role: self._user_with_role(role) for role in ROLES}

    def test_each_role_may_exactly_what_it_should(self):
        """CON-1, CON-2: nobody writes proof directly, privacy roles read it, Settings administrators get nothing."""
        for model, allowed in MATRIX.items():
            for operation, roles in zip(("read", "create", "write", "unlink"), allowed, strict=True):
                for role, user in self.people.items():
                    with self.subTest(model=model, operation=operation, role=role):
                        self.assertEqual(self.env[model].with_user(user).has_access(operation), role in roles)

    def test_people_of_foreign_companies_stay_unseen(self):
        """CON-1: officers see the choices of their own companies' people, and of those of no company."""
        other = self.env["res.company"].create({"name": "Other company"})
        own, foreign = self.env["res.partner"].create([
            {"name": "Ann"}, {"name": "Bob", "company_id": other.id},
        ])
        events = self.env["unicdo.consent"]._record_choices(
            [{"purpose": "marketing_email", "what": "given", "partner_id": partner.id} for partner in own + foreign],
            "portal",
        )
        officer = self.people["officer"]
        seen = self.env["unicdo.consent.event"].with_user(officer).search([("id", "in", events.ids)])
        self.assertEqual(seen.partner_id, own)
        consents = self.env["unicdo.consent"].with_user(officer).search([("partner_id", "in", (own + foreign).ids)])
        self.assertEqual(consents.partner_id, own)

    def test_origins_of_choices_are_as_hidden_as_the_choices(self):
        """GOV-5: by RPC, too, no officer reads or removes the network addresses of another company's people."""
        other = self.env["res.company"].create({"name": "Other company"})
        own, foreign = self.env["res.partner"].create([{"name": "Ann"}, {"name": "Bob", "company_id": other.id}])
        events = self.env["unicdo.consent"]._record_choices(
            [{"purpose": "marketing_email", "what": "given", "partner_id": partner.id} for partner in own + foreign],
            "portal", {"address": "192.0.2.7", "user_agent": "Browser"},
        )
        traces = self.env["unicdo.consent.event.trace"].search([("event_id", "in", events.ids)])
        hidden = traces.filtered(lambda trace: trace.partner_id == foreign)
        self.assertEqual((len(traces), len(hidden)), (2, 1))
        seen = traces.with_user(self.people["officer"])
        self.assertEqual(seen.search([("id", "in", traces.ids)]), traces - hidden)
        for call in (lambda: seen.browse(hidden.id).read(["address"]), seen.browse(hidden.id).unlink):
            with self.assertRaises(AccessError):
                call()
        own_event = events.filtered(lambda event: event.partner_id == own)
        self.assertEqual(own_event.with_user(self.people["officer"]).address, "192.0.2.7")

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_only_the_officer_publishes(self):
        """CON-2: nobody else puts a text before the public."""
        policy = self.env["unicdo.policy"].create({"name": "Security", "kind": "security", "body": "<p>Safe.</p>"})
        for role in ("user", "auditor", "helpdesk", "admin"):
            with self.assertRaises(AccessError):
                policy.with_user(self.people[role]).action_publish()
        policy.with_user(self.people["officer"]).action_publish()
        self.assertEqual(policy.state, "published")
