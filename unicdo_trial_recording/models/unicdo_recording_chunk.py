# SPDX-License-Identifier: LGPL-3.0-or-later
import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL


class UnicdoRecordingChunk(models.Model):
    """A piece of a recording. As it came it stands in ``raw``, sealed, until the job has cleaned it; then in a file.

    ``raw`` is no field: nothing of Odoo reads it, exports it or shows it.
    """

    _name = "unicdo.recording.chunk"
    _inherit = ["unicdo.recording.guarded"]
    _description = "Piece of a Recording"
    _log_access = False
    _order = "recording_id, seq"
    _rec_name = "seq"

    recording_id = fields.Many2one("unicdo.recording", required=True, readonly=True, ondelete="cascade")
    seq = fields.Integer("Number", required=True, readonly=True)
    received_at = fields.Datetime("Received", required=True, readonly=True)
    state = fields.Selection(
        [("received", "Waits for cleaning"), ("clean", "Clean"), ("bad", "Refused")], required=True, readonly=True,
    )
    size = fields.Integer("Bytes", readonly=True, help="As it came: what a session may send is limited.")
    facts = fields.Json(readonly=True, groups=fields.NO_ACCESS, help="What this piece adds to the recording's counts.")

    _seq_uniq = models.UniqueIndex("(recording_id, seq)")
    _received_idx = models.Index("(recording_id) WHERE state = 'received'")

    def init(self):
        """The column that is no field."""
        self.env.cr.execute("ALTER TABLE unicdo_recording_chunk ADD COLUMN IF NOT EXISTS raw bytea")

    @api.model
    def _receive(self, recording_id, seq, sealed):
        """Keep a chunk as it came. Sent twice, it is kept once.

        :param int recording_id: whose; locked against being destroyed meanwhile
        :param bytes sealed: sealed under the recording's key
        """
        # two copies of one piece at once collide, and Odoo repeats the later request
        query = SQL(
            """INSERT INTO unicdo_recording_chunk (recording_id, seq, received_at, state, size, raw)
               VALUES (%s, %s, %s, 'received', %s, %s) ON CONFLICT (recording_id, seq) DO NOTHING""",
            recording_id, seq, fields.Datetime.now(), len(sealed), psycopg2.Binary(sealed),
        )
        self.env.cr.execute(query, log_exceptions=False)
