# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.fields import Command
from odoo.modules.neutralize import neutralize_database
from odoo.tests import tagged

from odoo.addons.unicdo_hosting_cancel.models import unicdo_cancellation_end
from odoo.addons.unicdo_hosting_cancel.models import unicdo_hosting_provider_webhook as webhook

from .common import HostingCase
from .hook_server import HookServer
from .test_provider import END, SECRET, ProviderCase


@tagged("post_install", "-at_install")
class TestBlockers(HostingCase):
    """CAN-4, DSR-6: an account stays while hosting is active or its closing unsettled."""

    def _blockers(self, partner):
        return self.env["unicdo.lifecycle"].sudo()._closure_blockers(partner)

    def test_active_then_closing_then_none(self):
        """CAN-4: each with a link."""
        self.assertEqual(self._blockers(self.customer), [])
        invoice = self._invoice()
        hosting = self._subscription(invoice)
        blocker, = self._blockers(self.customer)
        self.assertEqual((blocker["kind"], blocker["name"]), ("hosting_active", "ann.example"))
        self.assertTrue(blocker["text"] and blocker["url"].startswith("/my/"))
        with freeze_time("2026-05-01 10:00"):
            request = self._cancellation(hosting, "2026-05-01 10:00", wanted_date=date(2026, 6, 30))
            self.assertEqual(self._blockers(self.customer)[0]["kind"], "hosting_active", "it is not over yet")
        with freeze_time(END):
            self._run_jobs()
            self.assertEqual(self._blockers(self.customer)[0]["kind"], "hosting_closing")
            self._pay(invoice, invoice.amount_residual)
            self._calls(request).with_env(self.env).action_confirm()
            self._run_jobs()
        self.assertEqual(request.state, "closed")
        self.assertEqual(self._blockers(self.customer), [])

    def test_a_company_is_blocked_by_its_own_and_its_people_only_as_administrators(self):
        """DSR-6: a colleague who merely works there may close their account."""
        company = self.env["res.partner"].create({"name": "Works", "is_company": True})
        colleague, admin, stranger = self.env["res.partner"].create([
            {"name": "Carl", "parent_id": company.id}, {"name": "Dora"}, {"name": "Ann Lee"},
        ])
        self._subscription(partner_id=company.id, admin_ids=[Command.set(admin.ids)])
        self.assertEqual([len(self._blockers(who)) for who in (company, admin, colleague, stranger)], [1, 1, 0, 0])


@tagged("post_install", "-at_install")
class TestWatch(HostingCase):
    """CAN-6: an end that does not happen is noticed."""

    def setUp(self):
        super().setUp()
        self.hosting = self._subscription(self._invoice())
        with freeze_time("2026-05-01 10:00"):
            self.request = self._cancellation(self.hosting, "2026-05-01 10:00", wanted_date=date(2026, 6, 30))
        self.jobs = self.env["ir.cron"].sudo().browse(
            self.env.ref("unicdo_hosting_cancel.unicdo_cancellation_end_cron").ids)

    def _check(self, key):
        return next(check for check in self.env["unicdo.health"].sudo()._checks() if check["key"] == key)

    def test_a_late_end_is_an_error_on_the_health_page(self):
        """CAN-6: with the way to it."""
        with freeze_time(END + timedelta(minutes=30)):
            self.assertEqual(self._check("hosting_ends")["state"], "ok")
        with freeze_time(END + timedelta(minutes=90)):
            check = self._check("hosting_ends")
            self.assertEqual((check["state"], check["action"]["res_model"]), ("error", "unicdo.cancellation"))

    def test_our_job_switched_off_is_an_error_and_cores_daily_job_still_ends_access(self):
        """CAN-6: a person is told, once."""
        self.jobs.active = False
        self.assertEqual(self._check("jobs")["state"], "error")
        with freeze_time(END + timedelta(hours=2)):
            for _day in range(2):
                with self.assertLogs(unicdo_cancellation_end.__name__, logging.ERROR):
                    self.env["unicdo.cancellation"].sudo()._watch_ends()
            self.assertEqual(len(self.request.activity_ids), 1)
            with self.enter_registry_test_mode():
                self.env.ref("unicdo_privacy.unicdo_work_cron_1").sudo().method_direct_trigger()
            self.env.invalidate_all()
        self.assertEqual(self.hosting.state, "ended")

    def test_nothing_is_said_while_all_is_in_time(self):
        """CAN-6."""
        with freeze_time(END + timedelta(minutes=30)), self.assertNoLogs(unicdo_cancellation_end.__name__):
            self.env["unicdo.cancellation"].sudo()._watch_ends()

    def test_a_person_who_does_not_confirm_for_a_day_and_missing_credits_are_shown(self):
        """CAN-6."""
        self.company.unicdo_credit_approval = True
        with freeze_time(END):
            self._run_jobs()
            self.assertEqual(self._check("hosting_calls")["state"], "ok")
        with freeze_time(END + timedelta(days=2)):
            self.assertEqual(self._check("hosting_calls")["state"], "error")
            self.assertEqual(self._check("hosting_credits")["state"], "warning")


@tagged("post_install", "-at_install")
class TestNeutralize(ProviderCase):
    """CAN-6: a copy for tests calls no provider."""

    def test_a_neutralized_copy_never_calls_even_with_its_jobs_switched_on_again(self):
        """CAN-6: neither planned calls nor new ones, and not with the address entered again."""
        with HookServer(204) as server:
            self.admin_env["ir.config_parameter"].set_param("unicdo.hosting.allow_private_hooks", "True")
            provider = self._provider(kind="webhook", webhook_url=server.url, webhook_secret=SECRET)
            planned = self._scheduled(provider)
            call = self.admin_env["unicdo.hosting.call"]._plan(planned, "hosting.data_deleted")
            sealed = provider.sealed_secret
            self.admin_env.flush_all()
            neutralize_database(self.env.cr)
            self.env.invalidate_all()
            self.assertFalse(provider.webhook_url or provider.has_secret)
            self.assertFalse(self.env.ref("unicdo_hosting_cancel.unicdo_cancellation_end_cron").sudo().active)
            provider.write({"webhook_url": server.url, "sealed_secret": sealed})
            self.admin_env["unicdo.work"].search([]).state = "todo"
            with freeze_time(END):
                self._run_jobs()
            self.assertEqual(planned.subscription_id.state, "ended")
            self.assertEqual((call.problem, call.answered_at), ("neutralized copy", False))
            self.assertFalse(server.seen)

    def test_without_the_mark_of_neutralization_the_secret_does_not_open_either(self):
        """CAN-6: set live again by hand, the copy finds neither secret nor the original's vault."""
        with HookServer(204) as server, patch.object(webhook, "post") as post:
            self.admin_env["ir.config_parameter"].set_param("unicdo.hosting.allow_private_hooks", "True")
            provider = self._provider(kind="webhook", webhook_url=server.url, webhook_secret=SECRET)
            request = self._scheduled(provider)
            sealed = provider.sealed_secret
            self.admin_env.flush_all()
            neutralize_database(self.env.cr)
            self.env.invalidate_all()
            self.admin_env["ir.config_parameter"].search([("key", "=", "database.is_neutralized")]).unlink()
            provider.write({"webhook_url": server.url, "sealed_secret": sealed})
            with freeze_time(END):
                self._run_jobs()
            post.assert_not_called()
        self.assertEqual(self._calls(request).problem, "UserError")
