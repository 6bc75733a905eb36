# SPDX-License-Identifier: LGPL-3.0-or-later
"""Masking of what looks like a provider's token, or is one that this process has seen, wherever a program writes text: logs
and tracebacks (POLICY TOK-2)."""

import collections
import hashlib
import logging
import re

MASK = "[masked]"
#: secrets of which this process knows that they are some, the latest
MOST = 1000
#: tokens that say by their form what they are: GitHub, GitLab, Google, JSON web tokens. Each takes what it has read, or fails
#: after a few characters: whoever can have a text written must not make this process look for hours
_FORMS = (
    r"gh[oprsu]_[A-Za-z0-9_]{16,}", r"github_pat_[A-Za-z0-9_]{16,}", r"gl(?:pat|oas|dt|rt)-[A-Za-z0-9_.-]{16,}",
    r"ya29\.[A-Za-z0-9_.-]{16,}", r"1//[A-Za-z0-9_-]{20,}", r"(?-i:eyJ)[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)*",
)
#: names that are followed by a secret: in a query, a form, JSON, a header or a dict, encoded or not
_NAMES = (
    r"access_token|refresh_token|id_token|client_secret|new_secret|code_verifier|(?<![A-Za-z_])code(?==)|(?<![A-Za-z_])state(?==)"
)
_SECRET = re.compile(
    rf"(?P<form>(?<![A-Za-z0-9])(?:{'|'.join(_FORMS)}))"
    rf"|(?P<name>(?:{_NAMES})(?:[\"']?\s*(?:=|:|%3D|%3A)\s*[\"']?))(?P<value>[^\s\"'&,;}}\])]{{4,}})"
    r"|(?P<scheme>(?:Bearer|Basic|token)\s+)(?P<credentials>[A-Za-z0-9._~+/=-]{16,})",
    re.IGNORECASE,
)
#: no text without one of these holds such a secret: most texts are passed by a quick look
_HINT = re.compile(
    r"gh[oprsu]_|github_pat|gl(?:pat|oas|dt|rt)-|ya29\.|1//|eyJ|_token|_secret|code|state=|bearer|basic|token",
    re.IGNORECASE,
)
#: what a random secret is made of, in one piece or several
_PIECE = re.compile(r"[A-Za-z0-9_-]{12,}")
#: SHA-256 of the pieces of known secrets, the oldest first: the secrets themselves are not kept
_known = collections.OrderedDict()


def remember(secret):
    """Mask a secret from now on in what this process writes, whatever it looks like.

    :param str secret: random; of its parts between other characters than letters, digits, "_" and "-" those of at least
        twelve are known again
    :return: the same
    """
    for piece in _PIECE.findall(secret):
        _known[_digest(piece)] = True
        if len(_known) > MOST:
            _known.popitem(last=False)
    return secret


def _digest(piece):
    return hashlib.sha256(piece.encode()).digest()


def mask(text):
    """The same text without what looks like a token, a code or a client's secret, and without known secrets."""
    if _HINT.search(text):
        text = _SECRET.sub(lambda match: (match["name"] or match["scheme"] or "") + MASK, text)
    if _known:
        text = _PIECE.sub(lambda match: MASK if _digest(match[0]) in _known else match[0], text)
    return text


def install():
    """Mask all log records of this process from now on, for handlers that come later too. Once is enough."""
    make = logging.getLogRecordFactory()
    if not getattr(make, "unicdo_masks", False):
        logging.setLogRecordFactory(_masking(make))


def _masking(make):
    def record_factory(*args, **kwargs):
        record = make(*args, **kwargs)
        _mask_record(record)
        return record

    record_factory.unicdo_masks = True
    return record_factory


def _mask_record(record):
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 - whoever prints it tells of the wrong arguments
        return
    masked = mask(text)
    if masked != text:
        record.msg, record.args = masked, ()
    if isinstance(record.exc_info, tuple) and record.exc_info[0]:
        trace = logging.Formatter().formatException(record.exc_info)
        masked = mask(trace)
        if masked != trace:
            record.exc_text = masked  # formatters take it in place of a text of their own
