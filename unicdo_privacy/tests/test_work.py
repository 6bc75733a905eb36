# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib
import logging
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.unicdo_privacy.models import unicdo_work
from odoo.addons.unicdo_privacy.models.unicdo_work import MAX_ATTEMPTS, MAX_KILLS, NotYet, UnicdoWork

from .common import PrivacyCase


@tagged("post_install", "-at_install")
class TestWork(PrivacyCase):
    """Long work in rows (DESIGN 6). What only several processes show is in tests/faults."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner, cls.other = cls.env["res.partner"].create([{"name": "One"}, {"name": "Two"}])
        cls.cron = cls.env.ref("unicdo_privacy.unicdo_work_cron_1")
        cls.env["unicdo.work"].search([]).unlink()
        cls.calls = []

    def setUp(self):
        super().setUp()
        self.calls.clear()
        self.handler = lambda record, work: self.calls.append((record.id, work.key))
        handler = self

        def _do_work_probe(record, work):
            handler.handler(record, work)

        partner_class = type(self.env["res.partner"])
        partner_class._do_work_probe = _do_work_probe
        self.addCleanup(delattr, partner_class, "_do_work_probe")
        self.startPatcher(patch.object(UnicdoWork, "_write_triggers", lambda work: None))

    def plan(self, *rows, partner=None):
        record = partner or self.partner
        return self.env["unicdo.work"]._enqueue([
            {"res_model": "res.partner", "res_id": record.id, "kind": "probe", **row} for row in rows
        ])

    def run_jobs(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_an_officer_reads_what_is_done_and_for_whom(self):
        row = self.plan({"key": "a"}).with_user(self._user_with_role("officer"))
        self.assertEqual((row.title, row.record_name), ("probe", "One"))
        with patch.object(UnicdoWork, "_kind_names", lambda work: {"probe": "Try it"}):
            row.invalidate_recordset()
            self.assertEqual(row.title, "Try it")

    def test_each_row_is_done_once_in_order_of_priority(self):
        rows = self.plan({"key": "late", "priority": 20}, {"key": "a"}, {"key": "b"})
        self.run_jobs()
        self.run_jobs()
        self.assertEqual([key for _id, key in self.calls], ["a", "b", "late"])
        self.assertEqual(set(rows.mapped("state")), {"done"})

    def test_planning_twice_plans_once(self):
        first = self.plan({"key": "a", "payload": {"ids": [1]}}, {"key": "b"}, {"key": "a"})
        again = self.plan({"key": "a"}, {"key": "c"})
        self.assertEqual(first.mapped("key"), ["a", "b"])
        self.assertEqual(first[0].payload, {"ids": [1]})
        self.assertEqual(again.mapped("key"), ["c"])
        self.assertFalse(self.env["unicdo.work"]._enqueue([]))

    def test_a_stage_waits_for_the_stages_below(self):
        self.plan({"key": "last", "stage": 2}, {"key": "mid", "stage": 1}, {"key": "first"})
        self.run_jobs()
        self.assertEqual([key for _id, key in self.calls], ["first", "mid", "last"])

    def test_a_failed_row_stops_what_depends_on_it_and_nothing_else(self):
        def fail_on_bad(record, work):
            self.calls.append((record.id, work.key))
            if work.key == "bad":
                self.partner.name = "half done"
                self.partner.flush_recordset()
                raise ValueError("somebody@example.com")

        self.handler = fail_on_bad
        bad, _after = self.plan({"key": "bad"}, {"key": "after", "stage": 1})
        good = self.plan({"key": "good"}, partner=self.other)
        with self.assertLogs(unicdo_work.__name__, logging.INFO) as logs:
            self.run_jobs()
        self.assertEqual(self.calls, [(self.partner.id, "bad"), (self.other.id, "good")])
        self.assertEqual((good.state, bad.state, bad.attempts, bad.error), ("done", "todo", 1, "ValueError"))
        self.assertEqual(self.partner.name, "One", "what the failed row did is undone")
        self.assertNotIn("example.com", "".join(logs.output), "error texts may name people")

    def test_a_row_that_keeps_failing_waits_for_a_person(self):
        self.handler = lambda record, work: 1 / 0
        row = self.plan({})
        with self.assertLogs(unicdo_work.__name__, logging.INFO) as logs:
            for _attempt in range(MAX_ATTEMPTS + 1):
                row.next_try = False
                self.run_jobs()
        self.assertEqual((row.state, row.attempts, row.error), ("failed", MAX_ATTEMPTS, "ZeroDivisionError"))
        self.assertEqual([record.levelname for record in logs.records], ["INFO"] * (MAX_ATTEMPTS - 1) + ["ERROR"])
        self.handler = lambda record, work: None
        row.with_user(self._user_with_role("officer")).action_retry()
        self.run_jobs()
        self.assertEqual(row.state, "done")

    def test_pauses_grow(self):
        self.handler = lambda record, work: 1 / 0
        row = self.plan({})
        pauses = []
        for _attempt in range(MAX_ATTEMPTS - 1):
            row.next_try = False
            with self.assertLogs(unicdo_work.__name__, logging.INFO):
                self.run_jobs()
            pauses.append(round((row.next_try - row.write_date).total_seconds()))
        self.assertEqual(pauses, sorted(pauses))
        self.assertAlmostEqual(pauses[0], 10, delta=1)
        self.assertAlmostEqual(pauses[-1], 7200, delta=1)

    def test_a_row_that_waits_comes_back_uncounted_and_keeps_its_notes_only_if_it_says_so(self):
        def wait(record, work):
            record.name = "noted"
            record.flush_recordset()
            raise NotYet(600, keep=work.key == "keep")

        self.handler = wait
        rows = self.plan({"key": "keep"}) | self.plan({"key": "undo"}, partner=self.other)
        for _time in range(MAX_ATTEMPTS + 1):
            rows.next_try = False
            self.run_jobs()
        self.assertEqual([(row.state, row.attempts) for row in rows], [("todo", 0)] * 2)
        self.assertAlmostEqual((rows[0].next_try - rows[0].write_date).total_seconds(), 600, delta=1)
        self.assertEqual((self.partner.name, self.other.name), ("noted", "Two"))

    def test_only_failed_rows_are_tried_again_by_hand(self):
        row = self.plan({})
        with self.assertRaises(UserError):
            row.with_user(self._user_with_role("officer")).action_retry()
        with self.assertRaises(AccessError):
            row.with_user(self._user_with_role("internal")).action_retry()

    def test_a_lease_commits_and_keeps_the_rest_in_a_savepoint(self):
        def lease_then_fail(record, work):
            record.name = "kept"
            work._lease(60)
            self.assertGreater(work.lease_until, fields.Datetime.now())
            record.name = "undone"
            record.flush_recordset()
            if work.key == "bad":
                raise ValueError

        self.handler = lease_then_fail
        bad, good = self.plan({"key": "bad"}), self.plan({"key": "good"}, partner=self.other)
        with self.assertLogs(unicdo_work.__name__, logging.INFO):
            self.run_jobs()
        self.assertEqual((self.partner.name, self.other.name), ("kept", "undone"))
        self.assertEqual((bad.state, bad.lease_until, good.state), ("todo", False, "done"))

    def test_a_leased_row_is_left_alone_until_the_lease_is_over(self):
        row = self.plan({})
        row.lease_until = fields.Datetime.now() + timedelta(minutes=1)
        self.run_jobs()
        self.assertFalse(self.calls)
        row.lease_until = fields.Datetime.now() - timedelta(minutes=1)
        self.run_jobs()
        self.assertEqual(row.state, "done")

    def test_the_end_of_a_pause_or_lease_wakes_the_workers(self):
        later = fields.Datetime.now() + timedelta(minutes=7)
        self.plan({"key": "leased"}).lease_until = later
        self.plan({"key": "paused"}).next_try = later + timedelta(minutes=1)
        with patch.object(UnicdoWork, "_trigger") as trigger:
            self.run_jobs()
        trigger.assert_called_once_with([self.cron.id], later.replace(microsecond=0))

    def test_a_short_pause_is_waited_for(self):
        row = self.plan({})
        row.next_try = fields.Datetime.now() + timedelta(seconds=1)
        self.run_jobs()
        self.assertEqual(row.state, "done")

    def test_workers_are_called_back_when_a_stage_is_nearly_done(self):
        self.plan({"key": "first"}, {"key": "second", "stage": 1}, {"key": "third", "stage": 1})
        with patch.object(UnicdoWork, "_wake") as wake:
            self.run_jobs()
        self.assertEqual(wake.call_count, 1)

    def test_work_of_a_deleted_record_or_model_is_cancelled(self):
        gone = self.plan({}, partner=self.env["res.partner"].create({"name": "Gone"}))
        self.env["res.partner"].browse(gone.res_id).unlink()
        unknown = self.env["unicdo.work"]._enqueue([{"res_model": "no.such.model", "res_id": 1, "kind": "probe"}])
        self.run_jobs()
        self.assertEqual((gone | unknown).mapped("state"), ["cancelled"] * 2)

    def test_a_row_that_always_ends_the_process_is_given_up(self):
        class Killed(BaseException):
            """Stands for a killed process: nothing after it runs."""

        def kill(record, work):
            self.calls.append((record.id, work.key))
            if work.key == "poison":
                raise Killed

        self.handler = kill
        poison, innocent = self.plan({"key": "poison"}, {"key": "innocent", "priority": 20})
        with patch.object(UnicdoWork, "_was_killed", return_value=True), self.assertLogs(unicdo_work.__name__, logging.ERROR):
            for _start in range(MAX_KILLS):
                # Odoo's assertRaises would roll the counter back
                with patch.object(IrCron, "_commit_progress", return_value=10), contextlib.suppress(Killed):
                    self.env["unicdo.work"]._run()
            self.run_jobs()
        self.assertEqual([key for _id, key in self.calls], ["poison"] * MAX_KILLS + ["innocent"])
        self.assertEqual((poison.state, poison.error, innocent.state), ("failed", "ProcessKilled", "done"))

    def test_progress_counts_the_size_of_the_rows(self):
        self.plan({"key": "a", "size": 3}, {"key": "b", "size": 7, "stage": 1})
        rows = self.env["unicdo.work"].search([])
        rows[0].state = "done"
        self.assertEqual(self.env["unicdo.work"]._progress("res.partner", self.partner.id),
                         {"done": 3, "total": 10, "failed": 0})
        self.env["unicdo.work"]._cancel("res.partner", self.partner.id)
        self.assertEqual(rows.mapped("state"), ["done", "cancelled"])
