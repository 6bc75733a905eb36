# SPDX-License-Identifier: LGPL-3.0-or-later
"""When a contract may end: days of notice and of withdrawal, as calendar days, ends inclusive."""

from datetime import timedelta

from odoo.addons.unicdo_privacy.tools.days import add_months

#: Consumer rights directive 2011/83/EU, Art. 9(1) and 10(1); POLICY has no number of its own
WITHDRAWAL_DAYS = 14
UNTOLD_MONTHS = 12


def earliest_end(received, days, months=0):
    """The first last day of service that keeps the notice (POLICY CAN-2).

    :param datetime.date received: the day the request reached us, which is not counted
    :param int days: notice in days
    :param int months: 0, or a notice in months of which the shorter of both holds
    :rtype: datetime.date
    """
    end = received + timedelta(days=days)
    return min(end, add_months(received, months)) if months else end


def keeps_notice(end, received, days, months=0):
    """Whether service up to and including ``end`` keeps the notice."""
    return end >= earliest_end(received, days, months)


def withdrawal_end(concluded, told, is_free=lambda day: day.weekday() >= 5):
    """The last day on which a consumer may withdraw.

    Fourteen days from the day of conclusion, which is not counted; who was not told of the right has twelve months more,
    or fourteen days from being told within them (Directive 2011/83/EU, Art. 9(2)(a) and 10). A period that ends on a day
    off ends with the next working day (Regulation 1182/71, Art. 3(4)).

    :param datetime.date concluded: day of the contract
    :param datetime.date told: day on which the consumer was told of the right; None if never
    :param is_free: callable that says of a day whether it is a Saturday, Sunday or public holiday
    :rtype: datetime.date
    """
    period = timedelta(days=WITHDRAWAL_DAYS)
    end = concluded + period
    if told is None or told > concluded:
        longest = add_months(end, UNTOLD_MONTHS)
        end = longest if told is None else min(max(told + period, end), longest)
    while is_free(end):
        end += timedelta(days=1)
    return end
