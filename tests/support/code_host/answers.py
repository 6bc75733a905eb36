# SPDX-License-Identifier: LGPL-3.0-or-later
"""What both APIs share: JSON answers, pages of lists, keys, times."""
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from werkzeug.wrappers import Response


class Refusal(Exception):
    """An answer that ends a request early."""

    def __init__(self, response):
        super().__init__(response.status)
        self.response = response


def reply(body, status=200, headers=()):
    """A JSON answer; without a body, none."""
    if body is None:
        return Response(status=status, headers=dict(headers))
    return Response(json.dumps(body), status, dict(headers), mimetype="application/json")


def fields_of(request):
    """The object in a request's body; empty if there is none."""
    value = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    return value if isinstance(value, dict) else {}


def page(request, items, standard, describe):
    """One page of a list, with the addresses of others in ``Link``.

    :param int standard: entries of a page if ``per_page`` is not given; at most 100
    """
    size = min(max(request.args.get("per_page", standard, int), 1), 100)
    number = max(request.args.get("page", 1, int), 1)
    last = max((len(items) + size - 1) // size, 1)
    places = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    wanted = [name for name in places if (number > 1 if name in ("prev", "first") else number < last)]
    links = [f'<{request.base_url}?{urlencode({**request.args, "per_page": size, "page": places[name]})}>; rel="{name}"'
             for name in wanted]
    headers = {"Link": ", ".join(links)} if links else {}
    return reply([describe(item) for item in items[(number - 1) * size:number * size]], headers=headers)


def public_key(text):
    """An OpenSSH public key without its comment; None if it is none."""
    parts = str(text or "").split()
    try:
        load_ssh_public_key(" ".join(parts[:2]).encode())
    except ValueError:
        return None
    return " ".join(parts[:2])


def moment(seconds):
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
