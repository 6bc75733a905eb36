# SPDX-License-Identifier: LGPL-3.0-or-later
"""When a request must be answered."""

from datetime import timedelta

from odoo.addons.unicdo_privacy.tools.days import add_months, local_day

#: DSR-1: what the policy promises
PROMISED_DAYS = 30


def due_date(received, *zones):
    """The last day, inclusive, on which an answer is in time.

    Thirty days by the policy (POLICY DSR-1), and never later than one calendar month (GDPR Art. 12(3)): the earlier of
    both. The day of receipt is not counted. Given several time zones, the earliest result holds.

    :param datetime.datetime received: naive, UTC
    :param str zones: time zones of the person and of the company; none: UTC
    :rtype: datetime.date
    """
    days = {local_day(received, zone) for zone in zones or ("UTC",)}
    return min(min(day + timedelta(days=PROMISED_DAYS), add_months(day, 1)) for day in days)
