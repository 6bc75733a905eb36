# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..const import COLLECTOR, SAMPLING
from .common import RecordingCase


@tagged("post_install", "-at_install")
class TestSettings(RecordingCase):
    """The administrator's switch and what stands beside it."""

    def _save(self, **values):
        settings = self.env["res.config.settings"].create(values)
        settings.execute()
        return self.env["res.config.settings"].create({})

    def test_a_share_of_nothing_records_nobody(self):
        """REC-1: 0 per cent is no default."""
        self._agree(self._user_with_role("internal"))
        self.assertTrue(self._begin())
        self.assertEqual(self._save(unicdo_recording_sampling=0).unicdo_recording_sampling, 0)
        self.assertFalse(self._begin())

    def test_a_share_that_is_none_records_nobody(self):
        self._agree(self._user_with_role("internal"))
        for share in ("-5", "150", "x", "1e3"):
            self.env["ir.config_parameter"].sudo().set_param(SAMPLING, share)
            self.assertFalse(self._begin(), share)
        for share in (-1, 101):
            with self.assertRaises(ValidationError):
                self._save(unicdo_recording_sampling=share)

    def test_other_settings_keep_the_share(self):
        self._save(unicdo_recording_sampling=30)
        self.assertEqual(self._save().unicdo_recording_sampling, 30)

    def test_a_code_registers_this_database_elsewhere(self):
        self.assertFalse(self.env["res.config.settings"].create({}).unicdo_recording_code)
        settings = self._save(unicdo_recording_collector="https://recordings.example.com/")
        own = self.env["unicdo.recording.trial"]._own()
        registered = own._registered(settings.unicdo_recording_code)
        self.assertEqual((registered["uuid"], registered["public_key"]), (own.uuid, own.public_key))
        self.assertEqual(own._collector(), "https://recordings.example.com")

    def test_an_address_without_encryption_keeps_no_recordings(self):
        for address in ("http://recordings.example.com", "recordings.example.com", "https://x.example/path", "javascript:1"):
            with self.assertRaises(ValidationError):
                self._save(unicdo_recording_collector=address)
        self.assertFalse(self.env["ir.config_parameter"].sudo().get_param(COLLECTOR))

    def test_the_trial_ends_after_its_last_day(self):
        """REC-1: nobody is asked or recorded after it."""
        trial = self.env["unicdo.recording.trial"]
        self._save(unicdo_recording_is_trial=True, unicdo_recording_trial_end="2099-01-01")
        self.assertTrue(trial._is_offered())
        self._save(unicdo_recording_is_trial=True, unicdo_recording_trial_end="2020-01-01")
        self.assertFalse(trial._is_offered())

    def _checks(self):
        """What the administrator reads on the health page, by key."""
        return {check["key"]: check for check in self.env["unicdo.health"].with_user(self.admin).get_checks()}

    def test_the_administrator_is_told_who_keeps_recordings(self):
        """REC-5: nobody but this database; else the registered provider; without one, what to do, and nobody is asked."""
        self.admin = self._user_with_role("admin")
        trial = self.env["unicdo.recording.trial"]
        for text in (self._save().unicdo_recording_kept_by, self._checks()["recorder"]["text"]):
            self.assertIn("No party outside takes part", text)
        self.assertTrue(trial._is_offered())

        settings = self._save(unicdo_recording_collector="https://recordings.example.com")
        self.assertFalse(trial._is_offered())
        checks = self._checks()
        for text in (settings.unicdo_recording_problem, checks["recorder"]["text"], checks["needed_providers"]["text"]):
            self.assertIn("No service provider is registered for recordings.example.com", text)
        self.assertEqual({checks[key]["state"] for key in ("recorder", "needed_providers")}, {"error"})

        provider = self._keep_elsewhere()
        settings = self._save()
        self.assertTrue(trial._is_offered())
        self.assertFalse(settings.unicdo_recording_problem)
        self.assertIn("Recorder Ltd", settings.unicdo_recording_kept_by)
        self.assertEqual(self._checks()["needed_providers"]["state"], "ok")
        self.assertEqual(provider.needed_for, "Keeping the recordings of trial sessions")
