# SPDX-License-Identifier: LGPL-3.0-or-later
"""Billed periods by calendar months, first and last day inclusive."""

from datetime import timedelta

from odoo.addons.unicdo_privacy.tools.days import add_months


def billed_period(first, months, anchor=None):
    """The days that some months pay for.

    A period that goes on where another ended keeps that one's day of the month: what began on 31 January and went to
    27 February goes on to 30 March, not to 27 March.

    :param datetime.date first: its first day
    :param int months: how many, at least 1
    :param datetime.date anchor: first day of the first period of the same service; None if it begins now
    :return: tuple of the first and the last day
    """
    before = (first.year - anchor.year) * 12 + first.month - anchor.month if anchor else 0
    if before <= 0 or add_months(anchor, before) != first:
        anchor, before = first, 0
    return first, add_months(anchor, before + months) - timedelta(days=1)


def stands_in(words, text):
    """Whether words stand in a text, however its lines are broken.

    :rtype: bool
    """
    return bool(words) and " ".join(words.split()).casefold() in " ".join((text or "").split()).casefold()
