# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.inside import is_inside


class UnicdoRecordingNote(models.Model):
    """What a watcher noted at a moment of a recording; goes with it.

    The words stand sealed under the recording's key in ``body``, which is no field: nothing of Odoo reads it.
    """

    _name = "unicdo.recording.note"
    _inherit = ["unicdo.recording.guarded"]
    _description = "Note on a Recording"
    _log_access = False
    _order = "recording_id, position, id"
    _rec_name = "position"

    recording_id = fields.Many2one("unicdo.recording", required=True, readonly=True, ondelete="cascade", index=True)
    position = fields.Integer(required=True, readonly=True, aggregator=None, help="Milliseconds from the recording's start.")
    tag_id = fields.Many2one("unicdo.recording.tag", readonly=True, ondelete="set null", index="btree_not_null")
    # a bare number: a foreign key would block deleting users
    author_uid = fields.Integer("Author's user id", required=True, readonly=True, aggregator=None)
    author = fields.Char(compute="_compute_author")
    noted_at = fields.Datetime("Noted on", required=True, readonly=True, default=fields.Datetime.now)

    def init(self):
        """The column that is no field."""
        self.env.cr.execute("ALTER TABLE unicdo_recording_note ADD COLUMN IF NOT EXISTS body bytea")

    @api.model
    def _check_watcher(self):
        super()._check_watcher()
        if not is_inside() and self.env.registry.ready:
            self._check_undertaken()

    @api.depends("author_uid")
    def _compute_author(self):
        users_sudo = self.env["res.users"].sudo().with_context(active_test=False)
        names = {user.id: user.name for user in users_sudo.search([("id", "in", self.mapped("author_uid"))])}
        for note in self:
            note.author = names.get(note.author_uid, "")

    def _seal_body(self, text):
        """Put a note's words down, sealed."""
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(SQL(
            "UPDATE unicdo_recording_note SET body = %s WHERE id = %s", self.recording_id.key_id._seal(text.encode()), self.id
        ))

    def _sealed_bodies(self):
        """The sealed words: dict id → bytes."""
        self.env.cr.execute(SQL("SELECT id, body FROM unicdo_recording_note WHERE id = ANY(%s)", self.ids))
        return {row[0]: bytes(row[1]) for row in self.env.cr.fetchall() if row[1]}
