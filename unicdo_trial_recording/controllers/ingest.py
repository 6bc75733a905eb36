# SPDX-License-Identifier: LGPL-3.0-or-later
import time

from werkzeug.exceptions import RequestEntityTooLarge

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import UserError
from odoo.http import Controller, Response, request, route
from odoo.tools import SQL

from odoo.addons.unicdo_privacy.tools.sealing import SealError

from ..const import CHUNK_BYTES, PART, SESSION_BYTES
from ..tools import upload_token
from ..tools.inside import inside

#: what answers say nothing more than
NOTHING = {"Cache-Control": "no-store"}


class RecordingIngest(Controller):
    """Takes pieces of recordings: checks token, size and number, seals, stores; looks at nothing inside (POLICY REC-1)."""

    @route(
        "/recording/chunk/<string:uuid>/<int:seq>", type="http", auth="none", methods=["POST"], csrf=False,
        save_session=False, readonly=False, max_content_length=CHUNK_BYTES + upload_token.LONGEST + 1,
    )
    def chunk(self, uuid, seq, **kwargs):
        """One piece: ``token``, a line break, and JSON packed with gzip.

        :return: 204 kept, or known already; 400 no such number; 401 no good token; 403 unknown database; 410 the recording
            is over, or its person has withdrawn; 413 too large; 503 the vault is not ready
        """
        try:
            token, _line, packed = request.httprequest.get_data(cache=False).partition(b"\n")
        except RequestEntityTooLarge:
            return self._answer(413)
        try:
            grant = upload_token.read(token)
        except upload_token.BadToken:
            return self._answer(401)
        row = self._look_up(grant.database, grant.recording)
        if not row:
            return self._answer(403)
        try:
            upload_token.check(token, row["public_key"] or "", time.time())
        except upload_token.BadToken:
            return self._answer(401)
        if grant.recording != uuid:
            return self._answer(401)
        return self._answer(self._keep(row, grant, seq, packed))

    def _look_up(self, database, recording):
        """What is known of a token's database and recording; None for a database that is not registered here."""
        request.env.cr.execute(SQL(
            """SELECT t.public_key, r.id, r.key_id, r.session, r.consent_event, r.parts,
                      r.state = 'recording' AND r.destroy_at > %s AS is_open,
                      (SELECT COALESCE(sum(c.size), 0) FROM unicdo_recording_chunk c WHERE c.recording_id = r.id) AS size
                 FROM unicdo_recording_trial t
                 LEFT JOIN unicdo_recording r ON r.trial_id = t.id AND r.uuid = %s
                WHERE t.uuid = %s AND t.active""",
            fields.Datetime.now(), recording, database,
        ))
        rows = request.env.cr.dictfetchall()
        return rows[0] if rows else None

    def _keep(self, row, grant, seq, packed):
        """Seal and store one piece.

        :return: the status to answer
        """
        if not row["id"] or not row["is_open"]:
            return 410
        if (row["session"], row["consent_event"]) != (grant.session, grant.consent):
            return 401
        if not 0 <= seq // PART < row["parts"]:
            return 400
        if len(packed) > CHUNK_BYTES or row["size"] + len(packed) > SESSION_BYTES:
            return 413
        env = request.env(user=SUPERUSER_ID, su=True)
        try:
            sealed = env["unicdo.vault.key"].browse(row["key_id"])._seal(packed)
        except SealError:  # its key was destroyed, and the rest will follow
            return 410
        except UserError:
            return 503
        with inside():
            env["unicdo.recording.chunk"]._receive(row["id"], seq, sealed)
        return 204

    @staticmethod
    def _answer(status):
        return Response(status=status, headers=NOTHING)
