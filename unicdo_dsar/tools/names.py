# SPDX-License-Identifier: LGPL-3.0-or-later
"""Names of files inside a package."""

import os
import re
import unicodedata

FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+')
#: names that Windows keeps for devices
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
MAX_BYTES = 120


def safe_name(name, fallback="file"):
    """A file name that unpacks on every system and leaves its folder on none.

    :param str name: any text, such as an attachment's name
    :param str fallback: used when nothing is left
    :return: at most 120 bytes of UTF-8, extension kept
    """
    text = FORBIDDEN.sub("_", unicodedata.normalize("NFC", name or "")).strip(" .")
    if RESERVED.fullmatch(text):
        text = f"_{text}"
    stem, extension = os.path.splitext(text)
    extension = extension if len(extension.encode()) <= 20 else ""
    stem = stem if extension or stem == text else text
    room = MAX_BYTES - len(extension.encode())
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    return (stem or fallback) + extension


def slug(text):
    """A short ASCII word for paths: lower case letters, digits and ``-``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "data"
