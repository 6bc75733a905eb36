# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
import random
import time
from datetime import timedelta

import psycopg2.errors
from psycopg2.extras import Json

from odoo import api, fields, models, sql_db
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

CRON_COUNT = 4
MAX_ATTEMPTS = 6
#: starts in a row that took the whole process with them (out of memory, killed) before a row is given up
MAX_KILLS = 10
#: seconds a worker waits for a row that falls due so soon, rather than go home
SHORT_WAIT = 2
#: seconds to wait before each further attempt; the last one repeats
PAUSES = (10, 60, 300, 1800, 7200)
LOST_RACE = (psycopg2.errors.SerializationFailure, psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected)


class NotYet(Exception):
    """Raised by a handler that waits for something outside: its row comes back after a pause, and none is counted.

    :param seconds: length of the pause
    :param bool keep: whether what the handler wrote stays; by default it is undone
    """

    def __init__(self, seconds, keep=False):
        super().__init__()
        self.seconds = seconds
        self.keep = keep


class UnicdoWork(models.Model):
    """Long work, cut into rows that several Odoo processes take side by side.

    A row names the record it serves and a ``kind``; the record's model does it in ``_do_work_<kind>(work)``. Rows of
    one record run by ``stage``: a row starts only when all rows of lower stages are done. Every handler is idempotent:
    after a kill its row simply runs again. It ends well within ``limit_time_real_cron`` (two minutes by default), for
    then Odoo kills the process, and commits only by :meth:`_lease`. A model that wants to know that a row was given up
    defines ``_work_failed(work)``.
    """

    _name = "unicdo.work"
    _description = "Background Work"
    _order = "priority, id"
    _rec_name = "kind"

    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, index="btree_not_null", help="Whose record it serves. Empty: the whole database's."
    )
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
    kills = fields.Integer(readonly=True, help="Starts in a row after which the whole process was gone.")
    next_try = fields.Datetime("Next try", readonly=True)
    lease_until = fields.Datetime(readonly=True, help="Another process works on it until then.")
    error = fields.Char("What went wrong", readonly=True, help="Kind of error only: no text that could name a person.")
    title = fields.Char("What", compute="_compute_title")
    record_name = fields.Char("For", compute="_compute_title")

    _row_uniq = models.Constraint("UNIQUE(res_model, res_id, kind, key)", "This work has been planned already.")
    _todo_idx = models.Index("(priority, id) WHERE state = 'todo'")
    _record_idx = models.Index("(res_model, res_id, state, stage)")

    @api.depends("kind", "res_model", "res_id")
    def _compute_title(self):
        names = self._kind_names()
        for work in self:
            work.title = names.get(work.kind, work.kind)
            # whoever may see the work may know whom it serves
            record_sudo = work.res_model in self.env and self.env[work.res_model].sudo().browse(work.res_id).exists()
            work.record_name = record_sudo and record_sudo.display_name

    @api.model
    def _kind_names(self):
        """Kinds of work in words for people. Modules with kinds of their own widen it with ``super() | {…}``.

        :return: dict kind → a few words; a kind without words is shown as it is
        """
        return {
            "rewrap": self.env._("Wrap keys with the new key"),
            "data_map_indexes": self.env._("Build indexes of the data map"),
        }

    @api.model
    def _enqueue(self, vals_list):
        """Plan rows; those that exist already (same record, kind and key) are left as they are.

        Two transactions that plan one row at the same time collide silently; Odoo repeats the later request.

        :param list vals_list: dicts with ``res_model``, ``res_id``, ``kind`` and at will ``key``, ``payload``,
            ``stage``, ``priority``, ``size``
        :return: the rows made now
        """
        if not vals_list:
            return self.browse()
        defaults = {"key": "", "payload": None, "stage": 0, "priority": 10, "size": 1}
        columns = ("res_model", "res_id", "kind", "company_id", *defaults)
        companies = self._companies_served(vals_list)
        rest = SQL("'todo', 0, 0, %(uid)s, %(uid)s, %(now)s, %(now)s", uid=self.env.uid, now=self.env.cr.now())
        rows = []
        for vals in vals_list:
            row = defaults | vals | {"company_id": companies.get((vals["res_model"], vals["res_id"]))}
            row["payload"] = Json(row["payload"]) if row["payload"] else None
            rows.append(SQL("(%s, %s)", SQL(", ").join(SQL("%s", row[column]) for column in columns), rest))
        query = SQL(
            """
            INSERT INTO unicdo_work (%s, state, attempts, kills, create_uid, write_uid, create_date, write_date)
            VALUES %s ON CONFLICT DO NOTHING RETURNING id
            """,
            SQL(", ").join(map(SQL.identifier, columns)), SQL(", ").join(rows),
        )
        self.env.cr.execute(query, log_exceptions=False)
        ids = [row[0] for row in self.env.cr.fetchall()]
        self._wake()
        return self.sudo().browse(ids)

    @api.model
    def _companies_served(self, rows):
        """Whose records these rows serve.

        :param rows: dicts with ``res_model`` and ``res_id``
        :return: {(model, id): company id}; what serves the whole database is not in it
        """
        by_model = {}
        for row in rows:
            by_model.setdefault(row["res_model"], set()).add(row["res_id"])
        data_map = self.env["unicdo.data.map"]
        return {
            (model_name, res_id): company_id
            for model_name, ids in by_model.items() if model_name in self.env
            for res_id, company_id in data_map._own_companies(model_name, ids).items()
        }

    @api.model
    def _wake(self, at=None):
        """Ask the scheduler to start the workers once this transaction is committed, at once or at a UTC datetime."""
        names = [f"unicdo_privacy.unicdo_work_cron_{number}" for number in range(1, CRON_COUNT + 1)]
        self._trigger({cron.id for name in names if (cron := self.env.ref(name, raise_if_not_found=False))}, at)

    @api.model
    def _trigger(self, cron_ids, at=None):
        """Trigger cron records after the commit, in a transaction of its own.

        Within ours the foreign key to the cron record would collide with the scheduler, which updates these records all
        the time, and the work would have to be done again. If the process dies in between, the crons' interval helps.
        """
        postcommit = self.env.cr.postcommit
        if "unicdo_work" not in postcommit.data:
            postcommit.data["unicdo_work"] = {}
            postcommit.add(self._write_triggers)
        for cron_id in cron_ids:
            postcommit.data["unicdo_work"].setdefault(at, set()).add(cron_id)

    @api.model
    def _write_triggers(self):
        now = fields.Datetime.now()
        for at, cron_ids in self.env.cr.postcommit.data.pop("unicdo_work", {}).items():
            query = SQL(
                """
                INSERT INTO ir_cron_trigger (cron_id, call_at, create_date, write_date, create_uid, write_uid)
                SELECT c.id, %(at)s, %(now)s, %(now)s, %(uid)s, %(uid)s FROM ir_cron c
                 WHERE c.id = ANY(%(ids)s) AND c.active AND NOT EXISTS (
                       SELECT 1 FROM ir_cron_trigger t
                        WHERE t.cron_id = c.id AND t.call_at > %(now)s AND t.call_at <= %(at)s)
                """,
                at=at or now, now=now, uid=self.env.uid, ids=list(cron_ids),
            )
            for _attempt in range(5):
                try:
                    with sql_db.db_connect(self.env.cr.dbname).cursor() as cr:
                        cr.execute(query, log_exceptions=False)
                    break
                except LOST_RACE:
                    time.sleep(random.uniform(0.01, 0.1))
            if not at or at <= now:
                self.env["ir.cron"]._notifydb()

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
        self.sudo().search([
            ("res_model", "=", res_model), ("res_id", "=", res_id), ("state", "in", ("todo", "failed"))
        ]).state = "cancelled"

    @api.model
    def _run(self):
        """Work until the scheduler's slice is over or nothing is due. Called by the cron records."""
        commit_progress = self.env["ir.cron"]._commit_progress
        careful = self._was_killed()
        time_left = commit_progress(remaining=1)
        while True:
            work = self._claim()
            if work and careful:
                work = work._count_start()
            if work:
                time_left = work._work_off()
            elif not careful and not self._wait_shortly(time_left):
                return
            careful = False
            if time_left <= 0:
                # left to itself the scheduler would let a minute pass before the next slice
                self._trigger(self._my_cron_ids())
                return

    @api.model
    def _was_killed(self):
        """Whether the run before this one, of the same cron record, ended with its process."""
        progress_sudo = self.env["ir.cron.progress"].sudo().browse(self.env.context.get("ir_cron_progress_id"))
        return progress_sudo.timed_out_counter > 1

    def _count_start(self):
        """Note on a claimed row, for good, that it is about to run: what always kills its process is given up one day.

        Commits, so the row is claimed anew.

        :return: the row, or nothing if another process was faster or it is given up
        """
        self.ensure_one()
        kills = self.kills + 1
        if kills > MAX_KILLS:
            self.write({"state": "failed", "kills": 0, "error": "ProcessKilled"})
            self._tell_record()
            _logger.error("Work %s (%s of %s) ended %s processes", self.id, self.kind, self.res_model, MAX_KILLS)
        else:
            self.kills = kills
        self.env["ir.cron"]._commit_progress()
        return self._claim(self.id)

    def _work_off(self):
        """Do a claimed row and commit.

        :return: seconds left of the scheduler's slice
        """
        commit_progress = self.env["ir.cron"]._commit_progress
        try:
            self._perform()
            return commit_progress(1, remaining=1)
        except LOST_RACE:
            self.env.cr.rollback()
            return commit_progress()

    @api.model
    def _wait_shortly(self, time_left):
        """Nothing is due: wait for what falls due in a moment, and ask to be called for what falls due later.

        :return: whether it is worth looking again in this slice
        """
        self.env["ir.cron"]._commit_progress(remaining=0)
        self.env.cr.execute("""
            SELECT min(GREATEST(next_try, lease_until)) FROM unicdo_work
             WHERE state = 'todo' AND GREATEST(next_try, lease_until) > now() AT TIME ZONE 'UTC'
        """)
        due = self.env.cr.fetchone()[0]
        seconds = due and (due - fields.Datetime.now()).total_seconds()
        if not due or seconds > min(SHORT_WAIT, time_left):
            if due:
                self._trigger(self._my_cron_ids(), due)
            return False
        self.env.cr.commit()  # pylint: disable=invalid-commit
        time.sleep(max(seconds, 0) + random.uniform(0.01, 0.1))
        return True

    @api.model
    def _my_cron_ids(self):
        return [cron_id] if (cron_id := self.env.context.get("cron_id")) else []

    @api.model
    def _claim(self, work_id=None):
        """Lock one due row, or say there is none. Must be the first statement of its transaction: the snapshot of
        REPEATABLE READ is taken here, so a row finished by another process meanwhile cannot be taken a second time.

        A lost race means that another process got on, so trying again comes to an end.
        """
        cr = self.env.cr
        while True:
            try:
                cr.execute(self._claim_query(work_id), log_exceptions=False)
            except LOST_RACE:
                cr.rollback()
                time.sleep(random.uniform(0, 0.01))
                continue
            return self.sudo().browse([row[0] for row in cr.fetchall()])

    @api.model
    def _claim_query(self, work_id=None):
        now = fields.Datetime.now()
        return SQL(
            """
            SELECT w.id FROM unicdo_work w
             WHERE w.state = 'todo' AND %(which)s
               AND (w.next_try IS NULL OR w.next_try <= %(now)s)
               AND (w.lease_until IS NULL OR w.lease_until <= %(now)s)
               AND NOT EXISTS (
                   SELECT 1 FROM unicdo_work b
                    WHERE b.res_model = w.res_model AND b.res_id = w.res_id
                      AND b.stage < w.stage AND b.state IN ('todo', 'failed'))
             ORDER BY w.priority, w.id LIMIT 1
               FOR NO KEY UPDATE OF w SKIP LOCKED
            """,
            now=now, which=SQL("w.id = %s", work_id) if work_id else SQL("true"),
        )

    def _perform(self):
        """Do one claimed row in a savepoint and note how it went; never raises for the work's own errors."""
        self.ensure_one()
        guard = [self.env.cr.savepoint()]
        try:
            state = "done" if self.with_context(unicdo_work_guard=guard)._call_handler() else "cancelled"
            self.write({"state": state, "error": False, "lease_until": False, "kills": 0})
            guard[0].close(rollback=False)
        except NotYet as pause:
            guard[0].close(rollback=not pause.keep)
            next_try = fields.Datetime.now() + timedelta(seconds=pause.seconds)
            self.write({"next_try": next_try, "lease_until": False, "kills": 0})
        except Exception as error:  # noqa: BLE001 - one row's failure must not stop the others
            guard[0].close(rollback=True)
            self._note_failure(error, counts=not isinstance(error, LOST_RACE))
        else:
            self._wake_for_next_stage()

    def _call_handler(self):
        """:return: whether the record the row serves still exists, and so the work was done"""
        record = self.res_model in self.env and self.env[self.res_model].sudo().browse(self.res_id).exists()
        if record:
            getattr(record, f"_do_work_{self.kind}")(self)
        return bool(record)

    def _wake_for_next_stage(self):
        """Call back the workers that went home because all that was left waited for the last rows of this stage.

        The last few rows may end at the same time without knowing of each other, so each of them calls.
        """
        self.env.cr.execute(SQL(
            """
            WITH record_rows AS (
                SELECT stage FROM unicdo_work
                 WHERE res_model = %(model)s AND res_id = %(id)s AND state = 'todo' ORDER BY stage LIMIT %(few)s + 1)
            SELECT 1 FROM record_rows HAVING count(*) FILTER (WHERE stage <= %(stage)s) < %(few)s
               AND count(*) FILTER (WHERE stage > %(stage)s) > 0
            """,
            model=self.res_model, id=self.res_id, stage=self.stage, few=CRON_COUNT,
        ))
        if self.env.cr.rowcount:
            self._wake()

    def _note_failure(self, error, counts=True):
        attempts = self.attempts + counts
        failed = attempts >= MAX_ATTEMPTS
        pause = PAUSES[min(attempts, len(PAUSES)) - 1] if attempts else 1
        self.write({
            "attempts": attempts,
            "state": "failed" if failed else "todo",
            "next_try": fields.Datetime.now() + timedelta(seconds=pause),
            "lease_until": False,
            "kills": 0,
            "error": type(error).__name__,
        })
        if failed:
            self._tell_record()
        if counts:
            trace = "".join(self._where(error))
            _logger.log(
                logging.ERROR if failed else logging.INFO,
                "Work %s (%s of %s) failed %s times: %s%s",
                self.id, self.kind, self.res_model, attempts, type(error).__name__, trace,
            )

    def _tell_record(self):
        """Let the record know that this row waits for a person now."""
        record = self.env[self.res_model].sudo().browse(self.res_id).exists()
        if record and hasattr(record, "_work_failed"):
            record._work_failed(self)

    @staticmethod
    def _where(error):
        """The places an error came by, without its text: texts may quote personal data."""
        trace = error.__traceback__
        while trace:
            code = trace.tb_frame.f_code
            yield f"\n  {code.co_filename}:{trace.tb_lineno} {code.co_name}"
            trace = trace.tb_next

    def _lease(self, seconds):
        """Keep this row for work that commits in between; others leave it alone until the lease is over.

        Commits what the row has done so far. Call again before the lease ends to prolong it; only from a handler.
        """
        self.ensure_one()
        guard = self.env.context["unicdo_work_guard"]
        guard[0].close(rollback=False)
        self.lease_until = fields.Datetime.now() + timedelta(seconds=seconds)
        self.env["ir.cron"]._commit_progress()
        guard[0] = self.env.cr.savepoint()

    def write(self, vals):
        """Refused by RPC: a row says what is done to which record, with all rights."""
        if not self.env.su:
            raise AccessError(self.env._("Background work is not edited. Try again what has failed."))
        return super().write(vals)

    def action_retry(self):
        """Try failed rows again, from the first attempt."""
        self.check_access("write")
        if self.filtered(lambda row: row.state != "failed"):
            raise UserError(self.env._("Only failed work can be tried again. The rest runs by itself."))
        self.sudo().write({"state": "todo", "attempts": 0, "kills": 0, "next_try": False, "error": False})
        self._wake()

    @api.autovacuum
    def _gc_done(self):
        """Forget finished rows after 30 days."""
        limit = fields.Datetime.now() - timedelta(days=30)
        self.sudo().search(
            [("state", "in", ("done", "cancelled")), ("write_date", "<", limit)], limit=10000
        ).unlink()
