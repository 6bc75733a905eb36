# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.unicdo_privacy.tests.common import PrivacyCase

ROLES = ("officer", "user", "helpdesk", "auditor", "admin", "internal", "portal")
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}

#: model → role → operations allowed on the model; a role that is not named may do nothing
EXPECTED = {
    "unicdo.purpose": {
        "officer": "rwcd", "user": "r", "helpdesk": "r", "auditor": "r", "admin": "r", "internal": "r", "portal": "r",
    },
    "unicdo.policy": {"officer": "rwcd", "user": "r", "auditor": "r"},
    "unicdo.policy.version": {
        "officer": "r", "user": "r", "helpdesk": "r", "auditor": "r", "admin": "r", "internal": "r", "portal": "r",
    },
    "unicdo.purpose.text": {"officer": "r", "user": "r", "auditor": "r"},
    "unicdo.consent": {"officer": "r", "user": "r", "auditor": "r"},
    "unicdo.consent.event": {"officer": "r", "user": "r", "auditor": "r"},
    "unicdo.consent.event.trace": {"officer": "rd"},
    "unicdo.consent.recorder": {"officer": "rwc", "user": "rwc"},
    "unicdo.enforcement.count": {"officer": "r", "user": "r", "auditor": "r"},
    "unicdo.source": {"officer": "r", "user": "r", "auditor": "r"},
    "unicdo.source.decision": {"officer": "rw", "user": "r", "auditor": "r"},
    "unicdo.work": {"officer": "rw"},
    "unicdo.subject": {},
    "unicdo.ledger.event": {"officer": "r", "auditor": "r"},
    "unicdo.ledger.block": {"officer": "r", "auditor": "r"},
    "unicdo.ledger.leaf": {"officer": "r", "auditor": "r"},
    "unicdo.ledger.actor": {"officer": "r", "auditor": "r"},
    "unicdo.oauth.provider": {
        "admin": "rwcd", "officer": "r", "user": "r", "helpdesk": "r", "auditor": "r", "internal": "r", "portal": "r",
    },
    "unicdo.oauth.token": {"officer": "r", "auditor": "r"},
    "unicdo.oauth.use": {"officer": "r", "auditor": "r"},
    "unicdo.oauth.flow": {},
    "unicdo.oauth.seal": {},
    "unicdo.session.end": {},
    "unicdo.project.setup": {"officer": "r", "user": "r", "helpdesk": "r", "auditor": "r"},
    "unicdo.project.delivery": {},
    "unicdo.token.switch": {"officer": "r", "auditor": "r"},
    "unicdo.vault.key": {"officer": "r"},
    "unicdo.vault.panel": {"officer": "rwcd"},
    "unicdo.rate.limit": {},
    "unicdo.recheck": {},
    "unicdo.recheck.tries": {},
    "unicdo.sign.in.change": {},
    "unicdo.role.grant": {"officer": "rc", "user": "rc", "auditor": "r"},
    "unicdo.privacy.settings": {"officer": "rw", "user": "r", "auditor": "r"},
    "unicdo.provider": {"officer": "rwcd", "user": "r", "auditor": "r"},
    "unicdo.provider.attestation": {"officer": "rwcd", "user": "r", "auditor": "r"},
    "unicdo.adequacy": {"officer": "rwcd", "user": "r", "auditor": "r"},
    "unicdo.name.officer": {"admin": "rwcd"},
}


class AccessCase(PrivacyCase):
    """Compares who may do what with a table. Modules with models of their own bring theirs."""

    def _assert_access(self, expected, roles=ROLES):
        """:param dict expected: model → role → letters of "rwcd" """
        users = {role: self._user_with_role(role, f"access_{role}@example.com") for role in roles}
        for model, by_role in expected.items():
            for role, user in users.items():
                with self.subTest(model=model, role=role):
                    records = self.env[model].with_user(user)
                    allowed = "".join(
                        letter for letter, operation in OPERATIONS.items() if records.has_access(operation)
                    )
                    self.assertEqual(allowed, by_role.get(role, ""))

    def _models_of(self, module):
        """The stored ``unicdo.`` models that ``module`` brought into the registry."""
        return {
            name for name, model in self.env.registry.items()
            if name.startswith("unicdo.") and not model._abstract and model._original_module == module
        }


@tagged("post_install", "-at_install")
class TestAccess(AccessCase):
    """GOV-9: access is controlled; every model has rules for each role in both directions (DESIGN 7)."""

    def test_each_role_may_do_what_the_table_says_and_no_more(self):
        self._assert_access(EXPECTED)

    def test_every_model_stands_in_the_table(self):
        self.assertEqual(self._models_of("unicdo_privacy"), set(EXPECTED))

    def test_administrators_of_settings_may_no_more_than_any_employee(self):
        for model, by_role in EXPECTED.items():
            if model not in ("unicdo.name.officer", "unicdo.oauth.provider"):
                self.assertEqual(by_role.get("admin"), by_role.get("internal"), model)

    def test_read_only_fields_stay_what_they_are_by_rpc(self):
        """GOV-9: what steers work done with all rights is written by nobody, whatever access rights were given away."""
        officer = self._user_with_role("officer")
        partner = self.env["res.partner"].create({"name": "Ann"})
        work = self.env["unicdo.work"]._enqueue([{"res_model": "res.partner", "res_id": partner.id, "kind": "x"}])
        self.env["unicdo.source.decision"]._refresh()
        link = self.env["unicdo.source.decision"].search([("state", "=", "built_in")], limit=1)
        self.env["ir.model.access"].create({
            "name": "All for all", "model_id": self.env["ir.model"]._get_id("unicdo.subject"),
            "perm_read": True, "perm_write": True,
        })
        for record, vals in (
            (work, {"payload": {"ids": [1]}}),
            (work, {"state": "todo"}),
            (link, {"state": "decided", "decision": "about"}),
            (link, {"link": "create_uid", "state": "decided"}),
            (self.env["unicdo.subject"]._for_partner(partner), {"partner_id": officer.partner_id.id}),
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                record.with_user(officer).write(vals)
