# SPDX-License-Identifier: LGPL-3.0-or-later
"""Merkle trees as in Certificate Transparency (RFC 6962, section 2.1), and the signed heads of the ledger's blocks."""

import hashlib
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LEAF = b"\x00"
NODE = b"\x01"
HEAD = b"unicdo ledger head 1\x00"


def canonical(values):
    """The one text of a dict of JSON values: empty ones left out, so that a new column changes no old text.

    :return: bytes
    """
    present = {key: value for key, value in values.items() if value is not None}
    return json.dumps(present, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf_hash(data):
    """Hash of one entry.

    :param bytes data: the entry
    :return: 32 bytes
    """
    return hashlib.sha256(LEAF + data).digest()


def root_hash(leaves):
    """Root over leaf hashes; the hash of nothing for an empty list.

    :param list leaves: leaf hashes, in order
    :return: 32 bytes
    """
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    # an odd node at the end rises unchanged: the same tree as RFC 6962's split at the largest power of two
    while len(level) > 1:
        pairs = [
            hashlib.sha256(NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = pairs + level[len(pairs) * 2:]
    return level[0]


def head_hash(head):
    """Hash of a block's head, which the next block names and the signature covers.

    :param dict head: number, previous, root, size, sealed_at, public_key
    :return: 64 hexadecimal characters
    """
    return hashlib.sha256(HEAD + canonical(head)).hexdigest()


def public_key(seed):
    """Ed25519 public key of a 32-byte seed, as 64 hexadecimal characters."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def sign(seed, digest):
    """Sign a head hash.

    :return: 128 hexadecimal characters
    """
    return Ed25519PrivateKey.from_private_bytes(seed).sign(HEAD + bytes.fromhex(digest)).hex()


def is_signed(key, digest, signature):
    """Whether this signature of a head hash was made with the seed of this public key."""
    try:
        verifier = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        verifier.verify(bytes.fromhex(signature), HEAD + bytes.fromhex(digest))
    except (InvalidSignature, ValueError):
        return False
    return True
