# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..const import PURPOSE
from ..tools import insight
from .unicdo_recording_aggregate import COLUMNS, FEWEST, ROWS

MOST_PLACES = 40
SCREENS = ("phone", "tablet", "desktop")


class UnicdoRecordingInsight(models.AbstractModel):
    """What recordings show together: for the usability role alone, as the recordings themselves."""

    _name = "unicdo.recording.insight"
    _inherit = ["unicdo.recording.guarded"]
    _description = "Insights from Recordings"

    @api.model
    def get_overview(self, trial=False, screen=False):
        """Counts of the recordings that can be watched now.

        :param trial: id of a database, or False for all
        :param screen: "phone", "tablet", "desktop", or False for all
        :return: dict ``recordings``, ``people``, ``steps``, ``places``, ``trials``, ``agreement``
        """
        self._check_watcher()
        self.env["unicdo.recording"].flush_model()
        which = self._which(trial, screen)
        recordings, people = self._rows(SQL(
            "SELECT count(*), count(DISTINCT (trial_id, person)) FROM unicdo_recording r WHERE %s", which
        ))[0]
        trials = self.env["unicdo.recording.trial"].search([])
        return {
            "recordings": recordings, "people": people, "steps": self._steps(which), "places": self._places(which),
            "trials": [{"id": item.id, "name": item.name} for item in trials], "agreement": self._agreement(),
        }

    @api.model
    def get_heat(self, model, view, trial=False, screen=False):
        """Where people clicked in a view.

        :return: dict ``columns``, ``rows``, ``clicks`` (in all), ``cells``: lists of column, row, clicks, rage clicks
        """
        self._check_watcher()
        cells = self._rows(SQL(
            """SELECT LEAST(c.x * %(columns)s / 1000, %(columns)s - 1), LEAST(c.y * %(rows)s / 1000, %(rows)s - 1),
                      count(*), count(*) FILTER (WHERE c.rage)
                 FROM unicdo_recording_click c JOIN unicdo_recording_visit v ON v.id = c.visit_id
                 JOIN unicdo_recording r ON r.id = c.recording_id
                WHERE %(which)s AND v.model = %(model)s AND v.view = %(view)s GROUP BY 1, 2""",
            columns=COLUMNS, rows=ROWS, which=self._which(trial, screen), model=str(model), view=str(view),
        ))
        return {"columns": COLUMNS, "rows": ROWS, "clicks": sum(cell[2] for cell in cells), "cells": cells}

    @api.model
    def _rows(self, query):
        self.env.cr.execute(query)
        return [list(row) for row in self.env.cr.fetchall()]

    @api.model
    def _which(self, trial, screen):
        """Condition on ``unicdo_recording r``: those whose date has not come, of a database and a size of screen."""
        parts = [SQL("r.destroy_at > %s", fields.Datetime.now())]
        if isinstance(trial, int) and trial:
            parts.append(SQL("r.trial_id = %s", trial))
        if screen in SCREENS:
            parts.append(SQL("r.screen = %s", screen))
        return SQL(" AND ").join(parts)

    @api.model
    def _steps(self, which):
        """First steps: how many sessions in Odoo itself came how far, and how soon."""
        labels = dict(self.env["unicdo.recording"]._fields["furthest"]._description_selection(self.env))
        [[began]] = self._rows(SQL("SELECT count(*) FROM unicdo_recording r WHERE %s AND r.surface = 'backend'", which))
        found = {step: (count, seconds) for step, count, seconds in self._rows(SQL(
            """SELECT s.key, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY s.value::int)
                 FROM unicdo_recording r, jsonb_each_text(r.steps) s
                WHERE %s AND r.surface = 'backend' AND jsonb_typeof(r.steps) = 'object' GROUP BY s.key""", which,
        ))}
        steps = [{"key": "began", "label": self.env._("Was in Odoo"), "count": began, "seconds": 0}]
        return steps + [
            {"key": step, "label": labels[step], "count": found.get(step, (0, 0))[0], "seconds": found.get(step, (0, 0))[1]}
            for step in insight.STEPS
        ]

    @api.model
    def _places(self, which):
        """The views opened most often."""
        names = ("model", "view", "sessions", "visits", "seconds", "clicks")
        rows = self._rows(SQL(
            """SELECT v.model, v.view, count(DISTINCT v.recording_id), count(*),
                      percentile_disc(0.5) WITHIN GROUP (ORDER BY v.seconds), sum(v.clicks)::int
                 FROM unicdo_recording_visit v JOIN unicdo_recording r ON r.id = v.recording_id
                WHERE %s AND v.model <> '' GROUP BY v.model, v.view ORDER BY 4 DESC, 1, 2 LIMIT %s""",
            which, MOST_PLACES,
        ))
        return [dict(zip(names, row, strict=True)) for row in rows]

    @api.model
    def _agreement(self):
        """How many people of this database were asked and agreed, by month: recordings show only those who did. Fewer than
        five are not counted out.

        :return: list of dicts ``month`` and ``asked``, ``given``, ``refused``, ``withdrawn``: a number, or None below five
        """
        rows = self._rows(SQL(
            """SELECT date_trunc('month', occurred_on)::date AS month,
                      count(DISTINCT subject_id) FILTER (WHERE what IN ('asked', 'given', 'refused')),
                      count(DISTINCT subject_id) FILTER (WHERE what = 'given'),
                      count(DISTINCT subject_id) FILTER (WHERE what = 'refused'),
                      count(DISTINCT subject_id) FILTER (WHERE what = 'withdrawn')
                 FROM unicdo_consent_event WHERE purpose_key = %s GROUP BY 1 ORDER BY 1 DESC LIMIT 12""", PURPOSE,
        ))
        names = ("asked", "given", "refused", "withdrawn")
        return [
            {"month": format_date(self.env, month, date_format="MMM yyyy")}
            | {name: count if count >= FEWEST else None for name, count in zip(names, counts, strict=True)}
            for month, *counts in rows
        ]
