# SPDX-License-Identifier: LGPL-3.0-or-later
"""Byte ranges of HTTP (RFC 9110, section 14)."""

import re

#: 18 digits are more bytes than there are; Python refuses to read numbers of thousands of digits
RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII)


class Unsatisfiable(Exception):
    """The range lies outside the content: answer 416."""


def span(header, size, if_range=None, etag=None):
    """What part of the content a request asks for.

    Several ranges at once, and anything malformed, count as none: RFC 9110 allows to answer with the whole.

    :param header: the ``Range`` header or None
    :param int size: bytes of the whole
    :param if_range: the ``If-Range`` header or None; a range for another version of the content is void
    :param etag: our strong entity tag, with its quotes
    :return: ``(start, stop)``, stop exclusive, or None for the whole
    :raise Unsatisfiable: no byte of the range exists
    """
    match = RANGE.fullmatch(header or "")
    if not match or not any(match.groups()) or (if_range and if_range.strip() != etag):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        if last and int(last) < int(first):
            return None
        start, stop = int(first), min(int(last) + 1, size) if last else size
    if start >= stop:
        raise Unsatisfiable
    return start, stop
