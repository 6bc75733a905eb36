# SPDX-License-Identifier: LGPL-3.0-or-later
import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.separately import fetch_separately

MAX_TRIES = 5
LOCK_MINUTES = 15


class UnicdoRecheckTries(models.Model):
    """Counts the tries to prove one's identity, one row per user.

    A try is counted before it is checked, in a transaction of its own: guessing side by side gains nothing, and a request
    that rolls back does not give its tries back.
    """

    _name = "unicdo.recheck.tries"
    _description = "Tries to Prove Identity"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    tries = fields.Integer(required=True, default=0)
    last_at = fields.Datetime(required=True)

    _user_uniq = models.Constraint("UNIQUE(user_id)", "One count per user.")

    @api.model
    def _take(self):
        """Count one try of the current user.

        :return: bool, whether it may be checked; False once five wrong ones lie less than 15 minutes back
        """
        now = fields.Datetime.now()
        fresh = now - timedelta(minutes=LOCK_MINUTES)
        return self._separately(SQL(
            """INSERT INTO unicdo_recheck_tries AS t (user_id, tries, last_at) VALUES (%(uid)s, 1, %(now)s)
               ON CONFLICT (user_id) DO UPDATE
                  SET tries = CASE WHEN t.last_at <= %(fresh)s THEN 1 ELSE t.tries + 1 END, last_at = %(now)s
                WHERE t.tries < %(most)s OR t.last_at <= %(fresh)s
            RETURNING tries""",
            uid=self.env.uid, now=now, fresh=fresh, most=MAX_TRIES,
        ))

    @api.model
    def _reset(self):
        """Forget the current user's tries, after a right one."""
        self._separately(SQL("DELETE FROM unicdo_recheck_tries WHERE user_id = %s RETURNING id", self.env.uid))

    @api.model
    def _wait(self):
        """Minutes the current user has to wait before the next try, rounded up; 0 if there is a try left."""
        with self.env.registry.cursor() as cr:
            cr.execute(SQL(
                "SELECT last_at FROM unicdo_recheck_tries WHERE user_id = %s AND tries >= %s", self.env.uid, MAX_TRIES
            ))
            row = cr.fetchone()
        if not row:
            return 0
        left = row[0] + timedelta(minutes=LOCK_MINUTES) - fields.Datetime.now()
        return max(0, math.ceil(left.total_seconds() / 60))

    @api.model
    def _separately(self, query):
        """Run one statement in its own read/write transaction, again when another process was faster.

        :return: bool, whether it returned a row
        """
        return bool(fetch_separately(self.env, query))
