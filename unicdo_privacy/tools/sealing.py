# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sealing of secrets and files: AES-256-GCM under a data key that is itself wrapped by a key-encryption key.

A sealed stream is ``magic | salt | chunk…``. Each stream has a subkey of its own, derived with HKDF-SHA256 from the
data key and the random salt, so one data key seals any number of streams. Chunks of 64 KiB are sealed one by one; the
nonce is the chunk's number and a flag on the last one (the STREAM construction), so that cut, swapped, repeated or
appended chunks do not open. The context (whose content it is) is authenticated with each chunk.
"""

import base64
import binascii
import io
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_SIZE = 32
CHUNK = 64 * 1024
TAG = 16
SALT = 32
MAGIC = b"UCS1"
HEADER = len(MAGIC) + SALT
WRAP_MAGIC = b"UCW1"
KEK_ID = 8
NONCE = 12


class SealError(Exception):
    """Sealed content cannot be opened: changed, cut, under another key, or its key was destroyed."""


def new_key():
    """A fresh random key.

    :return: 32 bytes
    """
    return secrets.token_bytes(KEY_SIZE)


def derive(key, info, salt=None):
    """A 32-byte key for one use, by HKDF-SHA256 (RFC 5869).

    :param bytes key: where it comes from
    :param bytes info: names the use
    """
    return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=salt, info=info).derive(key)


def context(*parts):
    """Encode what content belongs to, so that no two lists of parts give the same bytes.

    :param parts: strings or integers, such as vault id, model, record id, purpose
    """
    encoded = [str(part).encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def format_key(key):
    """Write a key as text, for an environment variable or a key file."""
    return base64.b64encode(key).decode()


def parse_keys(text):
    """Read key-encryption keys from text: base64, 32 bytes each, divided by commas or white space; lines starting with
    ``#`` are remarks.

    :return: list of keys, in order
    :raises ValueError: naming the place of the wrong key, never its text
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    keys = []
    for number, word in enumerate(" ".join(lines).replace(",", " ").split(), start=1):
        try:
            key = base64.b64decode(word, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_SIZE:
            raise ValueError(f"Key number {number} is not base64 of 32 bytes") from None
        keys.append(key)
    return keys


class KeyRing:
    """Key-encryption keys: the first wraps, all unwrap."""

    def __init__(self, keys):
        if not keys:
            raise ValueError("A key ring needs a key")
        self._keys = {derive(key, b"unicdo key id")[:KEK_ID]: key for key in keys}
        self._first = derive(keys[0], b"unicdo key id")[:KEK_ID]

    @property
    def current(self):
        """Public name of the key that wraps: 16 hexadecimal characters, which tell nothing about the key."""
        return self._first.hex()

    @property
    def names(self):
        """Public names of all keys, the wrapping one first."""
        return [name.hex() for name in self._keys]

    def wrap(self, data_key, about):
        """Seal a data key under the current key-encryption key.

        :param bytes about: what the key is for, see :func:`context`
        """
        nonce = secrets.token_bytes(NONCE)
        head = WRAP_MAGIC + self._first
        return head + nonce + AESGCM(self._keys[self._first]).encrypt(nonce, data_key, head + about)

    def unwrap(self, blob, about):
        """Open a wrapped data key.

        :raises SealError: changed, for something else, or wrapped by a key that is not in the ring
        """
        head, nonce, sealed = _split(blob, len(WRAP_MAGIC) + KEK_ID, NONCE)
        kek = self._keys.get(head[len(WRAP_MAGIC):])
        if not head.startswith(WRAP_MAGIC) or kek is None:
            raise SealError("The key-encryption key of this content is not configured")
        try:
            return AESGCM(kek).decrypt(nonce, sealed, head + about)
        except InvalidTag:
            raise SealError("The stored key was changed or belongs to something else") from None


def wrapped_by(blob):
    """Public name of the key-encryption key that wrapped this data key."""
    return blob[len(WRAP_MAGIC):len(WRAP_MAGIC) + KEK_ID].hex()


def _split(blob, *sizes):
    parts, start = [], 0
    for size in sizes:
        parts.append(blob[start:start + size])
        start += size
    return *parts, blob[start:]


def _nonce(number, last):
    return number.to_bytes(NONCE - 1, "big") + (b"\x01" if last else b"\x00")


def _stream_cipher(data_key, salt):
    return AESGCM(derive(data_key, b"unicdo stream", salt))


def _open_chunk(cipher, sealed, about, number, last):
    try:
        return cipher.decrypt(_nonce(number, last), sealed, about)
    except InvalidTag:
        raise SealError("Sealed content was changed, cut, or belongs to something else") from None


class SealWriter:
    """File-like object that seals what is written to it; enough of a file for ``zipfile``.

    :param target: binary file, written from its present position on
    :param bytes data_key: 32 bytes
    :param bytes about: whose content it is, see :func:`context`

    Only :meth:`finish` makes the stream whole: what was left in the middle never opens.
    """

    def __init__(self, target, data_key, about):
        salt = secrets.token_bytes(SALT)
        self._target = target
        self._about = MAGIC + about
        self._cipher = _stream_cipher(data_key, salt)
        self._buffer = bytearray()
        self._number = 0
        self.size = 0
        target.write(MAGIC + salt)

    def write(self, data):
        """Take bytes; full chunks go to the target, the rest waits."""
        data = memoryview(data).cast("B")
        length = len(data)
        self.size += length
        # the last chunk must stay here until it is known to be the last
        while len(self._buffer) + len(data) > CHUNK:
            take = CHUNK - len(self._buffer)
            self._buffer += data[:take]
            data = data[take:]
            self._emit(last=False)
        self._buffer += data
        return length

    def flush(self):
        """Nothing to do: part of what a file must offer."""

    def finish(self):
        """Seal what is left as the last chunk; does not close the target."""
        self._emit(last=True)

    def _emit(self, last):
        nonce = _nonce(self._number, last)
        self._target.write(self._cipher.encrypt(nonce, bytes(self._buffer), self._about))
        self._buffer.clear()
        self._number += 1


class SealReader:
    """Random access to a sealed stream. Opening it checks that the end is there, so ``size`` can be trusted.

    :param source: seekable binary file that holds nothing but the stream
    :raises SealError: cut, changed, or under another key or context
    """

    def __init__(self, source, data_key, about):
        self._source = source
        self._about = MAGIC + about
        total = source.seek(0, os.SEEK_END)
        source.seek(0)
        magic, salt = _split(source.read(HEADER), len(MAGIC))
        body = total - HEADER
        self._last = max(0, -(-body // (CHUNK + TAG)) - 1)
        self.size = body - (self._last + 1) * TAG
        if magic != MAGIC or len(salt) != SALT or self.size < 0:
            raise SealError("This is no sealed content")
        self._cipher = _stream_cipher(data_key, salt)
        if not self._chunk(self._last) and self._last:
            raise SealError("Sealed content was changed")

    def _chunk(self, number):
        self._source.seek(HEADER + number * (CHUNK + TAG))
        sealed = self._source.read(CHUNK + TAG)
        return _open_chunk(self._cipher, sealed, self._about, number, last=number == self._last)

    def read_range(self, start=0, stop=None):
        """Open a part, chunk by chunk.

        :param int start: first byte
        :param int stop: byte after the last one; None for the end
        :return: iterator of non-empty bytes
        :raises SealError: while iterating, before any changed byte is handed out
        """
        stop = self.size if stop is None else min(stop, self.size)
        if not 0 <= start <= self.size:
            raise ValueError("The range begins outside of the content")
        while start < stop:
            number, offset = divmod(start, CHUNK)
            data = self._chunk(number)[offset:offset + stop - start]
            yield data
            start += len(data)


def seal(data_key, data, about):
    """Seal bytes as one stream.

    :return: bytes, 52 longer than ``data`` and 16 more per further 64 KiB
    """
    target = io.BytesIO()
    writer = SealWriter(target, data_key, about)
    writer.write(data)
    writer.finish()
    return target.getvalue()


def unseal(data_key, blob, about):
    """Open what :func:`seal` returned.

    :raises SealError: changed, cut, or under another key or context
    """
    if len(blob) > HEADER + CHUNK + TAG:
        return b"".join(SealReader(io.BytesIO(blob), data_key, about).read_range())
    magic, salt, sealed = _split(blob, len(MAGIC), SALT)
    if magic != MAGIC or len(sealed) < TAG:
        raise SealError("This is no sealed content")
    return _open_chunk(_stream_cipher(data_key, salt), sealed, MAGIC + about, 0, last=True)

