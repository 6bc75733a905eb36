# SPDX-License-Identifier: LGPL-3.0-or-later
import pytz

from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _unicdo_zone(self):
        """Name of the time zone that a company's days are counted in: its own, else that of most of its country, else UTC.

        Few companies have one on their contact. For no company it is UTC.
        """
        country = self.country_id.code
        return self.partner_id.tz or (country in pytz.country_timezones and pytz.country_timezones[country][0]) or "UTC"
