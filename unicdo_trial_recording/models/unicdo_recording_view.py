# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models

#: how long one opening holds: reloading the page within it is the same viewing
MINUTES = 60


class UnicdoRecordingView(models.Model):
    """One time that somebody watched a recording: the person recorded sees when and by which role, not by whom.

    By whom stands in the audit ledger. While the row is fresh it is the ticket of the session that opened it.
    """

    _name = "unicdo.recording.view"
    _inherit = ["unicdo.recording.guarded"]
    _description = "Viewing of a Recording"
    _log_access = False
    _order = "viewed_at desc, id desc"
    _rec_name = "viewed_at"

    recording_id = fields.Many2one("unicdo.recording", required=True, readonly=True, ondelete="cascade", index=True)
    viewed_at = fields.Datetime("When", required=True, readonly=True, default=fields.Datetime.now)
    role = fields.Char(required=True, readonly=True, help="External id of the role's group.")
    session = fields.Char(readonly=True, groups=fields.NO_ACCESS, help="Digest of the session that may go on watching.")

    @api.model
    def _ticket(self, recording, session):
        """The viewing that a session may go on with, in sudo; to be used inside :func:`~..tools.inside.inside`. None
        without the confidentiality undertaking: a new version of it ends what is open.

        :param str session: digest, see ``unicdo.recheck``
        """
        since = fields.Datetime.now() - timedelta(minutes=MINUTES)
        return session and self._has_undertaken() and self.sudo().search([
            ("recording_id", "=", recording.id), ("session", "=", session), ("viewed_at", ">", since),
        ], limit=1)

    @api.autovacuum
    def _gc_sessions(self):
        """Forget which session it was once the ticket is over."""
        since = fields.Datetime.now() - timedelta(minutes=MINUTES)
        self.flush_model()
        self.env.cr.execute(
            "UPDATE unicdo_recording_view SET session = NULL WHERE session IS NOT NULL AND viewed_at <= %s", [since]
        )
        self.invalidate_model(flush=False)
