# SPDX-License-Identifier: LGPL-3.0-or-later
"""What one database says to another, signed: ``body.signature``, both base64url without padding; the body is a JSON object,
the signature Ed25519 (RFC 8032) by the database's key."""

import base64
import binascii
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class BadSignature(Exception):
    """Nothing signed, changed, or signed by another key. The text tells nothing about the content."""


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decode(text):
    return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def public_key(seed):
    """The key that checks what :func:`sign` signed, as 64 hexadecimal characters.

    :param bytes seed: 32 secret bytes
    """
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def sign(content, seed):
    """Write and sign.

    :param dict content: JSON values
    :return: str, to be sent in a body or header, never in a URL
    """
    body = _encode(json.dumps(content, separators=(",", ":")).encode())
    return (body + b"." + _encode(Ed25519PrivateKey.from_private_bytes(seed).sign(body))).decode()


def read(token):
    """What is said, unchecked: to look up the key it has to be checked with.

    :param bytes token: as it came
    :return: dict
    :raises BadSignature: it is none
    """
    try:
        content = json.loads(_decode(token.partition(b".")[0]))
    except (ValueError, RecursionError, binascii.Error):
        content = None
    if not isinstance(content, dict):
        raise BadSignature("This is nothing signed")
    return content


def check(token, key):
    """Check the signature.

    :param bytes token: as it came
    :param str key: the public key, see :func:`public_key`
    :raises BadSignature: changed, or signed by another key
    """
    body, _dot, signature = token.partition(b".")
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(_decode(signature), body)
    except (InvalidSignature, ValueError, binascii.Error):
        raise BadSignature("This was changed or signed by another database") from None
