# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib
import logging
import shutil
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.unicdo_privacy.tools.key_store import sync_folder

from ..const import LATE_HOURS
from ..tools.inside import inside

_logger = logging.getLogger(__name__)

BATCH = 100
#: hours within which the watch-dog has to have run: twice its interval and one
WATCH_HOURS = 13


class UnicdoRecording(models.Model):
    """The end of recordings: at their date, on withdrawal, on request (POLICY REC-1, REC-3, REC-4)."""

    _inherit = "unicdo.recording"

    def _destroy(self, why):
        """Destroy recordings for good: keys, files, rows; verify the disk; write a certificate each into the ledger.

        The keys go first and stay gone even if the transaction fails: then the rest is done at the next run.

        :param str why: "date", "withdrawn", "requested", "empty", "uninstalled", "removed" (the database's administrator)
        :return: list of the certificates' numbers in the ledger
        """
        if not self:
            return []
        # waits for a chunk or a cleaning of the same recording, which would write behind us
        self.env.cr.execute(SQL("SELECT id FROM unicdo_recording WHERE id IN %s FOR UPDATE", self._ids))
        recordings = self.browse(row[0] for row in self.env.cr.fetchall())
        if not recordings:
            return []
        keys_sudo = recordings.sudo().key_id
        keys_sudo._destroy()
        self.env["unicdo.recording.gone"]._note_recordings(recordings)
        certificates = []
        for recording in recordings:
            recording._remove_files()
            certificates.append(recording._certify(why))
        self.env.cr.execute(SQL("DELETE FROM unicdo_recording WHERE id IN %s", recordings._ids))
        self.env.invalidate_all()
        return certificates

    def _remove_files(self):
        """Remove the files of one recording and see that they are gone.

        :raises OSError: they are not
        """
        folder = self._folder()
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)
            sync_folder(folder.parent)
        if folder.exists():
            raise OSError("The files of a recording could not be removed")

    def _certify(self, why):
        return self.env["unicdo.ledger.event"]._record(
            "recording.destroyed", model=self._name, res_ids=self.ids, unnamed=True,
            detail={
                "recording": self.uuid, "why": why, "began": fields.Datetime.to_string(self.started_at),
                "chunks": self.env["unicdo.recording.chunk"].sudo().search_count([("recording_id", "=", self.id)]),
            },
        )

    @api.model
    def _run_destruction(self):
        """Destroy what is due, batch by batch. Called by a cron every hour; safe to be killed and to run twice at once."""
        commit_progress, stuck = self.env["ir.cron"]._commit_progress, self.browse()
        with inside(past=True):
            while due := self._due(stuck):
                stuck |= due._destroy_due()
                if commit_progress(len(due - stuck), remaining=1) <= 0:
                    return
            commit_progress(remaining=0)

    @api.model
    def _due(self, besides):
        """Some of the recordings whose date has come, locked; others at work on theirs are left alone.

        :param besides: those that could not be destroyed just now
        """
        self.env.cr.execute(SQL(
            """SELECT id FROM unicdo_recording WHERE destroy_at <= %s AND id <> ALL(%s)
                ORDER BY destroy_at LIMIT %s FOR UPDATE SKIP LOCKED""",
            fields.Datetime.now(), besides.ids, BATCH,
        ))
        return self.sudo().browse(row[0] for row in self.env.cr.fetchall())

    def _destroy_due(self):
        """Destroy what is due; together, or one by one where that fails, so that one does not hold up the others.

        :return: those whose files could not be removed; their keys are gone, the next run tries again, and somebody is told
            when it is late
        """
        try:
            with self.env.cr.savepoint():
                self._destroy("date")
        except OSError as error:
            _logger.error("Files of recordings could not be removed: %s", type(error).__name__)
            if len(self) == 1:
                return self
            return self.browse(stuck.id for one in self for stuck in one._destroy_due())
        return self.browse()

    @api.model
    def _late(self, trial=None):
        """How many recordings are still there although their date came hours ago.

        :param trial: those of one database only
        """
        limit = fields.Datetime.now() - timedelta(hours=LATE_HOURS)
        domain = Domain("destroy_at", "<", limit) & (Domain("trial_id", "=", trial.id) if trial else Domain.TRUE)
        with inside(past=True):
            return self.sudo().search_count(domain)

    @api.model
    def _is_destroying(self):
        """Whether the job that destroys, and the one that sees to it, are switched on and have run as often as they have to."""
        now = fields.Datetime.now()
        for name, hours in (("destruction", LATE_HOURS), ("lateness", WATCH_HOURS)):
            cron = self.env.ref(f"unicdo_trial_recording.unicdo_recording_{name}_cron", raise_if_not_found=False)
            last = cron and cron.sudo().active and cron.sudo().lastcall
            if not last or last < now - timedelta(hours=hours):
                return False
        return True

    @api.model
    def _watch_lateness(self):
        """Tell the officers when destruction is late, and ask the servers that keep recordings of this database elsewhere.
        Called by a cron of its own, which does not hang on the other."""
        late = self._late()
        if late:
            _logger.error("%s recordings outlived their date by more than %s hours", late, LATE_HOURS)
            self.env["unicdo.ledger.event"]._record("recording.late", model=self._name, detail={"count": late})
            self.env["unicdo.health"]._tell_officers(
                self.env._("Recordings were not destroyed in time"),
                self.env._(
                    "%s recordings outlived their date. Nobody can watch them. Check the scheduled job “Privacy: destroy "
                    "recordings” and the vault's folder.", late,
                ),
            )
        self.env["unicdo.recording.collector"]._ask_all()
