# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import hmac
import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.separately import fetch_separately


class UnicdoRateLimit(models.Model):
    """Counts how often something was used from one source, for forms that work without an account (DESIGN 8).

    Sources stand here as digests keyed by the database's secret: the table does not say who they were.
    """

    _name = "unicdo.rate.limit"
    _description = "Rate Limit of Public Forms"
    _log_access = False
    _rec_name = "digest"

    digest = fields.Char(required=True)
    used = fields.Integer(required=True)
    until = fields.Datetime(required=True, index=True, help="Then counting starts anew.")

    _digest_uniq = models.Constraint("UNIQUE(digest)", "One count per source.")

    @api.model
    def _take(self, what, source, most, minutes):
        """Count one use, for good even if the request fails.

        :param str what: name of the form or act
        :param str source: network address, mail address or record that is limited
        :param int most: uses allowed within the time
        :param int minutes: that time, from the first use on
        :return: 0 if the use is allowed, else the minutes to wait
        """
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        digest = hmac.new(secret.encode(), f"{what}\0{source}".encode(), hashlib.sha256).hexdigest()
        now = fields.Datetime.now()
        used, until = fetch_separately(self.env, SQL(
            """INSERT INTO unicdo_rate_limit AS l (digest, used, until) VALUES (%(digest)s, 1, %(until)s)
               ON CONFLICT (digest) DO UPDATE
                  SET used = CASE WHEN l.until <= %(now)s THEN 1 ELSE l.used + 1 END,
                      until = CASE WHEN l.until <= %(now)s THEN EXCLUDED.until ELSE l.until END
            RETURNING used, until""",
            digest=digest, now=now, until=now + timedelta(minutes=minutes),
        )) or (most + 1, now + timedelta(minutes=1))
        return 0 if used <= most else max(1, math.ceil((until - now).total_seconds() / 60))

    @api.autovacuum
    def _gc_over(self):
        """Forget counts whose time is over."""
        self.sudo().search([("until", "<", fields.Datetime.now())], limit=10000).unlink()
