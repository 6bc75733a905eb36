# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is given back of a prepaid period, in exact decimals (POLICY CAN-3).

Days are calendar days, first and last inclusive. Amounts are decimals of one currency; ``step`` is the currency's
smallest amount, such as ``Decimal("0.01")``.
"""

from decimal import ROUND_HALF_UP, Decimal


def days_of(first, last):
    """Days from the first to the last, both counted; 0 if the last lies before the first."""
    return max((last - first).days + 1, 0)


def unused_days(first, last, end):
    """Days of a period after the last served day ``end``, which is itself served."""
    return min(max((last - end).days, 0), days_of(first, last))


def refund(price, first, last, end, step):
    """What is given back of a price: price × unused days ÷ days of the period, rounded once, half away from zero.

    :param Decimal price: what the period cost, negative for a rebate
    :param datetime.date first: first day of the billed period
    :param datetime.date last: its last day
    :param datetime.date end: the last served day
    :param Decimal step: smallest amount of the currency
    :return: Decimal between 0 and ``price``; what was used is ``price`` minus this, so that nothing is lost
    """
    days = days_of(first, last)
    unused = unused_days(first, last, end)
    if not unused:
        return Decimal(0)
    if unused == days:
        return price
    return rounded(price * unused / days, step)


def rounded(amount, step):
    """An amount in whole steps, half away from zero."""
    return (amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def money_back(credit, still_open):
    """Split a credit note: what is still open of its invoice is offset, the rest was paid and is refunded.

    :param Decimal credit: total of the credit note, taxes included
    :param Decimal still_open: what is open of the invoice before
    :return: tuple ``(refunded, offset, still open afterwards)``
    """
    offset = min(credit, max(still_open, Decimal(0)))
    return credit - offset, offset, still_open - offset


def cap(amounts, limit):
    """Bring amounts nearer to zero, the last ones first, until their sum lies between zero and a limit.

    :param list amounts: decimals
    :param Decimal limit: what remains; negative where the whole is, as of a withheld tax
    :return: list of as many decimals, none of them on the other side of zero
    """
    total = sum(amounts, Decimal(0))
    excess = total - min(max(total, min(limit, Decimal(0))), max(limit, Decimal(0)))
    capped = list(amounts)
    for index in reversed(range(len(capped))):
        amount = capped[index]
        if amount * excess > 0:
            cut = min(amount, excess) if excess > 0 else max(amount, excess)
            capped[index] -= cut
            excess -= cut
    return capped


def spread(amounts, reduction):
    """Lower amounts by their part of a reduction of the whole, exactly, to be rounded by the caller.

    :param dict amounts: key → positive Decimal
    :param Decimal reduction: what the whole is lowered by, at most the whole
    :return: dict of the same keys
    """
    whole = sum(amounts.values(), Decimal(0))
    left = max(whole - reduction, Decimal(0))
    return {key: amount * left / whole if whole else amount for key, amount in amounts.items()}
