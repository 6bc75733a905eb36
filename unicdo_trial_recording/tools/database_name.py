# SPDX-License-Identifier: LGPL-3.0-or-later
"""One key for every way of writing a database's name or address (POLICY REC-3).

Only equal keys are the same database: nothing is guessed, completed or found by its beginning.

- ``HTTPS://user@Acme.Example.:8069/odoo?debug=1#top`` and ``acme.example`` are one: scheme, user, port, path, query,
  fragment, case and a last dot tell no databases apart.
- ``www.acme.example`` and ``acme.example`` are one: a ``www.`` in front leads to the same site wherever people use it. A
  database that is just called ``www`` keeps its name.
- A bare name such as ``acme`` is the database called so, and not ``acme.example``: many hosts have an ``acme``. A database
  is found by its name and by its address, see :func:`keys_of`, so each owner's own form works.
- International names: Unicode and ``xn--`` forms are one, full-width forms are plain, other dots are dots. As in UTS 46,
  non-transitional, ``ß`` is not ``ss`` and invisible characters are dropped; checks of IDNA 2008 that refuse names are left
  out, since a name that cannot exist is not on file either.
"""

import re
import unicodedata
from urllib.parse import unquote

#: longest text that is looked at; no address of a site is longer
LONGEST = 2048
SCHEME = re.compile(r"(?:https?:[\\/]*|[a-z][a-z0-9+.-]*:[\\/]{2,}|[\\/]{2,})", re.IGNORECASE)
#: what people copy along with an address
WRAPPING = "<>\"'`´‘’“”«»(){},;"
#: ignored in names by UTS 46: soft hyphen, joiners and marks of nothing
IGNORED = re.compile("[\u00ad\u034f\u180b-\u180d\u180f\u200b\u2060\u2064\ufe00-\ufe0f\ufeff]")
DOTS = re.compile("[\u3002\uff0e\uff61]")


def database_key(text):
    """The key of a database's name or address.

    :param text: as somebody wrote it
    :return: str, the same for all forms of one; "" for what names nothing
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        return ""
    host = _host("".join(text.split()).strip(WRAPPING))
    if host.startswith("["):
        return host.lower() if host.endswith("]") else ""
    labels = [_label(label) for label in _plain(host).removesuffix(".").split(".")]
    if not all(labels):
        return ""
    if len(labels) > 2 and labels[0] == "www":
        labels = labels[1:]
    return ".".join(labels)


def keys_of(name, url):
    """The keys by which a database on file is found: of its name, and of its address.

    :return: set of str
    """
    return {database_key(name), database_key(url)} - {""}


def _host(text):
    """What stands between scheme and user on one side, port and path on the other."""
    # full-width forms first, since they hide what divides an address
    text = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    scheme = SCHEME.match(text)
    text = text[scheme.end():] if scheme else text
    text = re.split(r"[\\/?#]", text, maxsplit=1)[0].rpartition("@")[2]
    if text.startswith("["):
        return text.partition("]")[0] + "]" if "]" in text else ""
    return unquote(text.partition(":")[0])


def _plain(host):
    """Without what makes no difference in a name."""
    host = IGNORED.sub("", DOTS.sub(".", host))
    # small letters of what NFKC makes of them, and once more: some come apart
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", host).lower())


def _label(label):
    """One part of a name in Unicode, whichever way it was written."""
    if not label.startswith("xn--"):
        return label
    try:
        written = label[4:].encode("ascii").decode("punycode")
        is_proper = written.isprintable() and not written.isascii() and written == _plain(written) and "." not in written
    except (UnicodeError, ValueError):
        is_proper = False
    return written if is_proper else label
