# SPDX-License-Identifier: LGPL-3.0-or-later
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: fewer people than that are no crowd: nothing is kept of them
FEWEST = 5
#: cells of a heat map from left to right, and from top to bottom
COLUMNS, ROWS = 40, 25


class UnicdoRecordingAggregate(models.Model):
    """What the recordings of a month have in common, counted: outlives them, and only where at least five different people
    did the same. Names nobody and no recording."""

    _name = "unicdo.recording.aggregate"
    _inherit = ["unicdo.recording.guarded"]
    _description = "Counts of Recordings"
    _log_access = False
    _order = "month desc, kind, persons desc, id"
    _rec_name = "key"

    month = fields.Date(required=True, readonly=True, help="Its first day.")
    kind = fields.Selection(
        [("visit", "View opened"), ("click", "Clicks in a part of a view"), ("tag", "Tag"), ("step", "First step")],
        required=True, readonly=True,
    )
    key = fields.Char(
        required=True, readonly=True, help="Model and view, with clicks their column and row as well; the tag's id; the step.",
    )
    persons = fields.Integer("People", required=True, readonly=True, aggregator=None)
    count = fields.Integer("Times", required=True, readonly=True)

    _key_uniq = models.UniqueIndex("(month, kind, key)")

    @api.model
    def _alive(self):
        """These outlive the recordings."""
        return Domain.TRUE

    @api.model
    def _run_counting(self):
        """Count this month and the last one, whose recordings are all there still, anew. Called by a cron every day; may run
        twice. What was withdrawn or removed meanwhile is not counted any more."""
        now = fields.Datetime.now()
        since = now.replace(day=1, hour=0, minute=0, second=0) - relativedelta(months=1)
        self.env.cr.execute(SQL("DELETE FROM unicdo_recording_aggregate WHERE month >= %s", since.date()))
        self.env.cr.execute(SQL(
            """
            WITH alive AS (
                SELECT id, date_trunc('month', started_at)::date AS month, trial_id || ':' || person AS who, steps
                  FROM unicdo_recording WHERE destroy_at > %(now)s AND started_at >= %(since)s
            ), found AS (
                SELECT month, who, 'visit' AS kind, v.model || '|' || v.view AS key
                  FROM unicdo_recording_visit v JOIN alive a ON a.id = v.recording_id WHERE v.model <> ''
             UNION ALL
                SELECT month, who, 'click', concat_ws('|', v.model, v.view, LEAST(c.x * %(columns)s / 1000, %(columns)s - 1),
                       LEAST(c.y * %(rows)s / 1000, %(rows)s - 1))
                  FROM unicdo_recording_click c JOIN alive a ON a.id = c.recording_id
                  JOIN unicdo_recording_visit v ON v.id = c.visit_id WHERE v.model <> ''
             UNION ALL
                SELECT month, who, 'tag', n.tag_id::text
                  FROM unicdo_recording_note n JOIN alive a ON a.id = n.recording_id WHERE n.tag_id IS NOT NULL
             UNION ALL
                SELECT month, who, 'step', jsonb_object_keys(steps) FROM alive WHERE jsonb_typeof(steps) = 'object'
            )
            INSERT INTO unicdo_recording_aggregate (month, kind, key, persons, count)
            SELECT month, kind, key, count(DISTINCT who), count(*) FROM found
             GROUP BY month, kind, key HAVING count(DISTINCT who) >= %(fewest)s
            """,
            now=now, since=since, columns=COLUMNS, rows=ROWS, fewest=FEWEST,
        ))
        self.invalidate_model(flush=False)
