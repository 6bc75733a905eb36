# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

merkle = load("unicdo_privacy/tools/merkle.py")


def rfc6962(entries):
    """Merkle tree hash as RFC 6962, section 2.1 defines it, by recursion."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + rfc6962(entries[:split]) + rfc6962(entries[split:])).digest()


def root(entries):
    return merkle.root_hash([merkle.leaf_hash(entry) for entry in entries])


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_that_of_rfc_6962(entries):
    assert root(entries) == rfc6962(entries)


def test_known_roots_of_rfc_6962():
    """Vectors of the Certificate Transparency reference implementation."""
    entries = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    assert root(entries[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root(entries[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert root(entries[:3]).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert root(entries[:7]).hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"


@given(st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=20, unique=True), st.data())
def test_changing_moving_dropping_or_adding_an_entry_changes_the_root(entries, data):
    place = data.draw(st.integers(0, len(entries) - 1))
    changed = entries[:place] + [entries[place] + b"x"] + entries[place + 1:]
    others = [changed, entries[:place] + entries[place + 1:], [*entries, entries[place]]]
    if len(entries) > 1:
        others.append(entries[1:] + entries[:1])
    for other in others:
        assert root(other) != root(entries)


def test_a_node_is_never_taken_for_an_entry():
    one, two = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert root([one + two]) != merkle.root_hash([one, two])


def test_a_new_empty_column_leaves_the_canonical_text_as_it_was():
    assert merkle.canonical({"b": 1, "a": "é"}) == merkle.canonical({"a": "é", "b": 1, "new": None})
    assert merkle.canonical({"a": False}) != merkle.canonical({})


def test_a_head_is_signed_by_its_key_only():
    seed, other = bytes(range(32)), bytes(32)
    digest = merkle.head_hash({"number": 1, "root": "00"})
    signature = merkle.sign(seed, digest)
    assert merkle.is_signed(merkle.public_key(seed), digest, signature)
    assert not merkle.is_signed(merkle.public_key(other), digest, signature)
    assert not merkle.is_signed(merkle.public_key(seed), merkle.head_hash({"number": 2, "root": "00"}), signature)


@pytest.mark.parametrize("signature", ["", "zz", "00" * 64, "00"])
def test_a_malformed_signature_is_no_signature(signature):
    seed = bytes(32)
    assert not merkle.is_signed(merkle.public_key(seed), merkle.head_hash({}), signature)
