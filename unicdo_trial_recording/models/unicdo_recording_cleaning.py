# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
import time

from odoo import models
from odoo.tools import SQL

from odoo.addons.unicdo_privacy.models.unicdo_work import NotYet
from odoo.addons.unicdo_privacy.tools.guard import opening
from odoo.addons.unicdo_privacy.tools.key_store import make_folder, replacing
from odoo.addons.unicdo_privacy.tools.sealing import SealError

from ..const import CHUNK_DEPTH, CHUNK_EVENTS, CHUNK_PLAIN_BYTES
from ..tools import clean, piece
from ..tools.chunk import BadChunk, parse_chunk
from ..tools.fold import unfold
from ..tools.inside import inside

_logger = logging.getLogger(__name__)

BATCH = 20
#: seconds after which a batch ends before its time: so much is done again where Odoo ends a process that took 60 seconds
#: of its own (limit_time_cpu)
BATCH_SECONDS = 2
#: seconds after which a recording that goes on is looked at again
AGAIN = 20


class UnicdoRecording(models.Model):
    """The second cleaning: what a browser sent is opened, checked and cleaned by the same list before anybody may watch."""

    _inherit = "unicdo.recording"

    def _plan_cleaning(self):
        """Have what comes cleaned, until the session is over."""
        self.env["unicdo.work"]._enqueue([
            {"res_model": self._name, "res_id": recording.id, "kind": "clean", "priority": 20} for recording in self
        ])

    def _do_work_clean(self, work):
        """Clean what has come; come back while the session goes on. Idempotent: a file is written anew, its row last."""
        with inside():
            if not self.search_count([("id", "=", self.id)], limit=1):
                return  # destroyed, or its date has come
            if not self._clean_received():
                raise NotYet(0, keep=True)
            if not self._is_quiet():
                raise NotYet(AGAIN, keep=True)
            if self.env["unicdo.recording.chunk"].search_count([("recording_id", "=", self.id)], limit=1):
                self.state = "ended"
            else:  # the page was left before anything was recorded
                self._destroy("empty")

    def _clean_received(self):
        """Clean a batch of chunks, as many as are done in :data:`BATCH_SECONDS`, but one at least.

        :return: whether that was all
        """
        self.env.cr.execute(SQL(
            """SELECT id, seq, raw FROM unicdo_recording_chunk
                WHERE recording_id = %s AND state = 'received' ORDER BY seq LIMIT %s""",
            self.id, BATCH,
        ))
        rows = self.env.cr.fetchall()
        cleaner, begun, done = self._cleaner(), time.monotonic(), 0
        for chunk_id, seq, raw in rows:
            events, sealed, reason = self._clean_chunk(cleaner, seq, bytes(raw or b""))
            if reason:
                self._refuse_chunk(chunk_id, reason)
            else:
                self._keep_chunk(chunk_id, seq, sealed)
                self._note_facts(seq, events)
            done += 1
            if time.monotonic() - begun > BATCH_SECONDS:
                break
        if rows:
            self._sum_facts()
        return done == len(rows) < BATCH

    def _cleaner(self):
        """The cleaning for this recording's language."""
        terms = self.env["unicdo.recording.terms"]._of(self.lang)
        return clean.Cleaner(clean.load_allow_list(), terms)

    def _clean_chunk(self, cleaner, seq, raw):
        """Open a chunk, clean it, and seal it again. Hands out facts only.

        :return: (cleaned events, sealed bytes, "") or (None, None, reason)
        """
        try:
            with opening():
                plain = self.key_id._open(raw)
            sent = parse_chunk(plain, CHUNK_PLAIN_BYTES, CHUNK_DEPTH, CHUNK_EVENTS)
            events = cleaner.clean(unfold(sent, CHUNK_PLAIN_BYTES))
        except BadChunk as error:
            return None, None, error.reason
        except SealError:
            return None, None, "sealed"
        return events, self.key_id._seal(piece.pack(seq, events)), ""

    def _clean_pieces(self):
        """All that is cleaned so far, for code inside ``opening()`` and :func:`~..tools.inside.inside`.

        :return: iterator of pieces in order, see ``tools/piece.py``. It needs neither of these blocks nor a cursor, and raises
            SealError: a file was changed, cut, put in another's place, or is gone
        :raises SealError: the key was destroyed
        """
        self.ensure_one()
        chunks = self.env["unicdo.recording.chunk"].search(
            [("recording_id", "=", self.id), ("state", "=", "clean")], order="seq"
        )
        return _pieces(self._folder(), chunks.mapped("seq"), self.key_id._bytes_opener())

    def _keep_chunk(self, chunk_id, seq, sealed):
        with replacing(make_folder(self._folder()) / str(seq)) as target:
            target.write(sealed)
        self.env.cr.execute(SQL(
            "UPDATE unicdo_recording_chunk SET state = 'clean', raw = NULL WHERE id = %s", chunk_id
        ))

    def _refuse_chunk(self, chunk_id, reason):
        """Destroy what is no recording, and note that it came."""
        self.env.cr.execute(SQL(
            "UPDATE unicdo_recording_chunk SET state = 'bad', raw = NULL WHERE id = %s", chunk_id
        ))
        self.env["unicdo.ledger.event"]._record(
            "recording.chunk_refused", model=self._name, res_ids=self.ids, unnamed=True, detail={"reason": reason}
        )


def _pieces(folder, numbers, unseal):
    for number in numbers:
        try:
            packed = unseal((folder / str(number)).read_bytes())
        except FileNotFoundError:
            raise SealError("A piece of the recording is missing") from None
        if not piece.is_number(packed, number):
            raise SealError("A piece of the recording was put in another's place")
        yield packed
