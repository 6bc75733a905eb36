# SPDX-License-Identifier: LGPL-3.0-or-later
"""A cleaned piece of a recording as it is kept, and as it travels to where it is watched: gzip of JSON."""

import gzip
import json
import zlib


def pack(seq, events):
    """A piece as it is kept, with its number inside, so that files of one recording cannot change places.

    :param int seq: its number
    :param list events: cleaned
    """
    text = json.dumps({"seq": seq, "events": events}, separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)


def is_number(packed, seq):
    """Whether a piece has this number. Only its beginning is unpacked: all of a recording may be hundreds of megabytes."""
    begin = b'{"seq":%d,' % seq
    return zlib.decompressobj(wbits=31).decompress(packed, len(begin)) == begin


def unpack(packed):
    """A piece's text, bytes of JSON: dict ``seq``, ``events``."""
    return gzip.decompress(packed)


def stream(pieces):
    """Pieces one after the other: four bytes of the length, the highest first, and the piece; at the end a length of nothing.
    What has no such end is not whole.

    :param pieces: iterable of bytes
    :return: iterator of bytes
    """
    for packed in pieces:
        yield len(packed).to_bytes(4, "big") + packed
    yield bytes(4)
