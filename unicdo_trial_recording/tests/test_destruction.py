# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.unicdo_privacy.tools.guard import opening
from odoo.addons.unicdo_privacy.tools.sealing import SealError

from ..hooks import uninstall_hook
from ..models import unicdo_recording_destruction as destruction
from ..tools.inside import inside
from .common import RecordingCase


@tagged("post_install", "-at_install")
class TestDestruction(RecordingCase):
    def setUp(self):
        super().setUp()
        self.user = self._user_with_role("internal")
        self._agree(self.user)
        self.grant = self._begin()
        self._send(self.grant)
        self.recording = self._recording(self.grant)
        with inside():
            self.recording._clean_received()
            self.folder = self.recording._folder()
            self.key_file = next(self.vault_data_dir.rglob(self.recording.key_id.name))

    def _certificates(self):
        return self.env["unicdo.ledger.event"].sudo().search([
            ("kind", "=", "recording.destroyed"), ("res_model", "=", "unicdo.recording")
        ]).filtered(lambda event: event.detail["recording"] == self.grant["recording"])

    def _run(self):
        self.env.ref("unicdo_trial_recording.unicdo_recording_destruction_cron").method_direct_trigger()

    def _let_its_date_come(self, **ago):
        self.env.cr.execute(
            "UPDATE unicdo_recording SET destroy_at = %s WHERE uuid = %s",
            [fields.Datetime.now() - timedelta(**ago), self.grant["recording"]],
        )
        self.env.invalidate_all()

    def test_it_lives_for_two_calendar_months(self):
        """REC-4: from 31 December to 28 February, at the same time of day."""
        with freeze_time("2026-12-31 23:30:15"), inside():
            made = self.env["unicdo.recording"]._begin(self.env["unicdo.recording.trial"]._own(), "0" * 64, "s", 1, {})
        with inside():
            self.assertEqual(str(made.destroy_at), "2027-02-28 23:30:15")

    def test_at_its_date_key_files_and_rows_go_with_a_certificate(self):
        """REC-4: destroyed by the next job, verified on disk, with a certificate in the ledger."""
        self.assertTrue(self.folder.is_dir() and self.key_file.is_file())
        self._let_its_date_come(seconds=0)
        self._run()
        self.assertFalse(self.folder.exists())
        self.assertFalse(self.key_file.exists())
        self.assertFalse(self._recording(self.grant))
        [certificate] = self._certificates()
        self.assertEqual((certificate.detail["why"], certificate.detail["chunks"]), ("date", 1))
        self.assertEqual(certificate.actor_uid, 1, "who was recorded must not show")

    def test_before_its_date_it_stays(self):
        self._let_its_date_come(seconds=-60)
        self._run()
        self.assertTrue(self._recording(self.grant))

    def test_running_again_does_nothing_more(self):
        self._let_its_date_come(seconds=0)
        self._run()
        self._run()
        self.assertEqual(len(self._certificates()), 1)

    def test_files_that_stay_leave_the_rows_and_no_certificate(self):
        """REC-4: what could not be verified is not certified; its key is gone all the same, and the next run ends it."""
        self._let_its_date_come(seconds=0)
        with patch.object(destruction.shutil, "rmtree"), inside(past=True), self.assertRaises(OSError), self.cr.savepoint():
            self.recording._destroy("date")
        self.assertFalse(self.key_file.exists())
        self.assertFalse(self._certificates())
        self._run()
        self.assertFalse(self.folder.exists())
        self.assertEqual(len(self._certificates()), 1)

    def test_one_whose_files_stay_does_not_hold_up_the_others(self):
        """REC-4: the others of its batch go; it is tried again."""
        other = self._begin()
        self.env.cr.execute("UPDATE unicdo_recording SET destroy_at = now() AT TIME ZONE 'UTC'")
        self.env.invalidate_all()
        stuck, remove = self.recording.id, destruction.UnicdoRecording._remove_files

        def fail_one(recording):
            if recording.id == stuck:
                raise OSError
            remove(recording)

        with patch.object(destruction.UnicdoRecording, "_remove_files", fail_one), mute_logger(destruction.__name__):
            self._run()
        self.assertFalse(self._row(other))
        self.assertTrue(self._row(self.grant))
        self.assertFalse(self.key_file.exists())
        self._run()
        self.assertFalse(self._row(self.grant))
        self.assertEqual(len(self._certificates()), 1)

    def _row(self, grant):
        self.env.cr.execute("SELECT id FROM unicdo_recording WHERE uuid = %s", [grant["recording"]])
        return self.env.cr.fetchone()

    def test_an_old_dump_brings_nothing_back(self):
        """REC-4: rows and files of a backup stay closed, for the key is gone from the store outside."""
        with inside():
            key = self.recording.key_id.sudo()
            sealed = (self.folder / "0").read_bytes()
            with opening():
                self.assertTrue(key._open(sealed))
            self.recording._destroy("date")
            self.env.cr.execute("UPDATE unicdo_vault_key SET destroyed_at = NULL WHERE id = %s", [key.id])
            self.env.invalidate_all()
            with opening(), self.assertRaises(SealError):
                key._open(sealed)

    def test_uninstalling_destroys_but_in_a_copy_nothing_of_the_original(self):
        """REC-4: keys and files go with the module; those of another database, of which this is a copy, are left alone."""
        trial = self.env["unicdo.recording.trial"]._own()
        keys = [self.key_file, next(self.vault_data_dir.rglob(trial.person_key_id.name))]
        vault = type(self.env["unicdo.vault"])
        with patch.object(vault, "_require_store", side_effect=UserError("foreign")):
            uninstall_hook(self.env)
        self.assertTrue(all(key.exists() for key in keys))
        uninstall_hook(self.env)
        self.assertFalse(any(key.exists() for key in keys) or self.folder.exists())
        self.assertEqual([event.detail["why"] for event in self._certificates()], ["uninstalled"])

    def test_officers_are_told_when_it_is_late(self):
        """REC-4: a watch-dog of its own alerts when destruction is late."""
        self._user_with_role("officer")
        self._let_its_date_come(hours=1)
        self.env["unicdo.recording"]._watch_lateness()
        self.assertFalse(self.env["mail.mail"].search([("subject", "ilike", "not destroyed in time")]))
        self._let_its_date_come(hours=3)
        with mute_logger("odoo.addons.unicdo_trial_recording.models.unicdo_recording_destruction"):
            self.env["unicdo.recording"]._watch_lateness()
        self.assertTrue(self.env["mail.mail"].search([("subject", "ilike", "not destroyed in time")]))
        [check] = [item for item in self.env["unicdo.health"].sudo()._checks() if item["key"] == "recording_dates"]
        self.assertEqual(check["state"], "error")

    def test_nobody_destroys_or_prolongs_by_hand(self):
        """REC-2, REC-4: not even with all rights."""
        recording = self.env["unicdo.recording"].sudo().browse(self.recording.id)
        for act in (
            lambda: recording.write({"destroy_at": "2099-01-01"}), recording.unlink, lambda: recording.copy(),
            lambda: self.env["unicdo.recording.chunk"].sudo().create({"recording_id": recording.id}),
        ):
            with self.assertRaises(AccessError):
                act()
