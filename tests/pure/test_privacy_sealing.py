# SPDX-License-Identifier: LGPL-3.0-or-later
import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import load

sealing = load("unicdo_privacy/tools/sealing.py")
CHUNK, TAG, HEADER = sealing.CHUNK, sealing.TAG, sealing.HEADER
KEY = sealing.new_key()
ABOUT = sealing.context("vault", "res.partner", 7, "package")
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK - 1]


def reader(blob, key=KEY, about=ABOUT):
    return sealing.SealReader(io.BytesIO(blob), key, about)


def read(blob):
    return b"".join(reader(blob).read_range())


def chunks(blob):
    return [blob[i:i + CHUNK + TAG] for i in range(HEADER, len(blob), CHUNK + TAG)]


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens_again(size):
    """GOV-9: at every size around the chunk's borders."""
    data = os.urandom(size)
    blob = sealing.seal(KEY, data, ABOUT)
    assert sealing.unseal(KEY, blob, ABOUT) == data
    assert reader(blob).size == size
    assert len(blob) == HEADER + size + TAG * max(1, -(-size // CHUNK))


@given(st.lists(st.integers(0, 3 * CHUNK), max_size=5))
@settings(max_examples=40, deadline=None)
def test_pieces_written_give_the_same_content_as_one(sizes):
    data = os.urandom(sum(sizes))
    target = io.BytesIO()
    writer = sealing.SealWriter(target, KEY, ABOUT)
    start = 0
    for size in sizes:
        assert writer.write(data[start:start + size]) == size
        start += size
    writer.finish()
    assert read(target.getvalue()) == data
    assert writer.size == len(data)


@given(st.integers(0, 3 * CHUNK), st.integers(0, 3 * CHUNK + 10))
@settings(max_examples=60, deadline=None)
def test_a_range_is_the_slice(start, stop):
    data = os.urandom(3 * CHUNK)
    assert b"".join(reader(sealing.seal(KEY, data, ABOUT)).read_range(start, stop)) == data[start:stop]


@given(st.sampled_from(SIZES), st.data())
@settings(max_examples=80, deadline=None)
def test_one_changed_bit_anywhere_is_noticed(size, data):
    """GOV-9"""
    blob = bytearray(sealing.seal(KEY, os.urandom(size), ABOUT))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(sealing.SealError):
        read(bytes(blob))


@given(st.sampled_from(SIZES), st.data())
@settings(max_examples=80, deadline=None)
def test_a_cut_stream_does_not_even_tell_its_size(size, data):
    blob = sealing.seal(KEY, os.urandom(size), ABOUT)
    with pytest.raises(sealing.SealError):
        reader(blob[:data.draw(st.integers(0, len(blob) - 1))])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_stream_cut_at_the_border_of_a_chunk_is_noticed(count):
    blob = sealing.seal(KEY, os.urandom(4 * CHUNK), ABOUT)
    with pytest.raises(sealing.SealError):
        reader(blob[:HEADER + count * (CHUNK + TAG)])


def test_chunks_cannot_change_places_be_repeated_or_left_out():
    blob = sealing.seal(KEY, os.urandom(4 * CHUNK), ABOUT)
    head, (a, b, c, d) = blob[:HEADER], chunks(blob)
    for order in [(b, a, c, d), (a, c, d), (a, b, b, d), (a, b, c, d, d), (a, b, d, c), (d,), (a, a, c, d)]:
        with pytest.raises(sealing.SealError):
            read(head + b"".join(order))


def test_an_unfinished_stream_does_not_open():
    target = io.BytesIO()
    sealing.SealWriter(target, KEY, ABOUT).write(os.urandom(5 * CHUNK))
    with pytest.raises(sealing.SealError):
        reader(target.getvalue())


def test_an_empty_last_chunk_is_no_way_to_end_a_longer_stream():
    target = io.BytesIO()
    writer = sealing.SealWriter(target, KEY, ABOUT)
    writer.write(os.urandom(CHUNK))
    writer._emit(last=False)
    writer.finish()
    with pytest.raises(sealing.SealError):
        reader(target.getvalue())


def test_chunks_of_two_streams_under_one_key_do_not_mix():
    one, two = (sealing.seal(KEY, os.urandom(2 * CHUNK), ABOUT) for _ in range(2))
    with pytest.raises(sealing.SealError):
        read(one[:HEADER] + chunks(two)[0] + chunks(one)[1])
    with pytest.raises(sealing.SealError):
        read(two[:HEADER] + one[HEADER:])


def test_another_key_or_another_record_does_not_open():
    blob = sealing.seal(KEY, b"secret", ABOUT)
    with pytest.raises(sealing.SealError):
        sealing.unseal(sealing.new_key(), blob, ABOUT)
    with pytest.raises(sealing.SealError):
        sealing.unseal(KEY, blob, sealing.context("vault", "res.partner", 8, "package"))


@pytest.mark.parametrize("change", [
    lambda blob: b"", lambda blob: blob[:10], lambda blob: blob[:40], lambda blob: blob[:-1], lambda blob: blob + b"x",
    lambda blob: b"UCS2" + blob[4:], lambda blob: blob[:4] + bytes(32) + blob[36:], lambda blob: blob[:36] + blob[37:],
    lambda blob: blob + blob[36:],
])
@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1])
def test_what_is_opened_in_one_step_is_whole_and_unchanged(size, change):
    blob = sealing.seal(KEY, b"s" * size, ABOUT)
    assert sealing.unseal(KEY, blob, ABOUT) == b"s" * size
    with pytest.raises(sealing.SealError):
        sealing.unseal(KEY, change(blob), ABOUT)


@given(st.binary(max_size=200))
def test_rubbish_is_refused_without_a_crash(blob):
    with pytest.raises(sealing.SealError):
        reader(blob)


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_contexts_are_equal_only_for_equal_parts(one, two):
    assert (sealing.context(*one) == sealing.context(*two)) == (one == two)


def test_sealing_twice_gives_different_bytes():
    assert sealing.seal(KEY, b"x", ABOUT) != sealing.seal(KEY, b"x", ABOUT)


def test_the_first_key_wraps_and_all_unwrap():
    old, new = sealing.new_key(), sealing.new_key()
    before = sealing.KeyRing([old]).wrap(KEY, ABOUT)
    ring = sealing.KeyRing([new, old])
    after = ring.wrap(ring.unwrap(before, ABOUT), ABOUT)
    assert sealing.KeyRing([new]).unwrap(after, ABOUT) == KEY
    assert sealing.wrapped_by(after) == ring.current != sealing.wrapped_by(before)
    with pytest.raises(sealing.SealError):
        sealing.KeyRing([old]).unwrap(after, ABOUT)


@given(st.data())
def test_a_changed_wrapped_key_is_noticed(data):
    ring = sealing.KeyRing([sealing.new_key()])
    blob = bytearray(ring.wrap(KEY, ABOUT))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(sealing.SealError):
        ring.unwrap(bytes(blob), ABOUT)


def test_a_wrapped_key_serves_one_record_only():
    ring = sealing.KeyRing([KEY])
    with pytest.raises(sealing.SealError):
        ring.unwrap(ring.wrap(sealing.new_key(), ABOUT), sealing.context("vault", "res.partner", 8, "package"))


def test_keys_are_read_from_text_with_remarks_and_commas():
    one, two = sealing.new_key(), sealing.new_key()
    text = f"# made today\n{sealing.format_key(one)},\n\n  {sealing.format_key(two)}\n"
    assert sealing.parse_keys(text) == [one, two]
    assert sealing.parse_keys("  \n# nothing\n") == []


@pytest.mark.parametrize("word", ["short", "c2hvcnQ=", "é" * 44, "A" * 43, "A" * 45, "*" * 44])
def test_a_wrong_key_is_named_by_its_place_and_never_shown(word):
    with pytest.raises(ValueError, match="Key number 2") as caught:
        sealing.parse_keys(f"{sealing.format_key(KEY)} {word}")
    assert word not in str(caught.value)
    assert sealing.format_key(KEY) not in str(caught.value)
