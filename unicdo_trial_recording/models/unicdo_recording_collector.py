# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

from odoo.addons.unicdo_privacy.tools.sealing import SealError

from ..const import LATE_HOURS
from ..tools.lifetime import MONTHS
from .unicdo_recording_trial_remote import ask_collector

_logger = logging.getLogger(__name__)

#: hours within which an answer is fresh: it is asked every six
FRESH_HOURS = 13
#: hours without an answer after which somebody has to see to it
SILENT_HOURS = 24


class UnicdoRecordingCollector(models.Model):
    """A server that keeps recordings of this database, or kept new ones within their lifetime, and what it says about their
    end (POLICY REC-4). No row and no answer tells whether there is a recording, let alone whose.
    """

    _name = "unicdo.recording.collector"
    _description = "Server that Keeps Recordings"
    _log_access = False
    _order = "left_at DESC, id"
    _rec_name = "address"

    address = fields.Char(required=True, readonly=True)
    known_since = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    left_at = fields.Datetime(readonly=True, help="Empty: it takes new recordings.")
    answered_at = fields.Datetime("Answered on", readonly=True)
    state = fields.Selection(
        [("fine", "Destroyed in time"), ("late", "Recordings outlived their date"), ("idle", "Nothing destroys them")],
        readonly=True, help="Empty: it did not answer when it was asked last.",
    )

    _address_uniq = models.UniqueIndex("(address)")

    @api.model
    def _follow_setting(self):
        """Know the server that the settings name, and from when on the others are left."""
        address = self.env["unicdo.recording.trial"]._collector()
        current_sudo = self.sudo().search([("address", "=", address)])
        self.sudo().search([("left_at", "=", False), ("address", "!=", address)]).left_at = fields.Datetime.now()
        if address and not current_sudo:
            self.sudo().create({"address": address})
        elif current_sudo.left_at:
            current_sudo.left_at = False

    @api.model
    def _known(self):
        """The servers that may hold recordings of this database, the one that takes new ones first; of those that were left
        only such as ever answered, for others took nothing.

        :return: records, in sudo
        """
        since = fields.Datetime.subtract(fields.Datetime.now(), months=MONTHS, days=1)
        answered = Domain("left_at", ">", since) & Domain("answered_at", "!=", False)
        return self.sudo().search(Domain("left_at", "=", False) | answered)

    @api.model
    def _ask_all(self):
        """Ask each whether recordings are destroyed there in time. Called by the cron that watches over this database's own."""
        self._follow_setting()
        for collector in self._known():
            collector._ask_state()

    def _ask_state(self):
        """Ask one, and note what it says; also that it did not answer."""
        try:
            said = ask_collector(self.env, "destruction", address=self.address).get("state")
        except (UserError, SealError) as error:
            _logger.info("A server that keeps recordings could not be asked about their end: %s", type(error).__name__)
            said = ""
        self.state = isinstance(said, str) and said in dict(self._fields["state"].selection) and said
        if self.state:
            self.answered_at = fields.Datetime.now()

    @api.model
    def _state_for(self, trial):
        """What this server answers another database about the end of its recordings.

        :param trial: the ``unicdo.recording.trial`` row of the database that asks
        :return: "late": some outlived their date by hours; "idle": a job that destroys, or sees to it, has not run; "fine"
        """
        recordings = self.env["unicdo.recording"]
        if recordings._late(trial):
            return "late"
        return "fine" if recordings._is_destroying() else "idle"

    def _since(self):
        """From when on it has not been heard, UTC; None where its last answer counts."""
        self.ensure_one()
        fresh = fields.Datetime.now() - timedelta(hours=FRESH_HOURS)
        is_heard = self.state and self.answered_at > fresh
        return None if is_heard else self.answered_at or self.known_since

    def _health(self):
        """What the health page says of one.

        :return: pair of "ok", "warning" or "error", and a text
        """
        since, where = self._since(), urlsplit(self.address).netloc
        if since:
            is_long = since < fields.Datetime.now() - timedelta(hours=SILENT_HOURS)
            return "error" if is_long else "warning", self.env._(
                "%(server)s could not be asked since %(when)s whether recordings are destroyed in time. See that it runs and "
                "that this database is registered there.", server=where, when=format_datetime(self.env, since),
            )
        if self.state == "late":
            return "error", self.env._(
                "At %s recordings of this database outlived their date. Nobody can watch them, but they have to be "
                "destroyed: tell whoever runs that server.", where,
            )
        if self.state == "idle":
            return "warning", self.env._(
                "At %(server)s the jobs that destroy recordings have not run for %(hours)s hours: tell whoever runs it.",
                server=where, hours=LATE_HOURS,
            )
        when = format_datetime(self.env, self.answered_at)
        return "ok", self.env._("%(server)s destroys recordings in time; it said so on %(when)s.", server=where, when=when)

    @api.autovacuum
    def _gc_left(self):
        """Forget servers that hold nothing of this database any more."""
        since = fields.Datetime.subtract(fields.Datetime.now(), months=MONTHS, days=1)
        self.sudo().search([("left_at", "<", since)]).unlink()
