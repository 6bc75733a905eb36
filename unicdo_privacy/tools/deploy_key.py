# SPDX-License-Identifier: LGPL-3.0-or-later
"""SSH key pairs by which a machine reads one repository."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def new_pair(comment):
    """A fresh Ed25519 pair (RFC 8709) in OpenSSH's formats.

    :param str comment: one word at the end of the public line
    :return: ``(private, public)``, bytes of a key file and str of one line
    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return private, f"{public} {comment}"


def same_key(one, other):
    """Whether two public lines hold the same key: code hosts drop or change the comment."""
    return bool(one) and one.split()[:2] == (other or "").split()[:2]
