# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import io
import random
import shutil
import subprocess
import zipfile
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import load

zs = load("unicdo_dsar/tools/zip_segments.py")
MOMENT = datetime(2026, 3, 10, 9, 30)


def make_segment(contents, **options):
    out, index = io.BytesIO(), io.BytesIO()
    writer = zs.SegmentWriter(out, index, MOMENT)
    for name, data in contents:
        with writer.entry(name, **options) as entry:
            for start in range(0, len(data), 1000):
                entry.write(data[start : start + 1000])
    assert writer.size == len(out.getvalue())
    assert writer.sha256 == hashlib.sha256(index.getvalue()).hexdigest()
    return out.getvalue(), list(zs.read_index([index.getvalue()]))


def join(segments):
    body, entries, start = b"", [], 0
    for data, index in segments:
        entries += [(start, entry) for entry in index]
        body += data
        start += len(data)
    directory = io.BytesIO()
    zs.write_central_directory(entries, start, directory.write)
    return body + directory.getvalue()


contents = st.lists(st.tuples(st.uuids(), st.binary(max_size=5000)), max_size=8)


@given(st.lists(contents, max_size=4), st.sampled_from([zs.LEVEL_TEXT, zs.LEVEL_STORED]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_segments_laid_end_to_end_are_one_zip(pieces, level, wide):
    """DSR-1: the package is a zip whichever way its pieces were cut."""
    hint = zs.ZIP64_FROM if wide else None
    named = [[(f"é/{name}.txt", data) for name, data in piece] for piece in pieces]
    with zipfile.ZipFile(
        io.BytesIO(join([make_segment(piece, level=level, size_hint=hint) for piece in named]))
    ) as file:
        assert file.testzip() is None
        assert [(info.filename, file.read(info)) for info in file.infolist()] == [
            pair for piece in named for pair in piece
        ]


def test_other_readers_open_it(tmp_path):
    """DSR-1: not only Python reads the package."""
    segments = [
        make_segment([("a.txt", b"a" * 5000), ("ü/b.bin", random.Random(1).randbytes(9000))], level=level)
        for level in (0, 4)
    ]
    segments[1] = make_segment([("c.txt", b"c")], size_hint=zs.ZIP64_FROM)
    path = tmp_path / "package.zip"
    path.write_bytes(join(segments))
    tested = 0
    for command in (["unzip", "-t"], ["7z", "t"], ["bsdtar", "-tf"]):
        if shutil.which(command[0]):
            subprocess.run([*command, str(path)], check=True, capture_output=True)
            tested += 1
    if not tested:
        pytest.skip("no other zip reader on this machine")


def test_sizes_and_offsets_beyond_4_gib_take_the_64_bit_fields():
    entry = {"name": "x", "zip64": True, "date": 0, "time": 0, "crc": 1, "packed": 5 << 32, "size": 6 << 32}
    directory = io.BytesIO()
    zs.write_central_directory([(7 << 32, {**entry, "offset": 3})], 12 << 32, directory.write)
    assert b"PK\x06\x06" in directory.getvalue()
    assert (6 << 32).to_bytes(8, "little") + (5 << 32).to_bytes(8, "little") + ((7 << 32) + 3).to_bytes(
        8, "little"
    ) in directory.getvalue()


def test_seventy_thousand_entries_are_all_listed():
    segment = make_segment([(f"{number}.txt", b"") for number in range(70_000)])
    with zipfile.ZipFile(io.BytesIO(join([segment]))) as file:
        assert len(file.infolist()) == 70_000


def test_an_entry_larger_than_announced_is_refused(monkeypatch):
    monkeypatch.setattr(zs, "LIMIT_32", 100)
    writer = zs.SegmentWriter(io.BytesIO(), io.BytesIO(), MOMENT)
    with pytest.raises(zs.EntryTooLarge), writer.entry("x") as entry:
        entry.write(b"x" * 200)


def test_what_does_not_shrink_is_stored():
    assert zs.level_for(random.Random(1).randbytes(5000)) == zs.LEVEL_STORED
    assert zs.level_for(b"words and words " * 300) == zs.LEVEL_TEXT


def test_each_entry_is_noted_with_its_sha256():
    _data, index = make_segment([("a", b"hello")])
    assert index[0]["sha256"] == hashlib.sha256(b"hello").hexdigest()
    assert index[0]["size"] == 5


@given(st.lists(st.binary(max_size=50), max_size=5), st.integers(0, 300), st.integers(0, 300))
def test_any_span_of_the_whole_can_be_read(parts, start, stop):
    whole = b"".join(parts)
    given_parts = [(len(part), lambda first, last, part=part: [part[first:last]]) for part in parts]
    assert b"".join(zs.read_span(given_parts, start, stop)) == whole[start:stop]


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_one_entry_can_be_read_back(data, step):
    body, index = make_segment([("first", b"x" * 50), ("second", data * 20)])

    def read(start, stop):
        for first in range(start, stop, step):
            yield body[first : min(first + step, stop)]

    assert b"".join(zs.read_entry(read, index[1])) == data * 20


@given(st.integers(1, 50))
def test_an_index_cut_anywhere_is_read_whole(step):
    out, index = io.BytesIO(), io.BytesIO()
    writer = zs.SegmentWriter(out, index, MOMENT)
    for name in ("a\nb", "ç"):
        with writer.entry(name):
            pass
    raw = index.getvalue()
    assert [e["name"] for e in zs.read_index(raw[i : i + step] for i in range(0, len(raw), step))] == ["a\nb", "ç"]
