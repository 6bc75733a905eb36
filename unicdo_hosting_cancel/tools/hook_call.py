# SPDX-License-Identifier: LGPL-3.0-or-later
"""Calling a hosting provider: one signed HTTP POST."""

import hashlib
import hmac
import json

from odoo.addons.unicdo_privacy.tools.http_call import DEADLINE, NoAnswer, call


def serialise(payload):
    """The bytes of a body, the same for the same payload."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()


def signature(secret, timestamp, body):
    """HMAC-SHA256 over the timestamp, a dot, and the body: 64 hexadecimal characters.

    :param bytes secret: shared with the receiver
    :param int timestamp: seconds since 1970, UTC; receivers refuse old ones, so that a call cannot be replayed
    :param bytes body: as it is sent
    """
    return hmac.new(secret, b"%d.%s" % (timestamp, body), hashlib.sha256).hexdigest()


def post(url, body, headers, allow_private=False, deadline=DEADLINE):
    """POST bytes once, see :func:`~odoo.addons.unicdo_privacy.tools.http_call.call`.

    :param str url: where to
    :param bytes body: JSON
    :param dict headers: further ones
    :return: the status, from 200 to 299
    :raises NoAnswer: everything else
    """
    headers = {"Content-Type": "application/json", **headers}
    status = call("POST", url, headers, body, allow_private, deadline).status
    if not 200 <= status <= 299:
        raise NoAnswer(f"HTTP {status}")
    return status
