# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import DsarCase


@tagged("post_install", "-at_install")
class TestAnswer(DsarCase):
    """DSR-1: internal notes and personnel records are read by somebody, then follow in a second part."""

    def setUp(self):
        super().setUp()
        self.notes = [
            self._say(self.ann, "Pays late, says Carl of Works", note=True),
            self._say(self.ann, "Carl is ill", note=True),
            self._say(self.ann, "Nice person", note=True),
        ]
        self.request = self._answer()
        self.lines = {
            note.id: self.request.review_ids.filtered(
                lambda line, note=note: line._source_model() == "mail.message" and line.res_id == note.id
            )
            for note in self.notes
        }

    def _decide(self):
        late, ill, nice = (self.lines[note.id] for note in self.notes)
        self.request.review_ids.action_include()
        late.write({"decision": "redact", "phrases": "Carl\nWorks"})
        ill.write({"decision": "leave_out", "reason": "It is about somebody else's health."})
        return late, ill, nice

    def test_each_decision_ends_in_the_second_part(self):
        self._decide()
        self.request.action_release()
        self._run_jobs()
        self.assertEqual(self.request.state, "answered")
        second = self.request.package_ids.filtered(lambda package: package.part == "second")
        text = self._text(self._zip(second))
        self.assertIn("Pays late, says █████ of █████", text)
        self.assertIn("Nice person", text)
        self.assertNotIn("Carl", text)
        self.assertIn("It is about somebody else&#39;s health.", text)
        self.assertEqual(len(self.mails), 2)

    def test_nothing_is_released_before_all_is_decided(self):
        with self.assertRaisesRegex(UserError, "still to be decided"):
            self.request.action_release()

    def test_leaving_out_needs_a_reason_and_blacking_out_needs_words(self):
        line = self.lines[self.notes[0].id]
        with self.assertRaises(ValidationError):
            line.decision = "leave_out"
        with self.assertRaises(ValidationError):
            line.decision = "redact"

    def test_preview_shows_what_she_would_read(self):
        late, _ill, _nice = self._decide()
        with self._reading(self.request) as lines:
            preview = (lines & late).preview
        self.assertIn("█████", preview)
        self.assertNotIn("Carl", preview)

    def test_lines_of_a_review_can_be_told_apart(self):
        """Each line names its record; one without a name of its own shows its number."""
        line = self.lines[self.notes[0].id]
        self.assertEqual(line.title, f"#{self.notes[0].id}")
        self.notes[0].subject = "Late payments"
        line.invalidate_recordset(["title"])
        self.assertEqual(line.title, "Late payments")

    def test_reading_for_review_is_logged(self):
        """GOV-5: every read of a person's record is logged."""
        self.env.cr.execute("SELECT count(*) FROM unicdo_ledger_event WHERE kind = 'dsar.review.read'")
        before = self.env.cr.fetchone()[0]
        with self._reading(self.request) as lines:
            self.assertIn("Pays late", (lines & self.lines[self.notes[0].id]).preview)
        self.env.cr.execute("SELECT count(*) FROM unicdo_ledger_event WHERE kind = 'dsar.review.read'")
        self.assertEqual(self.env.cr.fetchone()[0], before + 1)

    def test_decisions_are_over_once_released(self):
        self._decide()
        self.request.action_release()
        self._run_jobs()
        with self.assertRaisesRegex(UserError, "over"):
            self.lines[self.notes[0].id].decision = "include"

    def test_words_blacked_out_are_forgotten_when_the_request_closes(self):
        late, _ill, _nice = self._decide()
        self.request.action_release()
        self._run_jobs()
        self.request._close()
        self.assertFalse(late.phrases)

    def test_files_of_notes_are_reviewed_too(self):
        note = self._say(self.joann, "x", note=True)
        self.assertTrue(note)
        self.request.review_ids.action_include()
        self.request.refusal_reason = "-"
        self.request.action_refuse()
        self._say(self.ann, "see file", note=True, attachments=[("internal.txt", b"internal content")])
        request = self._answer()
        self.assertNotIn("internal content", self._text(self._zip(request.package_ids)))
        file_line = request.review_ids.filtered(lambda line: line._source_model() == "ir.attachment")
        with self.assertRaises(ValidationError):
            file_line[:1].write({"decision": "redact", "phrases": "x"})
        request.review_ids.action_include()
        request.action_release()
        self._run_jobs()
        second = request.package_ids.filtered(lambda package: package.part == "second")
        self.assertIn("internal content", self._text(self._zip(second)))
