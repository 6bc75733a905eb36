# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from datetime import UTC, datetime

from psycopg2.errors import UniqueViolation
from werkzeug.exceptions import RequestEntityTooLarge

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import UserError
from odoo.http import Controller, Response, request, route
from odoo.tools import SQL

from odoo.addons.unicdo_privacy.tools.sealing import SealError

from ..const import CHUNK_BYTES, PART, SESSION_BYTES, SESSION_MINUTES
from ..tools import upload_token
from ..tools.inside import inside

#: seconds by which another server's clock may be ahead
CLOCKS = 60
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
        origin = request.httprequest.headers.get("Origin")
        if not row["is_own"] and origin and origin != row["url"]:
            return self._answer(403)
        if grant.recording != uuid:
            return self._answer(401)
        if not row["is_own"]:
            row = self._welcome(row, grant)
        return self._answer(self._keep(row, grant, seq, packed), origin if not row["is_own"] else None)

    def _look_up(self, database, recording):
        """What is known of a token's database and recording; None for a database that is not registered here."""
        request.env.cr.execute(SQL(
            """SELECT t.public_key, t.id AS trial_id, t.is_own, t.url, r.id, r.key_id, r.session, r.consent_event, r.parts,
                      r.state = 'recording' AND r.destroy_at > %s AS is_open,
                      (SELECT COALESCE(sum(c.size), 0) FROM unicdo_recording_chunk c WHERE c.recording_id = r.id) AS size
                 FROM unicdo_recording_trial t
                 LEFT JOIN unicdo_recording r ON r.trial_id = t.id AND r.uuid = %s
                WHERE t.uuid = %s AND t.active""",
            fields.Datetime.now(), recording, database,
        ))
        rows = request.env.cr.dictfetchall()
        return rows[0] if rows else None

    def _welcome(self, row, grant):
        """Make the recording of another database when its first piece comes, and learn of its further pages.

        :return: what is known of it now; with ``status`` where it takes nothing
        """
        about, now = grant.about, time.time()
        if not about or not now - SESSION_MINUTES * 60 < about["started"] < now + CLOCKS or not 0 < about["part"] < 1000:
            return row | {"status": 410}
        env = request.env(user=SUPERUSER_ID, su=True)
        with inside():
            recordings = env["unicdo.recording"]
            if row["id"]:
                if about["part"] > row["parts"]:
                    recording = recordings.browse(row["id"])
                    recording._hold()
                    recording.write({"parts": about["part"], "last_at": fields.Datetime.now()})
                    env.flush_all()
                return row | {"parts": max(row["parts"], about["part"])}
            if env["unicdo.recording.gone"]._is_gone(row["trial_id"], grant):
                return row | {"status": 410}
            trial = env["unicdo.recording.trial"].browse(row["trial_id"])
            try:
                with request.env.cr.savepoint():
                    made = recordings._begin(trial, about["person"], grant.session, grant.consent, self._values(grant))
                    made._plan_cleaning()
            except UniqueViolation:  # another piece of it came at the same time
                return row | {"status": 503}
        return self._look_up(grant.database, grant.recording)

    @staticmethod
    def _values(grant):
        about = grant.about
        started = min(datetime.fromtimestamp(about["started"], UTC).replace(tzinfo=None), fields.Datetime.now())
        return {
            "uuid": grant.recording, "started_at": started, "parts": about["part"],
            "surface": "website" if about["surface"] == "website" else "backend",
            **{name: about[name][:most] for name, most in (("lang", 10), ("odoo_version", 20), ("modules", 2000))},
            **{name: min(max(about[name], 0), 20_000) for name in ("width", "height")},
        }

    def _keep(self, row, grant, seq, packed):
        """Seal and store one piece.

        :return: the status to answer
        """
        if row.get("status"):
            return row["status"]
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
    def _answer(status, origin=None):
        """An answer without content; the page of a registered database may read its status."""
        shared = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}
        return Response(status=status, headers=NOTHING | shared)
