# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..tools.inside import inside
from .common import RecordingCase

START = 1_790_000_000_000


def view(at, model="sale.order", kind="list", route="/odoo/sales"):
    payload = {"surface": "backend", "model": model, "view": kind, "route": route}
    return {"type": 5, "timestamp": START + at, "data": {"tag": "unicdo.view", "payload": payload}}


def click(at, x=640, y=400):
    return {"type": 3, "timestamp": START + at, "data": {"source": 2, "type": 2, "id": 5, "x": x, "y": y}}


def meta(at):
    return {"type": 4, "timestamp": START + at, "data": {"href": "/odoo", "width": 1280, "height": 800}}


@tagged("post_install", "-at_install")
class TestFacts(RecordingCase):
    def setUp(self):
        super().setUp()
        self._agree(self._user_with_role("internal"))
        self.grant = self._begin()

    def _cleaned(self, *pieces):
        """The recording after these pieces, given as (number, events), came and were cleaned one by one."""
        recording = self._recording(self.grant)
        for number, events in pieces:
            self._send(self.grant, number, events)
            with inside():
                recording._clean_received()
        return recording

    FIRST = [meta(0), view(0), click(1000), view(5000, kind="form", route="/odoo/sales/new"), click(6000), click(6200)]
    SECOND = [click(6400), view(9000, kind="form", route="/odoo/sales/:id"), click(25000)]

    def _facts(self, recording):
        with inside():
            self.env.invalidate_all()
            names = ("duration", "active_seconds", "visits", "clicks", "rage_clicks", "errors", "steps", "furthest", "screen")
            visits = [(v.position, v.view, v.seconds, v.clicks) for v in recording.visit_ids]
            return {name: recording[name] for name in names}, visits

    def _check(self, recording):
        counts, visits = self._facts(recording)
        self.assertEqual(counts, {
            "duration": 25, "active_seconds": 9, "visits": 3, "clicks": 5, "rage_clicks": 1, "errors": 0,
            "steps": {"app": 0, "record": 5, "created": 9}, "furthest": "created", "screen": "desktop",
        })
        self.assertEqual(visits, [(0, "list", 5, 1), (5000, "form", 4, 3), (9000, "form", 16, 1)])

    def test_views_clicks_and_counts_are_read_from_the_pieces(self):
        self._check(self._cleaned((0, self.FIRST), (1, self.SECOND)))

    def test_a_piece_that_is_cleaned_again_counts_once(self):
        recording = self._cleaned((0, self.FIRST), (1, self.SECOND))
        with inside():
            recording._note_facts(1, self.SECOND)
            recording._note_facts(0, self.FIRST)
            recording._sum_facts()
        self._check(recording)

    def test_one_recording_fills_no_table(self):
        many = [view(at, kind=("list", "form")[at % 2]) for at in range(100)]
        recording = self._cleaned(*[(number, many) for number in range(7)])
        with inside():
            self.assertEqual(len(recording.visit_ids), 500)
            self.assertEqual(recording.visits, 700)

    def test_moments_that_cannot_be_true_break_nothing(self):
        recording = self._cleaned((0, [{**view(0), "timestamp": 0}, {**click(0), "timestamp": 9e13}, meta(0)]))
        with inside():
            self.assertEqual(recording.duration, 86_400)

    def test_past_its_date_nothing_of_it_is_found(self):
        """REC-4: from that instant neither the recording nor what it tells is found, by the program's own code neither."""
        recording = self._cleaned((0, self.FIRST))
        models = ["unicdo.recording", "unicdo.recording.visit", "unicdo.recording.click", "unicdo.recording.chunk"]
        with inside():
            self.assertTrue(all(self.env[model].sudo().search_count([]) for model in models))
        self.env.cr.execute("UPDATE unicdo_recording SET destroy_at = %s WHERE id = %s", [fields.Datetime.now(), recording.id])
        with inside():
            self.assertFalse(any(self.env[model].sudo().search_count([]) for model in models))
        self.env.cr.execute(
            "UPDATE unicdo_recording SET destroy_at = %s WHERE id = %s",
            [fields.Datetime.now() + timedelta(seconds=2), recording.id],
        )
        with inside():
            self.assertTrue(all(self.env[model].sudo().search_count([]) for model in models))
