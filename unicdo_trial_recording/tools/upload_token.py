# SPDX-License-Identifier: LGPL-3.0-or-later
"""Short-lived tokens that let one browser tab add to one recording, see :mod:`.signed` for their form."""

import re
from dataclasses import asdict, dataclass, field

from . import signed

#: longer than any token of ours
LONGEST = 4096
#: ids of databases and recordings
ID = re.compile("[0-9a-f]{32}")
#: keyed digests
DIGEST = re.compile("[0-9a-f]{64}")
#: a database keeps no NUL and no half of a pair
_NO_TEXT = re.compile("[\\0\ud800-\udfff]")
_KINDS = {"database": str, "recording": str, "session": str, "consent": int, "expires": int, "about": dict}
_ABOUT = {
    "person": str, "started": int, "part": int, "surface": str, "lang": str, "odoo_version": str, "modules": str, "width": int,
    "height": int,
}


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
    #: for a collector that learns of the recording by its first piece: ``person`` (keyed digest), ``started`` (seconds
    #: since 1970, UTC), ``part`` (number of the page load, from 1), ``surface``, ``lang``, ``odoo_version``, ``modules``,
    #: ``width``, ``height``
    about: dict = field(default_factory=dict)


def sign(grant, seed):
    """Make a token.

    :return: str, to be sent in a body, never in a URL
    """
    return signed.sign(asdict(grant), seed)


def read(token):
    """What a token says, unchecked: to look up the key it has to be checked with.

    :param bytes token: as it came
    :raises BadToken: it is none
    """
    try:
        content = signed.read(token) if len(token) <= LONGEST else {}
    except signed.BadSignature:
        content = {}
    about = content.get("about")
    if not (_has_shape(content, _KINDS) and ID.fullmatch(content["database"]) and ID.fullmatch(content["recording"])):
        raise BadToken("This is no upload token")
    if about and not (_has_shape(about, _ABOUT) and DIGEST.fullmatch(about["person"])):
        raise BadToken("This is no upload token")
    return Grant(**content)


def _has_shape(content, kinds):
    """Whether a dict has these names with values of these kinds, and its texts can be stored."""
    return content.keys() == kinds.keys() and all(
        type(content[name]) is kind and (kind is not str or not _NO_TEXT.search(content[name])) for name, kind in kinds.items()
    )


def check(token, key, now):
    """Check a token's signature and time.

    :param bytes token: as it came
    :param str key: the signing database's public key, see :func:`.signed.public_key`
    :param float now: seconds since 1970, UTC
    :raises BadToken: changed, signed by another key, or over
    """
    try:
        signed.check(token, key)
    except signed.BadSignature:
        raise BadToken("The upload token was changed or signed by another database") from None
    if read(token).expires <= now:
        raise BadToken("The upload token's time is over")
