# SPDX-License-Identifier: LGPL-3.0-or-later
import functools
import hashlib
import hmac
import json
import logging
import socket
import time
from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.unicdo_hosting_cancel.const import CALL_PAUSES, TELL_AFTER
from odoo.addons.unicdo_hosting_cancel.models import unicdo_hosting_call, unicdo_hosting_provider_webhook
from odoo.addons.unicdo_hosting_cancel.tools import hook_call
from odoo.addons.unicdo_privacy.tests.vault_common import VaultMixin

from .common import HostingCase
from .hook_server import HookServer, redirect_to, says_nothing, slow_body

SECRET = "a secret of more than thirty-two characters"
END = datetime(2026, 6, 30, 22)


class ProviderCase(VaultMixin, HostingCase):
    """A hosting whose end is scheduled for 30 June 2026."""

    @classmethod
    def setUpClass(cls):
        # accounting's test user holds no rights of Settings, which the vault needs
        super().setUpClass()
        cls.admin_env = cls.env(su=True)

    def _provider(self, **vals):
        return self.admin_env["unicdo.hosting.provider"].create({"name": "Test", **vals})

    def _scheduled(self, provider, **vals):
        hosting = self._subscription(provider_id=provider.id, database_name="ann", **vals)
        with freeze_time("2026-05-01 10:00"):
            return self._cancellation(hosting, "2026-05-01 10:00", wanted_date=date(2026, 6, 30))

    def _ended(self, provider, **vals):
        """A request whose end has come."""
        request = self._scheduled(provider, **vals)
        with freeze_time(END):
            self._run_jobs()
        return request


@tagged("post_install", "-at_install")
class TestWebhook(ProviderCase):
    """CAN-6: the provider is told by a signed call, once, and again until it answers; a real server answers."""

    def setUp(self):
        super().setUp()
        self.admin_env["ir.config_parameter"].set_param("unicdo.hosting.allow_private_hooks", "True")

    def _webhook(self, server, **vals):
        return self._provider(kind="webhook", webhook_url=server.url, webhook_secret=SECRET, **vals)

    def _short(self):
        """Calls give up after a second."""
        post = functools.partial(hook_call.post, deadline=1)
        return patch.object(unicdo_hosting_provider_webhook, "post", post)

    def test_it_is_called_once_for_the_backup_and_once_for_the_end(self):
        """CAN-6: signed, with nothing about a person, and never again once answered."""
        with HookServer(204) as server:
            request = self._ended(self._webhook(server))
            for minutes in (1, 60, 60 * 24):
                with freeze_time(END + timedelta(minutes=minutes)):
                    self._run_jobs()
            self.assertEqual(sorted(server.events()), ["hosting.backup_offered", "hosting.ended"])
            headers, body = next(entry for entry in server.seen if b"hosting.ended" in entry[1])
        stamp = headers["X-Unicdo-Timestamp"]
        expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        self.assertEqual(headers["X-Unicdo-Signature"], f"v1={expected}")
        self.assertEqual(headers["Idempotency-Key"], self._calls(request).key)
        self.assertEqual(headers["X-Unicdo-Event"], "hosting.ended")
        self.assertEqual(json.loads(body), {
            "event": "hosting.ended", "id": self._calls(request).key, "subscription": request.subscription_id.id,
            "database": "ann", "last_day": "2026-06-30", "ended_at": "2026-06-30T22:00:00Z", "data_until": "2026-07-30",
        })
        for personal in ("Ann", "Lee", "x.example"):
            self.assertNotIn(personal, body.decode())
        self.assertEqual(request.access_ended_at, END)

    def test_after_the_days_of_retrieval_it_is_told_to_let_the_data_go(self):
        """CAN-6."""
        with HookServer(204) as server:
            self._ended(self._webhook(server))
            with freeze_time("2026-07-30 22:00:00"):
                self._run_jobs()
            self.assertEqual(server.events()[-1], "hosting.data_deleted")

    def test_only_2xx_is_an_answer_and_it_is_asked_again_until_it_comes(self):
        """CAN-6: refused, unknown, broken, silent, elsewhere: the same call again, with the same key."""
        with HookServer(204) as elsewhere, HookServer() as server, self._short():
            for answer, problem in (
                (401, "HTTP 401"), (404, "HTTP 404"), (500, "HTTP 500"), (redirect_to(elsewhere.url), "HTTP 307"),
                (says_nothing, "too slow"),
            ):
                with self.subTest(problem):
                    server.answer, server.seen = answer, []
                    request = self._ended(self._webhook(server))
                    call = self._calls(request)
                    self.assertEqual((call.attempts, call.problem, call.answered_at), (1, problem, False))
                    self.assertEqual((request.state, request.subscription_id.state), ("credited", "ended"))
                    server.answer = 204
                    with freeze_time(END + timedelta(seconds=CALL_PAUSES[0] - 1)):
                        self._run_jobs()
                        self.assertFalse(call.answered_at, "the pause is kept")
                    with freeze_time(END + timedelta(seconds=CALL_PAUSES[0])):
                        self._run_jobs()
                        self.assertTrue(call.answered_at)
                        self.assertEqual(request.state, "closed")
                    keys = {headers["Idempotency-Key"] for headers, body in server.seen if b"hosting.ended" in body}
                    self.assertEqual(keys, {call.key})
            self.assertFalse(elsewhere.seen, "a redirect is not followed")

    def test_a_body_that_takes_its_time_is_an_answer(self):
        """CAN-6: the status came."""
        with HookServer(slow_body) as server:
            start = time.monotonic()
            request = self._ended(self._webhook(server))
            self.assertTrue(request.access_ended_at)
            self.assertLess(time.monotonic() - start, 20)

    def test_nobody_is_there_and_it_goes_on_for_ever_with_growing_pauses_while_a_person_knows(self):
        """CAN-6: never given up, never in silence."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            provider = self._provider(
                kind="webhook", webhook_url=f"http://127.0.0.1:{probe.getsockname()[1]}/", webhook_secret=SECRET,
                user_id=self._user_with_role("helpdesk").id,
            )
            request = self._ended(provider)
            call, moment, pauses = self._calls(request), END, []
            work = self.admin_env["unicdo.work"].search([("res_model", "=", call._name), ("res_id", "=", call.id)])
            for attempt in range(2, 12):
                pauses.append(work.next_try - moment)
                moment = work.next_try
                with freeze_time(moment):
                    self._run_jobs()
                self.assertEqual(call.attempts, attempt)
                told = request.activity_ids.filtered(lambda activity: activity.user_id == provider.user_id)
                self.assertEqual(bool(told), attempt >= TELL_AFTER)
                self.assertLessEqual(len(told), 2, "one task for each call")
        self.assertEqual(work.state, "todo")
        self.assertEqual([pause.total_seconds() for pause in pauses], [*CALL_PAUSES, *[CALL_PAUSES[-1]] * 4])
        health = {check["key"]: check["state"] for check in self.admin_env["unicdo.health"]._checks()}
        self.assertEqual(health["hosting_calls"], "error")

    def test_a_person_can_confirm_what_the_provider_does_not_answer(self):
        """CAN-6: then it is no longer called, and the task is done."""
        with HookServer(500) as server:
            request = self._ended(self._webhook(server))
            call = self._calls(request)
            for minutes in (1, 30):
                with freeze_time(END + timedelta(minutes=minutes)):
                    self._run_jobs()
            self.assertTrue(call.activity_id)
            task = call.activity_id
            call.with_env(self.env).action_confirm()
            self.assertEqual(call.confirmed_by_id, self.env.user)
            self.assertFalse(task.exists().filtered("active"))
            before = server.events().count("hosting.ended")
            with freeze_time(END + timedelta(days=1)):
                self._run_jobs()
            self.assertEqual(server.events().count("hosting.ended"), before)
            with self.assertRaises(UserError):
                call.with_env(self.env).action_confirm()

    def test_an_error_of_ours_is_no_reason_to_give_up_either(self):
        """CAN-6: whatever a provider's code does."""
        with HookServer(204) as server:
            provider = self._webhook(server)
            with patch.object(type(provider), "_call_webhook", side_effect=ZeroDivisionError):
                request = self._ended(provider)
                call, moment = self._calls(request), END
                for _attempt in range(8):
                    moment += timedelta(days=1)
                    with freeze_time(moment):
                        self._run_jobs()
            self.assertEqual((call.attempts, call.problem), (9, "ZeroDivisionError"))
            with freeze_time(moment + timedelta(days=1)):
                self._run_jobs()
            self.assertTrue(call.answered_at)

    def test_private_networks_are_not_called_unless_an_administrator_allows_it(self):
        """CAN-6: neither by their address nor by a name that leads there."""
        with HookServer(204) as server:
            provider = self._webhook(server)
            self.admin_env["ir.config_parameter"].set_param("unicdo.hosting.allow_private_hooks", False)
            with self.assertRaises(ValidationError):
                provider.webhook_url = server.url
            for host in ("127.0.0.1", "localhost"):
                provider.webhook_url = f"https://{host}:{server.server_port}/hook"
                request = self._ended(provider)
                self.assertEqual(self._calls(request).problem, "private address")
            self.assertFalse(server.seen)

    def test_the_address_is_checked_when_it_is_entered(self):
        """CAN-6."""
        self.admin_env["ir.config_parameter"].set_param("unicdo.hosting.allow_private_hooks", False)
        for url in (False, "http://a.example/", "https://user:word@a.example/", "ftp://a.example/", "https://", "nonsense"):
            with self.subTest(url), self.assertRaises(ValidationError):
                self._provider(kind="webhook", webhook_url=url)

    def test_the_secret_is_sealed_and_shown_to_nobody(self):
        """CAN-6, GOV-9: not in clear in the database, not by reading, not by exporting."""
        provider = self._provider(kind="webhook", webhook_url="https://a.example/", webhook_secret=SECRET)
        self.assertTrue(provider.has_secret)
        self.admin_env.flush_all()
        self.env.cr.execute("SELECT p::text FROM unicdo_hosting_provider p WHERE id = %s", [provider.id])
        row = self.env.cr.fetchone()[0]
        for form in (SECRET, SECRET.encode().hex()):
            self.assertNotIn(form, row)
        provider.invalidate_recordset()
        admin = self._user_with_role("admin")
        seen = provider.with_user(admin)
        self.assertFalse(seen.webhook_secret)
        self.assertNotIn("sealed_secret", seen.fields_get())
        with self.assertRaises(AccessError):
            seen.read(["sealed_secret"])
        with self.assertRaises(AccessError):
            provider.with_user(self._user_with_role("helpdesk")).read(["webhook_url"])
        self.assertFalse(provider.copy().has_secret)

    def test_a_secret_that_is_too_short_or_a_vault_that_is_not_ready_is_said_at_once(self):
        """CAN-6."""
        with self.assertRaises(ValidationError):
            self._provider(kind="webhook", webhook_url="https://a.example/", webhook_secret="short")
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": ""}), self.assertRaisesRegex(UserError, "no valid key"):
            self._provider(kind="webhook", webhook_url="https://a.example/", webhook_secret=SECRET)

    def test_a_deleted_provider_takes_its_key_along(self):
        """CAN-6."""
        provider = self._provider(kind="webhook", webhook_url="https://a.example/", webhook_secret=SECRET)
        key = provider.vault_key_id
        provider.unlink()
        self.assertTrue(key.destroyed_at)

    def test_logs_name_neither_address_nor_secret_nor_person(self):
        """CAN-6, GOV-9: at debug level too."""
        with HookServer(500) as server:
            provider = self._webhook(server)
            provider.webhook_url = server.url + "?token=mine"
            with self.assertLogs(level=logging.DEBUG) as logs:
                self._ended(provider)
        text = "\n".join(line for line in logs.output if "sql_db" not in line and ".tests" not in line)
        self.assertIn("try 1: HTTP 500", text)
        for word in ("token=mine", SECRET, "ann@x.example", "v1="):
            self.assertNotIn(word, text)


@tagged("post_install", "-at_install")
class TestManual(ProviderCase):
    """CAN-6: a person ends access and says so."""

    def test_the_responsible_is_asked_once_and_confirms(self):
        """CAN-6: the closing waits for them, and they need no other rights than to see the request."""
        person = self._user_with_role("helpdesk")
        request = self._ended(self._provider(user_id=person.id))
        with freeze_time(END + timedelta(days=2)):
            self._run_jobs()
        self.assertEqual(len(request.activity_ids), 2, "a last backup, and the end")
        self.assertEqual(request.activity_ids.user_id, person)
        self.assertEqual(request.state, "credited")
        outsider = self._user_with_role("auditor")
        with self.assertRaises(AccessError):
            self._calls(request).with_user(outsider).action_confirm()
        self._calls(request).with_user(person).action_confirm()
        with freeze_time(END + timedelta(days=2, minutes=1)):
            self._run_jobs()
        self.assertEqual(request.state, "closed")
        self.assertEqual(len(request.activity_ids), 1)

    def test_the_responsible_follows_before_the_tasks_are_given(self):
        """CAN-6: tasks given in the same moment do not collide in making the same person a follower."""
        person = self._user_with_role("helpdesk")
        request = self._scheduled(self._provider(user_id=person.id))
        with freeze_time(END):
            request._terminate()
        self.assertFalse(request.activity_ids)
        self.assertIn(person.partner_id, request.message_partner_ids)

    def test_somebody_who_cannot_see_requests_cannot_be_responsible(self):
        """CAN-6."""
        with self.assertRaises(ValidationError):
            self._provider(user_id=self._user_with_role("internal").id)

    def test_who_has_left_is_not_asked(self):
        """CAN-6: somebody of accounting is."""
        person = self._user_with_role("helpdesk")
        provider = self._provider(user_id=person.id)
        person.active = False
        request = self._ended(provider)
        self.assertEqual(len(request.activity_ids), 2)
        self.assertTrue(request.activity_ids.user_id)
        self.assertNotIn(person, request.activity_ids.user_id)

    def test_a_hosting_without_a_provider_is_ended_by_hand(self):
        """CAN-6: by somebody of accounting."""
        request = self._ended(self.admin_env["unicdo.hosting.provider"])
        self.assertEqual(self._calls(request).provider_id.kind, "manual")
        self.assertTrue(request.activity_ids.user_id)


@tagged("post_install", "-at_install")
class TestUsers(ProviderCase):
    """CAN-6: accounts of this Odoo lose the service, keep the portal, and get it back."""

    def setUp(self):
        super().setUp()
        self.employer = self.env["res.partner"].create({"name": "Works", "is_company": True, "email": "office@works.example"})
        self.customer.parent_id = self.employer
        self.member = self._account("member@works.example", "base.group_user,account.group_account_readonly")
        self.visitor = self._account("visitor@works.example", "base.group_portal")
        self.users_provider = self._provider(kind="users")

    def _account(self, login, groups, partner=None):
        user = new_test_user(self.admin_env, login, groups)
        user.partner_id.parent_id = partner or self.employer
        return user

    def test_internal_users_become_portal_users_and_sign_in_to_fetch_their_data(self):
        """CAN-6: at once, with all rights that rest on it."""
        request = self._ended(self.users_provider)
        self.assertTrue(request.access_ended_at)
        self.assertTrue(self.member._is_portal())
        self.assertFalse(self.member._is_internal())
        self.assertFalse(self.member.has_group("account.group_account_readonly"))
        self.assertTrue(self.member.active and self.visitor.active)
        self.assertEqual(self.visitor.group_ids, self.env.ref("base.group_portal"))

    def test_what_was_taken_is_given_back_whole(self):
        """CAN-6: by a Settings administrator, once."""
        before = self.member.group_ids
        self._ended(self.users_provider)
        suspension = self.admin_env["unicdo.hosting.suspension"].search([("user_id", "=", self.member.id)])
        with self.assertRaises(AccessError):
            suspension.with_user(self._user_with_role("helpdesk")).action_lift()
        admin = self._user_with_role("admin")
        suspension.with_user(admin).action_lift()
        self.assertEqual(self.member.group_ids, before)
        with self.assertRaises(UserError):
            suspension.with_user(admin).action_lift()

    def test_a_group_of_our_own_is_taken_from_portal_users_too(self):
        """CAN-6."""
        service = self.admin_env["res.groups"].create({
            "name": "Hosted", "implied_ids": [Command.set(self.env.ref("base.group_portal").ids)]})
        self.users_provider.group_ids = service
        self.visitor.group_ids = service
        self._ended(self.users_provider)
        self.assertEqual(self.visitor.group_ids, self.env.ref("base.group_portal"))
        self.assertTrue(self.member._is_internal(), "who is not in the group loses nothing")
        admin = self._user_with_role("admin")
        self.admin_env["unicdo.hosting.suspension"].search([]).with_user(admin).action_lift()
        self.assertIn(service, self.visitor.group_ids)

    def test_accounts_with_another_hosting_that_goes_on_keep_all(self):
        """CAN-6: their company's, or one they administer elsewhere."""
        other = self.env["res.partner"].create({"name": "Others", "is_company": True})
        elsewhere = self._subscription(
            name="other", partner_id=other.id, admin_ids=[Command.set(self.member.partner_id.ids)])
        colleague = self._account("colleague@works.example", "base.group_user")
        self._ended(self.users_provider)
        self.assertTrue(self.member._is_internal())
        self.assertTrue(colleague._is_portal())
        self.assertEqual(elsewhere.state, "active")
        second = self._account("second@works.example", "base.group_user")
        self._subscription(name="second")
        self._ended(self.users_provider)
        self.assertTrue(second._is_internal())

    def test_colleagues_are_never_locked_out_a_person_decides(self):
        """CAN-6: our people, administrators, holders of roles; the closing waits until somebody has looked."""
        ours = self._account("ours@corp.example", "base.group_user", self.company.partner_id)
        admin = self._account("boss@works.example", "base.group_user,base.group_system")
        officer = self._user_with_role("officer", "officer@works.example")
        officer.partner_id.parent_id = self.employer
        request = self._ended(self.users_provider)
        for user in (ours, admin, officer):
            self.assertTrue(user._is_internal(), user.login)
        self.assertTrue(self.member._is_portal())
        self.assertFalse(request.access_ended_at)
        self.assertTrue(request.activity_ids)
        self._calls(request).with_env(self.env).action_confirm()
        self.assertTrue(request.access_ended_at)

    def test_a_colleague_who_is_a_private_customer_keeps_their_job(self):
        """CAN-6."""
        worker = new_test_user(self.admin_env, "worker@corp.example", "base.group_user")
        request = self._ended(self.users_provider, partner_id=worker.partner_id.id,
                              admin_ids=[Command.set(worker.partner_id.ids)])
        self.assertTrue(worker._is_internal())
        self.assertFalse(request.access_ended_at)

    def test_sign_in_closes_only_if_wished_and_only_after_the_days_of_retrieval(self):
        """CAN-6: until then the data can be fetched."""
        self.users_provider.closes_sign_in = True
        self._ended(self.users_provider)
        with freeze_time("2026-07-30 21:59:59"):
            self._run_jobs()
            self.assertTrue(self.visitor.active)
        with freeze_time("2026-07-30 22:00:00"):
            self._run_jobs()
        self.assertFalse(self.visitor.active or self.member.active)
        admin = self._user_with_role("admin")
        self.admin_env["unicdo.hosting.suspension"].search([("archived", "=", True)]).with_user(admin).action_lift()
        self.assertTrue(self.visitor.active and self.member.active)


@tagged("post_install", "-at_install")
class TestCalls(ProviderCase):
    """CAN-6: calls cannot be forged."""

    def test_nobody_writes_calls_or_suspensions_by_rpc(self):
        """CAN-6."""
        request = self._ended(self._provider())
        for role in ("helpdesk", "auditor", "admin", "officer"):
            user = self._user_with_role(role)
            call = self._calls(request).with_user(user)
            with self.subTest(role), self.assertRaises(AccessError):
                call.write({"answered_at": "2026-07-01"})
            with self.subTest(role), self.assertRaises(AccessError):
                call.unlink()
        with self.assertRaises(AccessError):
            self._calls(request).with_user(self._user_with_role("internal")).action_confirm()

    def test_calls_of_another_company_are_not_seen(self):
        """CAN-6."""
        request = self._ended(self._provider())
        other = self.admin_env["res.company"].create({"name": "Other"})
        user = self._user_with_role("helpdesk", company_ids=[Command.set(other.ids)], company_id=other.id)
        self.assertFalse(self.admin_env["unicdo.hosting.call"].with_user(user).search([("id", "in", request.call_ids.ids)]))

    def test_a_lost_race_is_no_answer_and_no_failure(self):
        """CAN-6: the call is made again at once, and not counted."""
        request = self._scheduled(self._provider())
        call = self.admin_env["unicdo.hosting.call"]._plan(request, "hosting.ended")
        race = unicdo_hosting_call.LOST_RACE[0]
        with patch.object(type(call.provider_id), "_call", side_effect=race), self.assertRaises(race):
            call._do_work_call(None)
        self.assertEqual((call.attempts, call.problem), (0, False))
