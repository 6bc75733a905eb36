# SPDX-License-Identifier: LGPL-3.0-or-later
"""Unpacks a piece of a recording under limits: it comes from outside and may be anything."""

import json
import re
import zlib

#: bytes after the head of a JSON text that are looked at for depth
_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{\]}]', re.DOTALL)


class BadChunk(Exception):
    """No recording. ``reason`` is one word that tells nothing about the content."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def parse_chunk(packed, most_bytes, most_depth, most_events):
    """The events of a piece as the browser sent it: JSON ``{"v": 1, "events": [...]}`` packed with gzip.

    :param bytes packed: as it came
    :param int most_bytes: unpacked
    :param int most_depth: of brackets in brackets
    :return: list, not empty; what stands in it is not checked
    :raises BadChunk: anything else
    """
    plain = _unpack(packed, most_bytes)
    _check_depth(plain, most_depth)
    try:
        content = json.loads(plain, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadChunk("json") from None
    if not isinstance(content, dict) or set(content) != {"v", "events"} or type(content["v"]) is not int:
        raise BadChunk("envelope")
    events = content["events"]
    if content["v"] != 1 or not isinstance(events, list) or not events:
        raise BadChunk("envelope")
    if len(events) > most_events:
        raise BadChunk("many")
    return events


def _unpack(packed, most_bytes):
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(packed, most_bytes + 1)
    except zlib.error:
        raise BadChunk("gzip") from None
    if len(plain) > most_bytes:
        raise BadChunk("large")
    if not unpacker.eof or unpacker.unused_data:
        raise BadChunk("gzip")
    return plain


def _check_depth(plain, most_depth):
    depth = 0
    for found in _NESTING.finditer(plain):
        sign = found.group()
        if sign in b"[{":
            depth += 1
            if depth > most_depth:
                raise BadChunk("deep")
        elif sign in b"]}":
            depth -= 1


def _refuse_constant(_name):
    raise ValueError
