# SPDX-License-Identifier: LGPL-3.0-or-later
import random
import time
from dataclasses import replace
from unittest.mock import patch

from odoo.tests import tagged

from ..const import CHUNK_BYTES, PART, SESSION_BYTES
from ..models import unicdo_recording_cleaning
from ..models.unicdo_recording_trial import own_seed
from ..tools import signed, upload_token
from ..tools.inside import inside
from .common import RecordingCase


@tagged("post_install", "-at_install")
class TestIngest(RecordingCase):
    def setUp(self):
        super().setUp()
        self.user = self._user_with_role("internal")
        self._agree(self.user)
        self.grant = self._begin()

    def _chunks(self):
        self.env.cr.execute(
            "SELECT c.seq, c.state, c.raw FROM unicdo_recording_chunk c JOIN unicdo_recording r ON r.id = c.recording_id"
            " WHERE r.uuid = %s ORDER BY c.seq", [self.grant["recording"]]
        )
        return self.env.cr.fetchall()

    def _token(self, **changed):
        """A token as ours, signed rightly, that says something else."""
        said = upload_token.read(self.grant["token"].encode())
        return upload_token.sign(replace(said, **changed), own_seed(self.env["unicdo.recording.trial"]._own()))

    def test_a_piece_is_sealed_before_it_is_stored(self):
        self.assertEqual(self._send(self.grant, packed=b"canary in the clear"), 204)
        [(_seq, state, raw)] = self._chunks()
        self.assertEqual(state, "received")
        self.assertNotIn(b"canary", bytes(raw))

    def test_a_piece_sent_again_is_kept_once(self):
        self.assertEqual([self._send(self.grant), self._send(self.grant), self._send(self.grant, 1)], [204] * 3)
        self.assertEqual([seq for seq, _state, _raw in self._chunks()], [0, 1])

    def test_without_a_good_token_nothing_is_kept(self):
        good = self.grant["token"]
        body, _dot, signature = good.partition(".")
        bad = [
            "", "x", "a.b", body, f"{body}.", f".{signature}", f"{body}.{signature[:-4]}AAAA", good[1:], "é" * 10,
            "e" * 5000, f"W10.{signature}", f"{body}.{body}", self._token(expires=int(time.time()) - 1),
            self._token(session="0" * 64), self._token(consent=1), self._token(database="\0" * 32),
            self._token(database="\ud800"), self._token(recording="\0"), self._token(about={"person": "\0"}),
            self._token(about={"person": 5}), self._token(consent=True), signed.sign({}, b"x" * 32),
        ]
        self.assertEqual([self._send(self.grant, token=token) for token in bad], [401] * len(bad))
        self.assertFalse(self._chunks())

    def test_a_token_is_good_for_its_own_recording_only(self):
        other = self._begin()
        self.assertNotEqual(other["recording"], self.grant["recording"])
        self.assertEqual(self._send(self.grant, token=other["token"]), 401)
        self.assertEqual(self._send(self.grant, uuid=other["recording"]), 401)
        self.assertFalse(self._chunks())

    def test_a_database_that_is_not_registered_is_refused(self):
        self.assertEqual(self._send(self.grant, token=self._token(database="f" * 32)), 403)
        self.env["unicdo.recording.trial"]._own().active = False
        self.assertEqual(self._send(self.grant), 403)

    def test_what_is_too_large_is_refused(self):
        self.assertEqual(self._send(self.grant, packed=b"x" * CHUNK_BYTES), 204)
        self.assertEqual(self._send(self.grant, 1, packed=b"x" * (CHUNK_BYTES + 1)), 413)
        self.assertEqual(self._send(self.grant, 1, packed=b"x" * (CHUNK_BYTES * 3)), 413)
        self.env.cr.execute("UPDATE unicdo_recording_chunk SET size = %s", [SESSION_BYTES - 10])
        self.assertEqual(self._send(self.grant, 1, packed=b"x" * 11), 413)

    def test_what_a_session_may_send_counts_as_it_came(self):
        self._send(self.grant)
        with inside():
            recording = self._recording(self.grant)
            before = self.env["unicdo.recording.chunk"].search([("recording_id", "=", recording.id)]).size
            recording._clean_received()
            self.env.invalidate_all()
            chunk = self.env["unicdo.recording.chunk"].search([("recording_id", "=", recording.id)])
            self.assertEqual((chunk.state, chunk.size), ("clean", before))

    def test_cleaning_large_pieces_ends_in_time_and_goes_on(self):
        """REC-1: a process that took too long would be ended, and its work be lost."""
        for number in range(3):
            self._send(self.grant, number)
        with inside(), patch.object(unicdo_recording_cleaning, "BATCH_SECONDS", -1):
            recording = self._recording(self.grant)
            self.assertEqual([recording._clean_received() for _run in range(3)], [False, False, True])
            chunks = self.env["unicdo.recording.chunk"].search([("recording_id", "=", recording.id)])
            self.assertEqual(chunks.mapped("state"), ["clean"] * 3)

    def test_garbage_never_breaks_the_server(self):
        """REC-1: whatever comes, the answer is a refusal."""
        chance = random.Random(19)
        paths = [f"{self.grant['recording']}/0", "x/0", "%00/0", f"{self.grant['recording']}/-5", "%ud800/99999999999999999999"]
        for _round in range(150):
            body = chance.randbytes(chance.randint(0, 300))
            if chance.random() < 0.5:
                body = self.grant["token"].encode()[:chance.randint(0, 400)] + chance.choice([b"\n", b".", b""]) + body
            answer = self.opener.post(f"{self.base_url()}/recording/chunk/{chance.choice(paths)}", data=body, timeout=30)
            self.assertIn(answer.status_code, (204, 400, 401, 403, 404, 410, 413), body)

    def test_numbers_that_were_not_given_out_are_refused(self):
        self.assertEqual(self._send(self.grant, seq=PART), 400)
        self.assertEqual(self._send(self.grant, seq=10**30), 400)
        self.assertEqual(self._send(self.grant, seq=-1), 400)
        self.assertFalse(self._chunks())

    def test_a_further_page_goes_on_with_numbers_of_its_own(self):
        again = self._begin(resume=self.grant["resume"])
        self.assertEqual((again["recording"], again["base"]), (self.grant["recording"], PART))
        self.assertEqual([self._send(again), self._send(self.grant)], [204, 204])
        self.assertEqual([seq for seq, _state, _raw in self._chunks()], [0, PART])

    def test_nobody_goes_on_with_another_persons_recording(self):
        """REC-1: a recording belongs to one person and one session."""
        self.authenticate(None, None)
        self._agree(self._user_with_role("internal", login="second@example.com"))
        other = self._begin(resume=self.grant["resume"])
        self.assertNotEqual(other["recording"], self.grant["recording"])
        self.assertFalse(self._rpc("/recording/renew", resume=self.grant["recording"]))

    def test_withdrawal_stops_and_destroys_at_once(self):
        """REC-1: withdrawal stops the recording and destroys what was sent; later pieces get 410."""
        self._send(self.grant)
        recording = self._recording(self.grant)
        with inside():
            key = recording.key_id
        self.assertEqual(self._rpc("/recording/choice", choice="withdrawn")["state"], "off")
        self.assertTrue(key.sudo().destroyed_at)
        self.assertFalse(self._recording(self.grant))
        self.assertEqual(self._send(self.grant, 1), 410)
        self.assertFalse(self._begin())
        self.assertFalse(self._rpc("/recording/renew", resume=self.grant["recording"]))

    def test_an_ended_recording_takes_nothing_more(self):
        with inside():
            self._recording(self.grant).state = "ended"
        self.assertEqual(self._send(self.grant), 410)

    def test_a_recording_whose_key_is_gone_takes_nothing(self):
        with inside():
            self._recording(self.grant).key_id._destroy()
        self.assertEqual(self._send(self.grant), 410)
        self.assertFalse(self._chunks())

    def test_nothing_is_taken_past_its_date(self):
        """REC-4: from the instant of its date on a recording takes nothing."""
        self.env.cr.execute("UPDATE unicdo_recording SET destroy_at = now() AT TIME ZONE 'UTC'")
        self.assertEqual(self._send(self.grant), 410)

    def test_without_a_vault_nothing_is_recorded(self):
        """REC-1: no key, no recording, no question."""
        self.env["ir.config_parameter"].sudo().set_param("database.is_neutralized", "True")
        self.assertFalse(self._begin())
        self.assertEqual(self._send(self.grant), 503)
