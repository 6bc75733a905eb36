# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from urllib.parse import urlsplit

#: what browsers drop or read as a slash, so that a harmless looking path leaves the site
TRICKS = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ufeff]")


#: characters of a path; browsers and proxies take no longer ones either
MOST = 2000


def local_path(value, default="/my"):
    """A path on this site that a redirect may lead to, never another site (no open redirect, CWE-601).

    :param value: what a URL or form brought; anything
    :param str default: returned for everything that is not a plain local path
    :return: str that starts with exactly one slash
    """
    if not isinstance(value, str) or len(value) > MOST or not value.startswith("/") or value.startswith("//"):
        return default
    if TRICKS.search(value):
        return default
    try:
        parts = urlsplit(value)
    except ValueError:
        return default
    return default if parts.scheme or parts.netloc else value
