# SPDX-License-Identifier: LGPL-3.0-or-later
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo import fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.http_routing.tests.common import MockRequest
from odoo.addons.unicdo_privacy.models.unicdo_role_grant import take_step
from odoo.addons.unicdo_privacy.tests.common import PrivacyCase

OFFICER = "unicdo_privacy.unicdo_privacy_group_officer"
HELPDESK = "unicdo_privacy.unicdo_privacy_group_helpdesk"


class RoleCase(PrivacyCase):
    def setUp(self):
        super().setUp()
        self.grants = self.env["unicdo.role.grant"]
        self._end_all()
        self.officer = self._user_with_role("officer")
        self.colleague = self._user_with_role("internal", "colleague@example.com")
        self.admin = self._user_with_role("admin", "boss@example.com")

    def _end_all(self):
        """Demo data brings an officer; the tests begin without."""
        open_grants = self.grants.search([("state", "!=", "ended")])
        take_step(open_grants, "role.ended", state="ended")
        self.grants._follow(open_grants.user_id)

    def _request(self, user=None, group=HELPDESK, by=None):
        return self.grants.with_user(by or self.officer).create({
            "user_id": (user or self.colleague).id, "group_id": self.env.ref(group).id, "reason": "Needs it",
        })

    def _holds(self, user, group=HELPDESK):
        return user.has_group(group)

    @contextmanager
    def _session_of(self, user):
        """A request whose session belongs to ``user``."""
        with MockRequest(self.env(user=user.id)) as request:
            request.session.uid = user.id
            yield

    def _in_session_of(self, user):
        self.enterContext(self._session_of(user))

    def _press(self, button, grant, by=None):
        """Press a button of a role's form, signed in as ``by``, an officer by default."""
        with self._session_of(by or self.officer):
            getattr(grant.with_user(by or self.officer), button)()


@tagged("post_install", "-at_install")
class TestRoleGrant(RoleCase):
    """GOV-9: access is controlled. Membership follows what a second person granted (DESIGN 7)."""

    def test_a_role_takes_effect_a_day_after_it_was_granted(self):
        with freeze_time("2026-03-01 12:00:00") as clock:
            grant = self._request()
            self.assertEqual(grant.state, "requested")
            self._press("action_grant", grant)
            self.assertEqual(grant.effective_at, fields.Datetime.to_datetime("2026-03-02 12:00:00"))
            clock.tick(timedelta(hours=23))
            self.grants._run()
            self.assertFalse(self._holds(self.colleague))
            clock.tick(timedelta(hours=1))
            self.grants._run()
            self.assertTrue(self._holds(self.colleague))
            self.assertTrue(self.colleague._unicdo_has_role("helpdesk"))
            self.assertFalse(self.colleague._unicdo_has_role("officer"))

    def test_nobody_grants_their_own_role(self):
        grant = self._request(self.officer, "unicdo_privacy.unicdo_privacy_group_auditor")
        with self.assertRaisesRegex(UserError, "own role"):
            self._press("action_grant", grant)

    def test_only_officers_grant(self):
        for user in (self.admin, self._user_with_role("user"), self.colleague):
            grant = self._request(self._user_with_role("internal", f"new_{user.id}@example.com"))
            with self.assertRaisesRegex(AccessError, "Only a privacy officer"):
                self._press("action_grant", grant.sudo(), user)

    def test_a_made_up_row_is_only_a_request_even_in_sudo(self):
        grant = self.grants.sudo().create({
            "user_id": self.colleague.id, "group_id": self.env.ref(OFFICER).id, "reason": "x",
            "state": "effective", "granted_at": "2020-01-01", "effective_at": "2020-01-01",
        })
        self.assertEqual((grant.state, grant.granted_at), ("requested", False))
        with self.assertRaises(AccessError):
            grant.sudo().write({"state": "effective"})
        with self.assertRaises(AccessError):
            grant.sudo().state = "effective"
        with self.assertRaises(UserError):
            grant.sudo().unlink()

    def test_taking_a_role_back_works_at_once(self):
        helper = self._user_with_role("helpdesk")
        grant = self.grants.search([("user_id", "=", helper.id)])
        self._press("action_end", grant)
        self.assertFalse(self._holds(helper))
        self.assertFalse(helper._unicdo_has_role("helpdesk"))

    def test_the_last_officer_stays_until_there_is_another(self):
        grant = self.grants.search([("user_id", "=", self.officer.id), ("state", "=", "effective")])
        with self.assertRaisesRegex(UserError, "last officer"):
            self._press("action_end", grant)
        self._user_with_role("officer", "second@example.com")
        self._press("action_end", grant)
        self.assertFalse(self._holds(self.officer, OFFICER))

    def test_portal_users_and_foreign_groups_cannot_be_requested(self):
        with self.assertRaises(ValidationError):
            self._request(self._user_with_role("portal"))
        with self.assertRaises(ValidationError):
            self._request(group="base.group_system")

    def test_deleting_the_member_keeps_the_proof(self):
        helper = self._user_with_role("helpdesk")
        grant = self.grants.search([("user_id", "=", helper.id)])
        self.env.flush_all()
        helper.unlink()
        self.env.invalidate_all()
        self.assertTrue(grant.exists())
        self.assertFalse(grant.user_id)
        self.grants._run()

    def test_a_copied_user_takes_no_role_along(self):
        copy = self.officer.copy({"login": "copy@example.com"})
        self.assertFalse(self._holds(copy, HELPDESK))
        self.assertTrue(copy._is_internal())


@tagged("post_install", "-at_install")
class TestRoleByOtherWays(RoleCase):
    """Settings administrators get no privacy role implicitly, whichever way they try (DESIGN 7)."""

    @contextmanager
    def _refused(self):
        with self.assertRaises(ValidationError) as caught:  # and not assertRaisesRegex, which leaves the writes standing
            yield
        self.assertRegex(str(caught.exception), "[Pp]rivacy roles are")

    def test_groups_of_a_user_are_refused(self):
        for group in (OFFICER, HELPDESK):
            for env_user in (self.admin.with_user(self.admin), self.admin.sudo()):
                with self._refused():
                    env_user.write({"group_ids": [Command.link(self.env.ref(group).id)]})

    def test_a_new_user_with_a_role_is_refused(self):
        with self._refused():
            self.env["res.users"].create({
                "name": "New", "login": "new@example.com", "group_ids": [Command.set([self.env.ref(OFFICER).id])],
            })

    def test_users_of_a_group_are_refused(self):
        officer_group = self.env.ref(OFFICER)
        with self._refused():
            officer_group.user_ids += self.admin
        with self._refused():
            officer_group.all_user_ids += self.admin

    def test_no_other_group_can_include_ours(self):
        officer_group = self.env.ref(OFFICER)
        for group in (self.env.ref("base.group_system"), self.env.ref("base.default_user_group")):
            with self._refused():
                group.implied_ids += officer_group
            with self._refused():
                officer_group.implied_by_ids += group
            with self._refused():
                group._apply_group(officer_group)
        with self._refused():
            self.env["res.groups"].create({"name": "Trick", "implied_ids": [Command.link(officer_group.id)]})
        with self._refused():
            self.env["res.groups"].create({"name": "Trick", "user_ids": [Command.link(self.admin.id)]}).write(
                {"implied_ids": [Command.link(officer_group.id)]}
            )

    def test_a_lower_role_cannot_come_to_include_a_higher_one(self):
        with self._refused():
            self.env.ref(HELPDESK).implied_ids += self.env.ref(OFFICER)

    def test_a_server_action_is_refused_too(self):
        action = self.env["ir.actions.server"].create({
            "name": "Trick", "model_id": self.env["ir.model"]._get_id("res.users"), "state": "code",
            "code": f"env['res.users'].browse({self.admin.id}).sudo().write("
                    f"{{'group_ids': [(4, {self.env.ref(OFFICER).id})]}})",
        })
        with self._refused():
            action.with_user(self.admin).run()

    def test_a_server_action_decides_nothing_even_run_by_an_officer(self):
        grant = self._request()
        action = self.env["ir.actions.server"].create({
            "name": "Trick", "model_id": self.env["ir.model"]._get_id("unicdo.role.grant"), "state": "code",
            "code": f"model.browse({grant.id}).action_grant()",
        })
        with self._session_of(self.officer), self.assertRaisesRegex(AccessError, "not by an automated action"):
            action.with_user(self.officer).sudo().run()

    def _tricks(self):
        """Expressions by which code typed into the database would make the administrator officer, as the officer."""
        grant = self._request(self.admin, OFFICER)
        record = f"env['unicdo.role.grant'].sudo().browse({grant.id})"
        yield grant, f"{record}.with_user({self.officer.id}).action_grant()"
        yield grant, f"{record}.write({{'state': 'effective'}})"
        yield grant, f"{record}._name_officer(env['res.users'].browse({self.admin.id}))"

    def test_code_of_an_administrator_does_not_act_as_the_officer(self):
        """GOV-9: not as a server action's code, not as its value, not put off until the transaction ends."""
        contact = self.officer.partner_id
        model = {"name": "Trick", "model_id": self.env["ir.model"]._get_id("res.partner")}
        for grant, trick in self._tricks():
            for vals in (
                {"state": "code", "code": trick},
                {"state": "code", "code": f"env.cr.precommit.add(lambda: {trick})"},
                {"state": "object_write", "update_path": "ref", "evaluation_type": "equation", "value": trick},
            ):
                action = self.env["ir.actions.server"].create(model | vals)
                action = action.with_context(active_model="res.partner", active_id=contact.id)
                with self.subTest(vals), self._session_of(self.admin), self.assertRaises(UserError):
                    action.with_user(self.admin).run()
                    self.env.cr.precommit.run()
                self.env.cr.precommit.clear()
                self.assertEqual(grant.state, "requested")

    def test_a_template_does_not_act_as_the_officer(self):
        """GOV-9: expressions in pages and mails are code too; a website designer writes them."""
        for grant, trick in self._tricks():
            with self.subTest(trick), self._session_of(self.admin), self.assertRaises(AccessError):
                page = etree.fromstring(f'<p><t t-out="{trick}"/></p>')
                self.env["ir.qweb"]._render(page, {"env": self.env}, minimal_qcontext=True)
            self.assertEqual(grant.state, "requested")

    def test_no_step_is_a_method(self):
        """GOV-9: code typed into the database calls private methods too; what moves a role on is none."""
        with self.assertRaises(AttributeError):
            self._request()._step("role.effective", state="effective")

    def test_an_automation_inside_a_step_writes_nothing_else(self):
        """GOV-9: while one role takes a step, code that this sets off moves no other role."""
        first, other = self._request(), self._request(self.admin, OFFICER)

        def automation(records, _vals):
            if records == first:
                other.sudo().write({"state": "effective"})
            return True

        with patch.object(models.BaseModel, "write", automation), self.assertRaises(AccessError):
            take_step(first, "role.granted", state="waiting")
        self.assertEqual(other.state, "requested")

    def test_no_job_and_no_key_decides(self):
        """GOV-9: an officer's API key, or a script under their name, is not the officer."""
        with self.assertRaisesRegex(AccessError, "signed in"):
            self._request().with_user(self.officer).action_grant()

    def test_no_context_deletes_a_role(self):
        """Whoever deleted the rows could name the first officer again."""
        grant = self._request()
        with self.assertRaises(UserError):
            grant.sudo().with_context(_force_unlink=True).unlink()
        for role in self.grants._protected_groups():
            with self.subTest(role.name), self.assertRaises(UserError):
                role.with_user(self.admin).with_context(_force_unlink=True).unlink()

    def test_no_other_group_takes_the_place_of_a_role(self):
        """Code knows roles by their external ids."""
        name = self.env["ir.model.data"].search([
            ("module", "=", "unicdo_privacy"), ("model", "=", "res.groups"), ("res_id", "=", self.env.ref(OFFICER).id),
        ])
        name = name.with_user(self.admin)
        with self.assertRaises(AccessError):
            name.res_id = self.env.ref("base.group_system").id
        with self.assertRaises(AccessError):
            name.unlink()

    def test_membership_written_by_sql_counts_for_nothing_and_goes(self):
        self.env.cr.execute(
            "INSERT INTO res_groups_users_rel (gid, uid) VALUES (%s, %s)", [self.env.ref(OFFICER).id, self.admin.id]
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertFalse(self.admin._unicdo_has_role("officer"))
        self.grants._run()
        self.assertFalse(self._holds(self.admin, OFFICER))

    def test_superuser_rights_are_no_role(self):
        self.assertFalse(self.env["res.users"].browse(1)._unicdo_has_role("helpdesk"))
        self.assertFalse(self.admin.sudo()._unicdo_has_role("helpdesk"))

    def test_ordinary_groups_are_given_as_ever(self):
        self.colleague.group_ids += self.env.ref("base.group_partner_manager")
        self.officer.group_ids += self.env.ref("base.group_partner_manager")
        group = self.env["res.groups"].create({"name": "Plain", "user_ids": [Command.link(self.officer.id)]})
        group.implied_ids += self.env.ref("base.group_partner_manager")
        self.assertTrue(self._holds(self.officer, OFFICER))


@tagged("post_install", "-at_install")
class TestFirstOfficer(RoleCase):
    """Installing names the first officer; from then on officers grant (DESIGN 7)."""

    def _name(self, user, by=None):
        wizard = self.env["unicdo.name.officer"].with_user(by or self.admin).create({"user_id": user.id})
        with self._session_of(by or self.admin):
            return wizard.action_name()

    def test_an_administrator_names_the_first_at_once(self):
        self.env.cr.execute("DELETE FROM unicdo_role_grant")
        self.env.invalidate_all()
        self._name(self.colleague)
        self.assertTrue(self.colleague._unicdo_has_role("officer"))
        self.assertTrue(self._holds(self.colleague, OFFICER))
        self.assertTrue(self.grants.search([("user_id", "=", self.colleague.id)]).named_by_admin)

    def test_not_while_there_is_an_officer(self):
        with self.assertRaisesRegex(UserError, "There is a privacy officer"):
            self._name(self.admin)

    def test_not_by_others(self):
        self._end_all()
        with self._session_of(self.colleague), self.assertRaisesRegex(AccessError, "Only a Settings administrator"):
            self.grants.with_user(self.colleague)._name_officer(self.colleague)

    def test_a_later_one_waits_seven_days(self):
        with freeze_time("2026-03-01 12:00:00") as clock:
            self._end_all()
            self._name(self.colleague)
            self.assertFalse(self._holds(self.colleague, OFFICER))
            with self.assertRaisesRegex(UserError, "named already"):
                self._name(self.admin)
            clock.tick(timedelta(days=7))
            self.grants._run()
            self.assertTrue(self._holds(self.colleague, OFFICER))

    def test_removing_the_officer_does_not_shorten_the_wait(self):
        self.env.flush_all()
        self.officer.unlink()
        self.env.invalidate_all()
        self._name(self.admin)
        self.assertFalse(self._holds(self.admin, OFFICER))


@tagged("post_install", "-at_install")
class TestSuspension(RoleCase):
    """A role is suspended while somebody else has just changed how the member signs in (DESIGN 7)."""

    def setUp(self):
        super().setUp()
        self.helper = self._user_with_role("helpdesk")
        self.grant = self.grants.search([("user_id", "=", self.helper.id)])

    def _assert_suspended(self):
        self.assertTrue(self.grant.suspended_at)
        self.assertFalse(self._holds(self.helper))
        self.assertFalse(self.helper._unicdo_has_role("helpdesk"))

    def test_a_password_set_by_an_administrator(self):
        self._in_session_of(self.admin)
        self.helper.with_user(self.admin)._change_password("another-one")
        self._assert_suspended()
        self.assertEqual(self.grant.suspended_by_id, self.admin)

    def test_the_officers_are_told_by_mail(self):
        self.helper.with_user(self.admin)._change_password("another-one")
        mail = self.env["mail.mail"].search([("subject", "=", "Privacy role suspended")])
        self.assertEqual(mail.email_to, self.officer.email_formatted)
        self.assertIn(self.helper.name, mail.body_html)

    def test_a_password_typed_into_the_users_form(self):
        self._in_session_of(self.admin)
        self.helper.with_user(self.admin).write({"new_password": "another-one"})
        self._assert_suspended()

    def test_a_script_under_the_members_name(self):
        self._in_session_of(self.admin)
        self.helper.with_user(self.helper).sudo().write({"password": "another-one"})
        self._assert_suspended()

    def test_a_changed_sign_in_name_or_address(self):
        for values in ({"login": "other@example.com"}, {"email": "other@example.com"}):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                self.helper.with_user(self.admin).write(values)
                self._assert_suspended()
                savepoint.rollback()
                self.env.invalidate_all()
                self.env.registry.clear_cache()

    def test_the_address_changed_on_the_contact(self):
        self.helper.partner_id.with_user(self.admin).email = "other@example.com"
        self._assert_suspended()

    def test_a_second_factor_switched_off(self):
        if "totp_secret" not in self.helper._fields:
            self.skipTest("two-factor sign-in is not installed")
        self._in_session_of(self.admin)
        self.helper.with_user(self.admin).sudo().write({"totp_secret": False})
        self._assert_suspended()

    def test_a_passkey_removed(self):
        if "auth.passkey.key" not in self.env:
            self.skipTest("passkeys are not installed")
        key = self.env["auth.passkey.key"].with_user(self.helper).sudo().create(
            {"name": "Key", "credential_identifier": "abc", "public_key": "def"}
        )
        self._in_session_of(self.admin)
        key.with_user(self.admin).unlink()
        self._assert_suspended()

    def test_an_api_key_made_in_the_members_name(self):
        self._in_session_of(self.admin)
        in_their_name = self.env["res.users.apikeys"].with_user(self.helper).sudo()
        in_their_name._generate(None, "Trick", fields.Datetime.now() + timedelta(days=1))
        self._assert_suspended()

    def test_what_members_change_themselves_suspends_nothing(self):
        self._in_session_of(self.helper)
        self.helper.with_user(self.helper).sudo()._change_password("a-new-one-of-mine")
        self.helper.with_user(self.helper).write({"email": "mine@example.com"})
        self.assertFalse(self.grant.suspended_at)
        self.assertTrue(self._holds(self.helper))

    def test_what_does_not_change_suspends_nothing(self):
        self.helper.with_user(self.admin).write({"login": self.helper.login, "email": self.helper.email, "name": "New"})
        self.assertFalse(self.grant.suspended_at)

    def test_an_officer_confirms_the_member(self):
        self.helper.with_user(self.admin)._change_password("another-one")
        self._press("action_confirm", self.grant)
        self.assertTrue(self._holds(self.helper))
        self.assertTrue(self.helper._unicdo_has_role("helpdesk"))

    def test_not_the_officer_who_made_the_change(self):
        self._in_session_of(self.officer)
        self.helper.with_user(self.officer).sudo()._change_password("another-one")
        with self.assertRaisesRegex(UserError, "Another officer"):
            self._press("action_confirm", self.grant)

    def test_not_the_member(self):
        second = self._user_with_role("officer", "second@example.com")
        second.with_user(self.admin)._change_password("another-one")
        grant = self.grants.search([("user_id", "=", second.id)])
        with self.assertRaises(AccessError):
            self._press("action_confirm", grant.sudo(), second)

    def test_a_waiting_role_does_not_start_while_suspended(self):
        with freeze_time("2026-03-01 12:00:00") as clock:
            grant = self._request()
            self._press("action_grant", grant)
            self.colleague.with_user(self.admin)._change_password("another-one")
            clock.tick(timedelta(days=2))
            self.grants._run()
            self.assertFalse(self._holds(self.colleague))
            self.assertEqual(grant.state, "waiting")
            self._press("action_confirm", grant)
            self.grants._run()
            self.assertTrue(self._holds(self.colleague))
