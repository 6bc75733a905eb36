# SPDX-License-Identifier: LGPL-3.0-or-later
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import PART, PAUSE_MINUTES, SESSION_MINUTES
from ..tools.lifetime import destroy_at

FOLDER = "recordings"


def _purpose(person):
    """What a recording's key is for; authenticated with each opening."""
    return f"recording_{person}"


class UnicdoRecording(models.Model):
    """One recorded session of one browser tab: what is known about it without opening it. Names nobody.

    Its content is sealed chunk by chunk under a key of its own and stands in a folder of the vault. Rows are made by
    ``/recording/begin`` and go by :meth:`_destroy` only.
    """

    _name = "unicdo.recording"
    _inherit = ["unicdo.recording.guarded"]
    _description = "Recording"
    _log_access = False
    _order = "started_at desc, id desc"
    _rec_name = "uuid"

    uuid = fields.Char("Id", required=True, readonly=True, default=lambda self: secrets.token_hex(16))
    trial_id = fields.Many2one(
        "unicdo.recording.trial", string="Database", required=True, readonly=True, index=True, ondelete="restrict"
    )
    url = fields.Char("Address", readonly=True)
    person = fields.Char(readonly=True, required=True, groups=fields.NO_ACCESS, help="Keyed digest of who it is.")
    session = fields.Char(readonly=True, required=True, groups=fields.NO_ACCESS)
    consent_event = fields.Integer(readonly=True, aggregator=None)
    key_id = fields.Many2one("unicdo.vault.key", readonly=True, ondelete="restrict")
    state = fields.Selection(
        [("recording", "Being recorded"), ("ended", "Complete")], default="recording", required=True, readonly=True
    )
    parts = fields.Integer(readonly=True, default=1, help="Page loads: each has sequence numbers of its own.")
    started_at = fields.Datetime("Began", required=True, readonly=True)
    last_at = fields.Datetime("Last page begun", required=True, readonly=True)
    destroy_at = fields.Datetime("Destroyed on", required=True, readonly=True)
    surface = fields.Selection([("backend", "Odoo"), ("website", "Website")], readonly=True)
    lang = fields.Char("Language", readonly=True)
    odoo_version = fields.Char("Odoo version", readonly=True)
    modules = fields.Char("Applications", readonly=True, help="Technical names, divided by spaces.")
    width = fields.Integer("Window width", readonly=True, aggregator="avg")
    height = fields.Integer("Window height", readonly=True, aggregator="avg")
    duration = fields.Integer("Seconds", readonly=True, aggregator="avg")
    clicks = fields.Integer(readonly=True)
    rage_clicks = fields.Integer("Rage clicks", readonly=True)
    errors = fields.Integer("Errors shown", readonly=True)
    visit_ids = fields.One2many("unicdo.recording.visit", "recording_id", string="Views opened in it", readonly=True)
    view_ids = fields.One2many("unicdo.recording.view", "recording_id", string="Watched", readonly=True)

    _uuid_uniq = models.UniqueIndex("(uuid)")
    _person_idx = models.Index("(trial_id, person)")
    _destroy_idx = models.Index("(destroy_at)")

    def _compute_display_name(self):
        """Without looking at the row: whoever sees the background work need not see recordings."""
        for recording in self:
            recording.display_name = self.env._("Recording %s", recording.id)

    @api.model
    def _begin(self, trial, person, session, consent_event, values):
        """Start a recording.

        :param trial: one ``unicdo.recording.trial`` record
        :param str person: keyed digest of who it is
        :param str session: digest of their session
        :param int consent_event: by which they agreed
        :param dict values: further columns; ``started_at`` where it began earlier
        :return: one record, in sudo
        """
        now = fields.Datetime.now()
        began = values.get("started_at", now)
        recording_sudo = self.sudo().create({
            "trial_id": trial.id, "url": trial.url, "person": person, "session": session,
            "consent_event": consent_event, "started_at": began, "last_at": now, "destroy_at": destroy_at(began), **values,
        })
        # sealed for this person: who puts another digest into the row opens nothing
        recording_sudo.key_id = self.env["unicdo.vault.key"]._new(self._name, recording_sudo.id, _purpose(person))
        return recording_sudo

    @api.model
    def _continue(self, trial, uuid, person, session):
        """The recording that a further page of the same tab goes on with, one part on; none if it is over or another's.

        :return: at most one record, in sudo
        """
        now = fields.Datetime.now()
        found_sudo = self.sudo().search(
            self._alive() & Domain([
                ("uuid", "=", uuid), ("trial_id", "=", trial.id), ("person", "=", person), ("session", "=", session),
                ("state", "=", "recording"), ("started_at", ">", now - timedelta(minutes=SESSION_MINUTES)),
            ]), limit=1,
        ).filtered(lambda recording: not recording._is_quiet())
        if found_sudo:
            found_sudo._hold()
            found_sudo.write({"parts": found_sudo.parts + 1, "last_at": now})
            found_sudo.flush_recordset()
        return found_sudo

    def _hold(self):
        """Lock the row until the transaction ends: pages begin and pieces are cleaned at the same time.

        :raises SerializationFailure: it was changed meanwhile; Odoo, and what works off the jobs, do the whole again
        """
        self.ensure_one()
        lock = SQL("SELECT id FROM unicdo_recording WHERE id = %s FOR NO KEY UPDATE", self.id)
        self.env.cr.execute(lock, log_exceptions=False)

    @api.model
    def _alive(self):
        """Widened for the recordings themselves."""
        return Domain("destroy_at", ">", fields.Datetime.now())

    def _is_of(self, person):
        """Whether the content was sealed as this person's, whatever the row says.

        :param str person: keyed digest
        """
        return self.key_id.purpose == _purpose(person)

    def _is_quiet(self):
        """Whether nothing has come for so long that the session is over."""
        self.ensure_one()
        limit = fields.Datetime.now() - timedelta(minutes=PAUSE_MINUTES)
        if self.last_at >= limit:
            return False
        self.env.cr.execute(SQL(
            "SELECT 1 FROM unicdo_recording_chunk WHERE recording_id = %s AND received_at >= %s LIMIT 1", self.id, limit
        ))
        return not self.env.cr.rowcount

    def _base(self):
        """First sequence number of the page load that has just begun."""
        return (self.parts - 1) * PART

    def _folder(self):
        """Where the cleaned chunks stand, sealed; the folder may not exist yet."""
        self.ensure_one()
        return self.env["unicdo.vault"]._folder(FOLDER) / self.uuid[:2] / self.uuid
