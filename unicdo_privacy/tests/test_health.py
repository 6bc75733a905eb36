# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.unicdo_privacy.models.unicdo_role_grant import take_step
from odoo.addons.unicdo_privacy.tests.common import PrivacyCase


@tagged("post_install", "-at_install")
class TestHealth(PrivacyCase):
    """GOV-9: what has to be set up for the promises to hold is shown, with what to do."""

    def setUp(self):
        super().setUp()
        self.admin = self._user_with_role("admin")

    def _check(self, key):
        checks = self.env["unicdo.health"].with_user(self.admin).get_checks()
        return next(check for check in checks if check["key"] == key)

    def test_for_administrators_and_officers_only(self):
        for role in ("user", "helpdesk", "auditor", "internal", "portal"):
            with self.assertRaises(AccessError):
                self.env["unicdo.health"].with_user(self._user_with_role(role, f"h_{role}@example.com")).get_checks()
        self.assertTrue(self.env["unicdo.health"].with_user(self._user_with_role("officer")).get_checks())

    def test_every_check_says_what_it_found(self):
        for check in self.env["unicdo.health"].with_user(self.admin).get_checks():
            with self.subTest(check["key"]):
                self.assertIn(check["state"], ("ok", "warning", "error"))
                self.assertTrue(check["name"] and check["text"])

    def test_without_an_officer_the_administrator_is_led_to_name_one(self):
        grants = self.env["unicdo.role.grant"].search([])
        take_step(grants, "role.ended", state="ended")
        check = self._check("officer")
        self.assertEqual(check["state"], "error")
        self.assertEqual(check["action"]["res_model"], "unicdo.name.officer")

    def test_who_cannot_see_to_it_is_told_whom_to_ask(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "http://odoo.example.com")
        officer = self._user_with_role("officer")
        for user, mine, others in ((self.admin, "address", "contacts"), (officer, "contacts", "address")):
            checks = {check["key"]: check for check in self.env["unicdo.health"].with_user(user).get_checks()}
            self.assertTrue(checks[mine]["action"] and not checks[mine]["ask"])
            self.assertTrue(checks[others]["ask"] and not checks[others]["action"])

    def test_https_without_proxy_mode_is_an_error(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.com")
        with patch.dict(config.options, {"proxy_mode": False}):
            self.assertEqual(self._check("proxy")["state"], "error")
        with patch.dict(config.options, {"proxy_mode": True}):
            self.assertEqual(self._check("proxy")["state"], "ok")

    def test_plain_http_is_a_warning(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "http://odoo.example.com")
        self.assertEqual(self._check("address")["state"], "warning")

    def test_a_job_switched_off_is_an_error(self):
        self.env.ref("unicdo_privacy.unicdo_role_grant_cron").active = False
        self.assertEqual(self._check("jobs")["state"], "error")

    def test_failed_work_is_an_error(self):
        self.env["unicdo.work"].create({"res_model": "res.partner", "res_id": 1, "kind": "x", "state": "failed"})
        self.assertEqual(self._check("work")["state"], "error")

    def test_a_consent_that_nothing_enforces_is_shown(self):
        self.env["unicdo.purpose"].create({
            "name": "Newsletter of the test", "key": "test_newsletter", "what": "We write.", "basis": "consent",
        })
        self.assertIn("Newsletter of the test", self._check("enforcement")["text"])
