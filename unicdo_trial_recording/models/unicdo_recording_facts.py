# SPDX-License-Identifier: LGPL-3.0-or-later
import json
import math
from dataclasses import asdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import insight

#: rows of one recording; the pieces that come later are counted, not shown one by one
MOST_VISITS, MOST_CLICKS = 500, 5_000
#: windows narrower than that are a phone's, and a tablet's
PHONE, TABLET = 768, 1200
DAY_SECONDS = 86_400


class UnicdoRecording(models.Model):
    """What can be looked for: read from each piece as it is cleaned, and summed up."""

    _inherit = "unicdo.recording"

    origin = fields.Float("First event", readonly=True, aggregator=None, help="Milliseconds since 1970, by the browser's clock.")
    active_seconds = fields.Integer(
        "Active seconds", readonly=True, aggregator="avg", help="Without pauses of more than ten seconds."
    )
    visits = fields.Integer("Views opened", readonly=True, aggregator="avg")
    steps = fields.Json("First steps", readonly=True, help="Step, and seconds from the start when it was first taken.")
    furthest = fields.Selection(
        [
            ("app", "Opened an app"), ("record", "Opened a record"), ("created", "Created a record"),
            ("sent", "Came to send a document"),
        ],
        string="Furthest step", readonly=True,
    )
    sheets = fields.Json("Style sheets", readonly=True, groups=fields.NO_ACCESS)
    screen = fields.Selection(
        [("phone", "Phone"), ("tablet", "Tablet or small window"), ("desktop", "Desktop")],
        compute="_compute_screen", store=True,
    )
    minutes = fields.Float("Length in minutes", compute="_compute_minutes")
    days_left = fields.Integer("Days left", compute="_compute_days_left")
    watched_count = fields.Integer("Times watched", compute="_compute_watched_count")

    @api.depends("width")
    def _compute_screen(self):
        for recording in self:
            width = recording.width
            recording.screen = width and ("phone" if width < PHONE else "tablet" if width < TABLET else "desktop")

    @api.depends("duration")
    def _compute_minutes(self):
        for recording in self:
            recording.minutes = recording.duration / 60

    @api.depends("destroy_at")
    def _compute_days_left(self):
        now = fields.Datetime.now()
        for recording in self:
            left = (recording.destroy_at - now).total_seconds() if recording.destroy_at else 0
            recording.days_left = max(math.ceil(left / DAY_SECONDS), 0)

    @api.depends("view_ids")
    def _compute_watched_count(self):
        counts = dict(self.env["unicdo.recording.view"]._read_group(
            [("recording_id", "in", self.ids)], ["recording_id"], ["__count"]
        ))
        for recording in self:
            recording.watched_count = counts.get(recording, 0)

    def action_watch(self):
        """Go to the page where the recording is watched, which asks first."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/recording/watch/{self.uuid}", "target": "self"}

    # ---------------------------------------------------------------- piece by piece

    def _note_facts(self, seq, events):
        """Keep what a cleaned piece tells; one that is cleaned again replaces what it told before.

        :param int seq: the piece's number
        :param list events: cleaned events, in order
        """
        found = insight.facts(events, self._carried_to(seq))
        self.env.cr.execute(SQL("DELETE FROM unicdo_recording_visit WHERE recording_id = %s AND seq = %s", self.id, seq))
        self.env.cr.execute(SQL("DELETE FROM unicdo_recording_click WHERE recording_id = %s AND seq = %s", self.id, seq))
        self._add_rows("unicdo_recording_visit", seq, found.visits, MOST_VISITS)
        self._add_rows("unicdo_recording_click", seq, found.clicks, MOST_CLICKS)
        told = {
            "first": found.first, "last": found.last, "active": found.active, "visits": len(found.visits),
            "clicks": len(found.clicks), "rage": found.rage, "errors": found.errors, "steps": found.steps,
            "sheets": found.sheets, "carried": found.carried,
        }
        self.env.cr.execute(SQL(
            "UPDATE unicdo_recording_chunk SET facts = %s WHERE recording_id = %s AND seq = %s", json.dumps(told), self.id, seq
        ))

    def _carried_to(self, seq):
        """What the piece before has left to tell."""
        self.env.cr.execute(SQL(
            """SELECT facts -> 'carried' FROM unicdo_recording_chunk
                WHERE recording_id = %s AND seq < %s AND facts IS NOT NULL ORDER BY seq DESC LIMIT 1""", self.id, seq
        ))
        row = self.env.cr.fetchone()
        return row[0] if row else {}

    def _add_rows(self, table, seq, found, most):
        """Insert rows of visits or clicks as long as there are not too many of this recording."""
        self.env.cr.execute(SQL("SELECT count(*) FROM %s WHERE recording_id = %s", SQL.identifier(table), self.id))
        room = max(most - self.env.cr.fetchone()[0], 0)
        rows = [{"recording_id": self.id, "seq": seq, **asdict(item)} for item in found[:room]]
        if rows:
            self.env.cr.execute(SQL(
                "INSERT INTO %s (%s) VALUES %s", SQL.identifier(table), SQL(", ").join(map(SQL.identifier, rows[0])),
                SQL(", ").join(tuple(row.values()) for row in rows),
            ))

    # ---------------------------------------------------------------- in all

    def _sum_facts(self):
        """Sum up what the pieces have told so far. Called when some were cleaned; may be called again."""
        self._hold()
        self.env.cr.execute(SQL(
            "SELECT facts FROM unicdo_recording_chunk WHERE recording_id = %s AND facts IS NOT NULL", self.id
        ))
        told = [row[0] for row in self.env.cr.fetchall() if row[0]["first"] is not None]
        if not told:
            return
        first, last = min(item["first"] for item in told), max(item["last"] for item in told)
        steps = {}
        for item in told:
            for step, at in item["steps"].items():
                steps[step] = min(at, steps.get(step, at))
        sheets = sorted({path for item in told for path in item["sheets"]})[:insight.MOST_SHEETS]
        self.write({
            "origin": first,
            "duration": min(last - first, insight.MOST_MS) // 1000,
            "active_seconds": min(sum(item["active"] for item in told), insight.MOST_MS) // 1000,
            "clicks": sum(item["clicks"] for item in told),
            "visits": sum(item["visits"] for item in told),
            "rage_clicks": sum(item["rage"] for item in told),
            "errors": sum(item["errors"] for item in told),
            "steps": {step: int((at - first) // 1000) for step, at in steps.items()},
            "furthest": insight.furthest(steps),
            "sheets": sheets,
        })
        self.flush_recordset()
        self._place_rows(first, last)
        self.env["unicdo.recording.sheet"]._keep(sheets)

    def _place_rows(self, first, last):
        """Say of each view how long it was open, and of each click in which one it was."""
        most = insight.MOST_MS
        self.env.cr.execute(SQL(
            """UPDATE unicdo_recording_click c
                  SET position = LEAST(GREATEST(c.at - %(first)s, 0), %(most)s)::int,
                      visit_id = (SELECT v.id FROM unicdo_recording_visit v
                                   WHERE v.recording_id = %(id)s AND v.at <= c.at ORDER BY v.at DESC, v.id DESC LIMIT 1)
                WHERE c.recording_id = %(id)s""",
            id=self.id, first=first, most=most,
        ))
        self.env.cr.execute(SQL(
            """UPDATE unicdo_recording_visit v
                  SET position = LEAST(GREATEST(v.at - %(first)s, 0), %(most)s)::int,
                      seconds = LEAST(GREATEST(o.until - v.at, 0), %(most)s)::int / 1000,
                      clicks = (SELECT count(*) FROM unicdo_recording_click c WHERE c.visit_id = v.id)
                 FROM (SELECT id, COALESCE(lead(at) OVER (ORDER BY at, id), %(last)s) AS until
                         FROM unicdo_recording_visit WHERE recording_id = %(id)s) o
                WHERE o.id = v.id""",
            id=self.id, first=first, last=last, most=most,
        ))
        self.env["unicdo.recording.visit"].invalidate_model()
        self.env["unicdo.recording.click"].invalidate_model()
