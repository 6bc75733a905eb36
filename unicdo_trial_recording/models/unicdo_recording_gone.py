# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import SESSION_MINUTES, TOKEN_SECONDS


class UnicdoRecordingGone(models.Model):
    """What was destroyed for a database that uploads from elsewhere, for as long as tokens may be under way that would
    begin it anew: there the first piece makes the recording."""

    _name = "unicdo.recording.gone"
    _description = "Recording that Must Not Come Back"
    _log_access = False
    _rec_name = "until"

    trial_id = fields.Many2one("unicdo.recording.trial", required=True, readonly=True, index=True, ondelete="cascade")
    person = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    consent_event = fields.Integer(readonly=True, aggregator=None, help="Consents up to this one are withdrawn.")
    uuid = fields.Char(readonly=True)
    until = fields.Datetime(required=True, readonly=True, index=True)

    @api.model
    def _note_person(self, trial, person, consent_event):
        """A person of that database withdrew."""
        until = fields.Datetime.now() + timedelta(seconds=2 * TOKEN_SECONDS)
        self.sudo().create({"trial_id": trial.id, "person": person, "consent_event": consent_event, "until": until})

    @api.model
    def _note_recordings(self, recordings):
        """These recordings of other databases are destroyed."""
        until = fields.Datetime.now() + timedelta(minutes=SESSION_MINUTES, seconds=2 * TOKEN_SECONDS)
        self.sudo().create([
            {"trial_id": recording.trial_id.id, "uuid": recording.uuid, "until": until}
            for recording in recordings if not recording.trial_id.is_own
        ])

    @api.model
    def _is_gone(self, trial_id, grant):
        """Whether a token of another database would bring back what was destroyed."""
        person = Domain("person", "=", grant.about["person"]) & Domain("consent_event", ">=", grant.consent)
        domain = Domain("trial_id", "=", trial_id) & (person | Domain("uuid", "=", grant.recording))
        return bool(self.sudo().search_count(domain, limit=1))

    @api.autovacuum
    def _gc_over(self):
        """Forget what no token can bring back any more."""
        self.sudo().search([("until", "<", fields.Datetime.now())], limit=10000).unlink()
