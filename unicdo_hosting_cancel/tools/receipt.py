# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the headers of a mail say about when it reached us, and whether a person wrote it."""

from datetime import UTC
from email.utils import parsedate_to_datetime


def received_at(headers, now):
    """When our own server received a mail: the topmost ``Received`` header, which it wrote itself (RFC 5321, 4.4).

    The ``Date`` header is the sender's word, and fetching may come days later; neither counts (POLICY CAN-1).

    :param list headers: the ``Received`` headers from the top
    :param datetime.datetime now: naive, UTC; what counts if there is no such header, it cannot be read, or it lies in
        the future
    :return: datetime, naive, UTC
    """
    stamp = str(headers[0]).rpartition(";")[2].strip() if headers else ""
    try:
        moment = parsedate_to_datetime(stamp)
    except (TypeError, ValueError):
        return now
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return min(moment, now)


def is_automatic(auto_submitted, precedence="", autoreply=""):
    """Whether a machine sent it: an absence note, a bounce, a list (RFC 3834)."""
    words = [str(word or "").strip().lower() for word in (auto_submitted, precedence, autoreply)]
    return words[0].partition(";")[0].strip() not in ("", "no") or words[1] in ("bulk", "junk", "auto_reply") or bool(words[2])
