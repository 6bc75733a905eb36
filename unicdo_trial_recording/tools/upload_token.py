# SPDX-License-Identifier: LGPL-3.0-or-later
"""Short-lived tokens that let one browser tab add to one recording.

A token says which database signed it, for which recording, session and consent, and until when: ``body.signature``, both
base64url without padding; the body is JSON, the signature Ed25519 (RFC 8032) by the trial database's key.
"""

import base64
import binascii
import json
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: longer than any token of ours
LONGEST = 1024


class BadToken(Exception):
    """No token, a changed one, or one whose time is over. The text tells what, and nothing about its content."""


@dataclass(frozen=True)
class Grant:
    """What a token allows."""

    #: id of the database that signed
    database: str
    #: the recording, 32 hexadecimal characters
    recording: str
    #: digest of the session it was given to
    session: str
    #: number of the event by which the person agreed
    consent: int
    #: seconds since 1970, UTC; not good from this second on
    expires: int


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decode(text):
    return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def public_key(seed):
    """The key that checks what :func:`sign` signed, as 64 hexadecimal characters.

    :param bytes seed: 32 secret bytes
    """
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def sign(grant, seed):
    """Make a token.

    :return: str, to be sent in a body or header, never in a URL
    """
    body = _encode(json.dumps(asdict(grant), separators=(",", ":")).encode())
    return (body + b"." + _encode(Ed25519PrivateKey.from_private_bytes(seed).sign(body))).decode()


def read(token):
    """What a token says, unchecked: to look up the key it has to be checked with.

    :param bytes token: as it came
    :raises BadToken: it is none
    """
    try:
        if len(token) > LONGEST:
            raise ValueError
        fields = json.loads(_decode(token.partition(b".")[0]))
        grant = Grant(**fields)
        kinds = {"database": str, "recording": str, "session": str, "consent": int, "expires": int}
        if any(type(fields[name]) is not kind for name, kind in kinds.items()):
            raise ValueError
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise BadToken("This is no upload token") from None
    return grant


def check(token, key, now):
    """Check a token's signature and time.

    :param bytes token: as it came
    :param str key: the signing database's public key, see :func:`public_key`
    :param float now: seconds since 1970, UTC
    :raises BadToken: changed, signed by another key, or over
    """
    body, _dot, signature = token.partition(b".")
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(_decode(signature), body)
    except (InvalidSignature, ValueError, binascii.Error):
        raise BadToken("The upload token was changed or signed by another database") from None
    if read(token).expires <= now:
        raise BadToken("The upload token's time is over")
