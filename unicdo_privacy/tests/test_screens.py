# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from .common import PrivacyHttpCase
from .provider_common import ProviderMixin

CLICK = "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader').startClickEverywhere('%s', %s);"


class ScreensCase(ProviderMixin, PrivacyHttpCase):
    """Opens the screens of the Privacy app in a real browser, as somebody who may use it."""

    def _click_everything(self, user, menus_only=False):
        """:param bool menus_only: leave out the further views and the filters"""
        user.tour_enabled = False
        root = "unicdo_privacy.unicdo_privacy_menu_root"
        self.browser_js(
            "/odoo", CLICK % (root, str(menus_only).lower()), "odoo.isReady === true", login=user.login, timeout=180,
            success_signal="clickbot test succeeded",
        )


@tagged("post_install", "-at_install")
class TestScreens(ScreensCase):
    """GOV-1, GOV-9: whoever holds a role can use the screens it leads to; none answers with an error."""

    def setUp(self):
        super().setUp()
        partner = self.env["res.partner"].create({"name": "Ann Example"})
        for state in ("todo", "done", "failed"):
            self.env["unicdo.work"].create({
                "res_model": "res.partner", "res_id": partner.id, "kind": "probe", "key": state, "state": state,
            })
        purpose = self.env["unicdo.purpose"].create({
            "name": "News", "key": "screens_news", "what": "We write to you.", "basis": "consent",
        })
        self.env["unicdo.consent"]._record_choices(
            [{"purpose": purpose.key, "what": "given", "partner_id": partner.id}], "staff"
        )
        self.env["unicdo.policy"].search([]).active = False
        self.env.flush_all()  # before another of its kind is created
        policy = self.env["unicdo.policy"].create({"name": "Terms of the test", "kind": "terms", "body": "<p>Be kind.</p>"})
        policy._publish()
        self._used()
        self.env["unicdo.ledger.event"]._record("role.granted", subject=partner, detail={"group": "base.group_user"})

    def test_every_screen_opens_for_the_officer(self):
        self._click_everything(self._user_with_role("officer"))

    def test_every_screen_opens_for_privacy_users(self):
        self._click_everything(self._user_with_role("user"), menus_only=True)

    def test_every_screen_opens_for_the_auditor(self):
        self._click_everything(self._user_with_role("auditor"), menus_only=True)

    def test_administrators_find_what_is_technical_and_no_more(self):
        """GOV-9: who has just installed the modules sees where to begin; a role they have not."""
        admin = self._user_with_role("admin")
        menus = self.env["ir.ui.menu"].with_user(admin).load_menus(False)
        root = menus[self.env.ref("unicdo_privacy.unicdo_privacy_menu_root").id]
        self.assertEqual([menus[child]["name"] for child in root["children"]], ["Configuration"])
        children = menus[root["children"][0]]["children"]
        self.assertEqual([menus[child]["name"] for child in children], ["Health", "Services people can connect"])
        self._click_everything(admin, menus_only=True)

    def test_a_role_is_requested_on_the_screen(self):
        """GOV-9: who requests a role for a colleague finds the button, and the role waits for a second person."""
        member = self._user_with_role("internal")
        user = self._user_with_role("user")
        user.tour_enabled = False
        self.start_tour("/odoo/privacy-roles/new", "unicdo_privacy_role", login=user.login)
        grant = self.env["unicdo.role.grant"].search([("user_id", "=", member.id)])
        self.assertEqual((grant.state, grant.requested_by_id), ("requested", user))
