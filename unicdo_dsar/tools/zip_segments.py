# SPDX-License-Identifier: LGPL-3.0-or-later
"""A zip written in pieces by several processes at once.

A *segment* is a run of complete zip entries (local header, data, data descriptor). Segments know nothing of one
another; laid end to end and closed by one *central directory* they are a zip. Nothing is copied twice, memory stays
constant, and bytes ``start:stop`` of the whole can be read without assembling it.

Each segment comes with an index: one JSON line per entry, with what the central directory and a manifest need.
Format: PKWARE APPNOTE 6.3.10, entries streamed with data descriptors, ZIP64 wherever a number asks for it.
"""

import hashlib
import json
import struct
import zlib

LIMIT_32 = 0xFFFFFFFF
LIMIT_16 = 0xFFFF
#: a size hint above this makes room for 64-bit sizes before the first byte is known
ZIP64_FROM = 0x7FFF0000
#: bit 3: sizes follow the data; bit 11: names are UTF-8
FLAGS = 0x0808
DEFLATE = 8
VERSION, VERSION_ZIP64 = 20, 45
MADE_BY_UNIX = 3 << 8
REGULAR_FILE = 0o100644 << 16

#: bytes that are worth a round of checksums and packing
GATHER = 1 << 16
LEVEL_TEXT = 4
#: deflate's stored blocks: as fast as a copy, and unlike method 0 readable by every streaming reader
LEVEL_STORED = 0


def level_for(sample):
    """The zlib level for content that begins so: what does not shrink is stored.

    :param bytes sample: some kilobytes
    """
    packed = len(zlib.compress(sample, 1))
    return LEVEL_TEXT if packed < 0.9 * len(sample) else LEVEL_STORED


class EntryTooLarge(Exception):
    """More than 4 GiB came in an entry announced as smaller."""


class SegmentWriter:
    """Writes entries, one after the other, into a binary file and notes them in an index.

    :param out: binary file the entries go to; only ``write`` is used
    :param index: binary file the JSON lines go to
    :param datetime.datetime moment: modification time of all entries; zip knows no time zone
    """

    def __init__(self, out, index, moment):
        self.size = 0
        self.count = 0
        self._out = out
        self._index = index
        self._dos_time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
        self._dos_date = (max(moment.year, 1980) - 1980) << 9 | moment.month << 5 | moment.day
        self._digest = hashlib.sha256()

    @property
    def sha256(self):
        """Hexadecimal digest of the index, and so of every entry's own digest, size and place."""
        return self._digest.hexdigest()

    def entry(self, name, size_hint=None, level=LEVEL_TEXT, **extra):
        """Open one entry; write to it inside a ``with`` block.

        :param str name: path inside the zip, with forward slashes
        :param size_hint: bytes expected, if known; needed only for entries that may reach 2 GiB
        :param int level: zlib level
        :param extra: kept in the index line
        """
        return _Entry(self, name, size_hint, level, extra)

    def _write(self, data):
        self._out.write(data)
        self.size += len(data)

    def _note(self, line):
        self.count += 1
        data = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._index.write(data)
        self._digest.update(data)


class _Entry:
    def __init__(self, segment, name, size_hint, level, extra):
        self._segment = segment
        self._line = {
            "name": name,
            "zip64": (size_hint or 0) >= ZIP64_FROM,
            "date": segment._dos_date,
            "time": segment._dos_time,
            **extra,
        }
        self._deflate = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._sha256 = hashlib.sha256()
        self._crc = self._size = self._packed = 0
        self._waiting = bytearray()

    def __enter__(self):
        raw_name = self._line["name"].encode()
        wide = self._line["zip64"]
        size = LIMIT_32 if wide else 0
        extra = struct.pack("<HHQQ", 1, 16, 0, 0) if wide else b""
        self._line["offset"] = self._segment.size
        self._segment._write(
            struct.pack(
                "<4sHHHHHIIIHH",
                b"PK\x03\x04",
                VERSION_ZIP64 if wide else VERSION,
                FLAGS,
                DEFLATE,
                self._segment._dos_time,
                self._segment._dos_date,
                0,
                size,
                size,
                len(raw_name),
                len(extra),
            )
            + raw_name
            + extra
        )
        self._line["data"] = self._segment.size
        return self

    def write(self, data):  # pylint: disable=method-required-super
        """Add bytes to the entry; small ones are gathered first."""
        if len(data) + len(self._waiting) < GATHER:
            self._waiting += data
            return
        self._take(bytes(self._waiting))
        self._waiting.clear()
        self._take(data)

    def _take(self, data):
        self._crc = zlib.crc32(data, self._crc)
        self._sha256.update(data)
        self._size += len(data)
        self._pack(self._deflate.compress(data))

    def _pack(self, data):
        if data:
            self._packed += len(data)
            self._segment._write(data)

    def __exit__(self, kind, error, trace):
        if kind:
            return
        self._take(bytes(self._waiting))
        self._pack(self._deflate.flush())
        wide = self._line["zip64"]
        if not wide and max(self._size, self._packed) >= LIMIT_32:
            raise EntryTooLarge
        sizes = struct.pack("<QQ" if wide else "<II", self._packed, self._size)
        self._segment._write(struct.pack("<4sI", b"PK\x07\x08", self._crc) + sizes)
        self._segment._note(
            {
                **self._line,
                "crc": self._crc,
                "packed": self._packed,
                "size": self._size,
                "sha256": self._sha256.hexdigest(),
            }
        )


def read_index(chunks):
    """The entries of one index.

    :param chunks: iterable of bytes, cut anywhere
    :return: iterator of dicts
    """
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from map(json.loads, lines)


def write_central_directory(entries, start, write):
    """Close the zip.

    :param entries: iterable of ``(segment_start, entry)``, in any order; starts count from the zip's first byte
    :param int start: where the directory itself begins: the sum of all segments' sizes
    :param write: called with bytes
    :return: number of entries
    """
    count = size = 0
    for segment_start, entry in entries:
        record = _central_record(entry, segment_start + entry["offset"])
        write(record)
        size += len(record)
        count += 1
    write(_end_of_directory(count, size, start))
    return count


def _central_record(entry, offset):
    raw_name = entry["name"].encode()
    numbers = [entry["size"], entry["packed"], offset]
    wide = b"".join(struct.pack("<Q", number) for number in numbers if number >= LIMIT_32)
    extra = struct.pack("<HH", 1, len(wide)) + wide if wide else b""
    size, packed, offset = (min(number, LIMIT_32) for number in numbers)
    version = VERSION_ZIP64 if wide or entry["zip64"] else VERSION
    return (
        struct.pack(
            "<4sHHHHHHIIIHHHHHII",
            b"PK\x01\x02",
            MADE_BY_UNIX | version,
            version,
            FLAGS,
            DEFLATE,
            entry["time"],
            entry["date"],
            entry["crc"],
            packed,
            size,
            len(raw_name),
            len(extra),
            0,
            0,
            0,
            REGULAR_FILE,
            offset,
        )
        + raw_name
        + extra
    )


def _end_of_directory(count, size, start):
    end = b""
    if count >= LIMIT_16 or size >= LIMIT_32 or start >= LIMIT_32:
        end = struct.pack(
            "<4sQHHIIQQQQ",
            b"PK\x06\x06",
            44,
            MADE_BY_UNIX | VERSION_ZIP64,
            VERSION_ZIP64,
            0,
            0,
            count,
            count,
            size,
            start,
        ) + struct.pack("<4sIQI", b"PK\x06\x07", 0, start + size, 1)
    return end + struct.pack(
        "<4sHHHHIIH",
        b"PK\x05\x06",
        0,
        0,
        min(count, LIMIT_16),
        min(count, LIMIT_16),
        min(size, LIMIT_32),
        min(start, LIMIT_32),
        0,
    )


def read_span(parts, start, stop):
    """Bytes ``start`` (inclusive) to ``stop`` (exclusive) of parts laid end to end.

    :param parts: list of ``(size, read)``; ``read(start, stop)`` gives an iterable of bytes of that part
    :return: iterator of bytes
    """
    position = 0
    for size, read in parts:
        first, last = max(start - position, 0), min(stop - position, size)
        if first < last:
            yield from read(first, last)
        position += size


def read_entry(read, entry):
    """The content of one entry.

    :param read: ``read(start, stop)`` of the segment the entry stands in
    :param dict entry: its index line
    :return: iterator of bytes
    """
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for chunk in read(entry["data"], entry["data"] + entry["packed"]):
        # bounded steps: a kilobyte may unpack to a megabyte
        data = inflate.decompress(chunk, 1 << 18)
        while data:
            yield data
            data = inflate.decompress(inflate.unconsumed_tail, 1 << 18) if inflate.unconsumed_tail else b""
    rest = inflate.flush()
    if rest:
        yield rest
