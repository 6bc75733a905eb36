# SPDX-License-Identifier: LGPL-3.0-or-later
"""How a customer names a contract: a database's name or address in any form, or a number. Compared exactly, never in part."""

import re
from urllib.parse import urlsplit

#: around a name that people copy from a text
QUOTES = " \t\n\r.,;:!?\"'`´“”„‚‘’«»‹›()[]<>"
LONGEST = 255


def host_of(address):
    """The host that an address names, whatever its form: with or without scheme, port, path, sign-in or final dot.

    :param str address: as somebody wrote it
    :return: str in lower case, international names in ASCII; "" if it names none
    """
    text = (address or "").strip(QUOTES)
    text = text if "://" in text else f"//{text.lstrip('/')}"
    try:
        host = urlsplit(text).hostname or ""
        host = host.rstrip(".").encode("idna").decode()
    except ValueError:  # UnicodeError is one
        return ""
    host = host.lower()
    return host if re.fullmatch(r"[a-z0-9_][a-z0-9_.-]*", host) else ""


def fold(name):
    """A name as it is compared: trimmed, lower case."""
    return (name or "").strip(QUOTES).casefold()


def names_in(text):
    """What a text may name: all of it, and each word in it that looks like an address or a number.

    :param str text: as somebody wrote it
    :return: set of str, folded; hosts too
    """
    whole = (text or "").strip(QUOTES)
    words = [word for word in whole.split() if re.search(r"[./]|\d", word)]
    found = {form for word in [whole, *words] for form in (fold(word), host_of(word))}
    return {name for name in found if name and len(name) <= LONGEST}
