# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

CRON_COUNT = 4
MAX_ATTEMPTS = 6
#: seconds to wait before each further attempt; the last one repeats
PAUSES = (10, 60, 300, 1800, 7200)
LOST_RACE = (psycopg2.errors.SerializationFailure, psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected)


class UnicdoWork(models.Model):
    """Long work, cut into rows that several Odoo processes take side by side.

    A row names the record it serves and a ``kind``; the record's model does it in ``_do_work_<kind>(work)``. Rows of one
    record run by ``stage``: a row starts only when all rows of lower stages are done. Every handler is idempotent: after
    a kill its row simply runs again.
    """

    _name = "unicdo.work"
    _description = "Background Work"
    _order = "priority, id"
    _rec_name = "kind"

    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True)
    key = fields.Char(required=True, readonly=True, default="", help="Tells rows of one kind and record apart.")
    payload = fields.Json(readonly=True)
    stage = fields.Integer(readonly=True)
    priority = fields.Integer(default=10, readonly=True)
    size = fields.Integer(default=1, readonly=True, help="Weight of the row in the progress shown to people.")
    state = fields.Selection(
        [("todo", "Waiting"), ("done", "Done"), ("failed", "Failed"), ("cancelled", "Cancelled")],
        default="todo",
        required=True,
        readonly=True,
    )
    attempts = fields.Integer(readonly=True)
    next_try = fields.Datetime(readonly=True)
    lease_until = fields.Datetime(readonly=True, help="Another process works on it until then.")
    error = fields.Char("What went wrong", readonly=True, help="Kind of error only: no text that could name a person.")

    _row_uniq = models.Constraint("UNIQUE(res_model, res_id, kind, key)", "This work has been planned already.")
    _todo_idx = models.Index("(priority, id) WHERE state = 'todo'")
    _record_idx = models.Index("(res_model, res_id, stage, state)")

    @api.model
    def _enqueue(self, vals_list):
        """Plan rows; those that exist already (same record, kind and key) are left as they are.

        :param list vals_list: dicts with ``res_model``, ``res_id``, ``kind`` and at will ``key``, ``payload``, ``stage``,
            ``priority``, ``size``
        :return: the rows made now
        """
        work_sudo = self.sudo()
        fresh = []
        by_record = {}
        for vals in vals_list:
            by_record.setdefault((vals["res_model"], vals["res_id"]), []).append(vals)
        for (res_model, res_id), record_vals in by_record.items():
            rows = work_sudo.search([("res_model", "=", res_model), ("res_id", "=", res_id)])
            known = {(row.kind, row.key) for row in rows}
            for vals in record_vals:
                identity = (vals["kind"], vals.get("key", ""))
                if identity not in known:
                    known.add(identity)
                    fresh.append(vals)
        self._wake()
        return work_sudo.create(fresh)

    @api.model
    def _wake(self, at=None):
        """Ask the scheduler to start the workers, at once or at a UTC datetime."""
        for number in range(1, CRON_COUNT + 1):
            cron_sudo = self.env.ref(f"unicdo_privacy.unicdo_work_cron_{number}", raise_if_not_found=False)
            if cron_sudo:
                cron_sudo.sudo()._trigger(at)

    @api.model
    def _progress(self, res_model, res_id):
        """How far the work on one record is.

        :return: dict ``done`` and ``total`` (sums of ``size``), ``failed`` (rows that wait for a person)
        """
        rows = self.sudo()._read_group(
            [("res_model", "=", res_model), ("res_id", "=", res_id), ("state", "!=", "cancelled")],
            ["state"],
            ["size:sum", "__count"],
        )
        sizes = {state: size for state, size, _count in rows}
        return {
            "done": sizes.get("done", 0),
            "total": sum(sizes.values()),
            "failed": sum(count for state, _size, count in rows if state == "failed"),
        }

    @api.model
    def _cancel(self, res_model, res_id):
        """Take back what is not done of one record's work."""
        rows = self.sudo().search([("res_model", "=", res_model), ("res_id", "=", res_id)])
        rows.filtered(lambda row: row.state in ("todo", "failed")).state = "cancelled"

    @api.model
    def _run(self):
        """Work until the scheduler's slice is over or nothing is due. Called by the cron records."""
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=1)
        time_left = 1
        while time_left > 0:
            work = self._claim()
            if not work:
                commit_progress(remaining=0)
                self._wake_for_retries()
                return
            work._perform()
            time_left = commit_progress(1, remaining=1)

    @api.model
    def _claim(self):
        """Lock one due row, or say there is none. Must be the first statement of its transaction: the snapshot of
        REPEATABLE READ is taken here, so a row finished by another process meanwhile cannot be taken a second time."""
        cr = self.env.cr
        for _attempt in range(10):
            try:
                cr.execute(self._claim_query(), log_exceptions=False)
            except LOST_RACE:
                cr.rollback()
                continue
            return self.sudo().browse([row[0] for row in cr.fetchall()])
        return self.browse()

    @api.model
    def _claim_query(self):
        now = fields.Datetime.now()
        return SQL(
            """
            SELECT w.id FROM unicdo_work w
             WHERE w.state = 'todo'
               AND (w.next_try IS NULL OR w.next_try <= %(now)s)
               AND (w.lease_until IS NULL OR w.lease_until <= %(now)s)
               AND NOT EXISTS (
                   SELECT 1 FROM unicdo_work b
                    WHERE b.res_model = w.res_model AND b.res_id = w.res_id
                      AND b.stage < w.stage AND b.state IN ('todo', 'failed'))
             ORDER BY w.priority, w.id LIMIT 1
               FOR NO KEY UPDATE OF w SKIP LOCKED
            """,
            now=now,
        )

    def _perform(self):
        """Do one claimed row in a savepoint and note how it went; never raises for the work's own errors."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                record = self.env[self.res_model].sudo().browse(self.res_id).exists()
                if record:
                    getattr(record, f"_do_work_{self.kind}")(self)
                self.write({"state": "done" if record else "cancelled", "error": False, "lease_until": False})
        except LOST_RACE as error:
            self._note_failure(error, counts=False)
        except Exception as error:  # noqa: BLE001 - one row's failure must not stop the others
            self._note_failure(error)

    def _note_failure(self, error, counts=True):
        attempts = self.attempts + counts
        failed = attempts >= MAX_ATTEMPTS
        pause = PAUSES[min(attempts, len(PAUSES)) - 1] if attempts else 1
        self.write({
            "attempts": attempts,
            "state": "failed" if failed else "todo",
            "next_try": fields.Datetime.now() + timedelta(seconds=pause),
            "lease_until": False,
            "error": type(error).__name__,
        })
        if counts:
            trace = "".join(self._where(error))
            _logger.log(
                logging.ERROR if failed else logging.INFO,
                "Work %s (%s of %s) failed %s times: %s%s",
                self.id, self.kind, self.res_model, attempts, type(error).__name__, trace,
            )

    @staticmethod
    def _where(error):
        """The places an error came by, without its text: texts may quote personal data."""
        trace = error.__traceback__
        while trace:
            code = trace.tb_frame.f_code
            yield f"\n  {code.co_filename}:{trace.tb_lineno} {code.co_name}"
            trace = trace.tb_next

    @api.model
    def _wake_for_retries(self):
        next_row = self.sudo().search(
            [("state", "=", "todo"), ("next_try", ">", fields.Datetime.now())], order="next_try", limit=1
        )
        if next_row:
            self._wake(next_row.next_try)

    def _lease(self, seconds):
        """Keep this row for work that commits in between; others leave it alone until the lease is over.

        Commits. Call again before the lease ends to prolong it.
        """
        self.ensure_one()
        self.lease_until = fields.Datetime.now() + timedelta(seconds=seconds)
        self.env["ir.cron"]._commit_progress()

    def action_retry(self):
        """Try failed rows again, from the first attempt."""
        self.check_access("write")
        if self.filtered(lambda row: row.state != "failed"):
            raise UserError(self.env._("Only failed work can be tried again. The rest runs by itself."))
        self.sudo().write({"state": "todo", "attempts": 0, "next_try": False, "error": False})
        self._wake()

    @api.autovacuum
    def _gc_done(self):
        """Forget finished rows after 30 days."""
        limit = fields.Datetime.now() - timedelta(days=30)
        self.sudo().search(
            [("state", "in", ("done", "cancelled")), ("write_date", "<", limit)], limit=10000
        ).unlink()
