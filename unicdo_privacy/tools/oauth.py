# SPDX-License-Identifier: LGPL-3.0-or-later
"""OAuth 2.0 by authorisation code with PKCE (RFC 6749, 7636, 9700): what is sent and what is read, without network."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit

#: what a token may be made of: visible ASCII without quotes (RFC 6750, 2.1, and what providers really send)
TOKEN = re.compile(r"[!#-\[\]-~]{8,4096}")
#: errors of authorisation and token endpoints (RFC 6749, 4.1.2.1 and 5.2); others are "unknown"
ERRORS = {
    "access_denied", "invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "server_error",
    "temporarily_unavailable", "unauthorized_client", "unsupported_grant_type", "unsupported_response_type",
    # GitHub's own
    "bad_verification_code", "incorrect_client_credentials", "redirect_uri_mismatch", "application_suspended",
}
#: one scope (RFC 6749, 3.3, but no comma), and how much text of them is read
SCOPE = re.compile(r"[!#-+\--\[\]-~]+")
MOST_SCOPES = 4000
STATE = re.compile(r"([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})")


class OAuthError(Exception):
    """The provider refused or answered nonsense.

    :param str what: one of ``ERRORS``, or "unknown"; never text of the provider's, which may repeat secrets
    """

    def __init__(self, what):
        self.what = what if what in ERRORS else "unknown"
        super().__init__(self.what)


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_secret():
    """43 random characters that fit into a session, a URL, and a verifier (RFC 7636, 4.1)."""
    return secrets.token_urlsafe(32)


def _mac(key, use, text):
    return _encode(hmac.new(key.encode(), f"{use}\0{text}".encode(), hashlib.sha256).digest())


def verifier(key, nonce):
    """The code verifier of one flow, made anew from the session's secret: it is stored nowhere.

    :param str key: a secret that lives in the session only
    :param str nonce: of this flow
    :return: 43 characters (RFC 7636, 4.1)
    """
    return _mac(key, "verifier", nonce)


def challenge(code_verifier):
    """The code challenge by method S256 (RFC 7636, 4.2)."""
    return _encode(hashlib.sha256(code_verifier.encode()).digest())


def sign_state(key, nonce):
    """A ``state`` that only this session can have made.

    :param str key: a secret that lives in the session only
    :param str nonce: 43 characters, used once
    """
    return f"{nonce}.{_mac(key, 'state', nonce)}"


def read_state(key, state):
    """The nonce of a ``state`` that this session made; None for everything else."""
    match = STATE.fullmatch(state) if isinstance(state, str) else None
    if match and key and hmac.compare_digest(match[2], _mac(key, "state", match[1])):
        return match[1]
    return None


def authorize_url(endpoint, client_id, redirect_uri, scope, state, code_verifier):
    """Where the browser goes to be asked.

    :param str endpoint: the provider's, with a query of its own at will
    :param str scope: divided by spaces; "" for none
    """
    query = {
        "response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri, "state": state,
        "code_challenge": challenge(code_verifier), "code_challenge_method": "S256",
    }
    if scope:
        query["scope"] = scope
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"


def basic(client_id, client_secret):
    """Value of the header by which a client says who it is (RFC 6749, 2.3.1; RFC 7617)."""
    return "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()


def read_json(body):
    """A JSON object; {} for everything else.

    :param bytes body: as it came
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def read_token(status, body, asked=""):
    """Read the answer of a token endpoint (RFC 6749, 5), in JSON or as a form.

    :param int status: some providers say 200 to errors too
    :param bytes body: as it came
    :param str asked: the scope that was asked for, granted if the answer names none
    :return: dict ``token`` (str), ``scopes`` (sorted list), ``seconds`` (its life at the provider, None if not told)
    :raises OAuthError: refused, or no bearer token
    """
    content = read_json(body) or _read_form(body)
    if content.get("error"):
        raise OAuthError(str(content["error"]))
    token, kind = content.get("access_token"), content.get("token_type")
    bearer = isinstance(kind, str) and kind.lower() == "bearer"
    if status != 200 or not bearer or not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise OAuthError("unknown")
    scope = content.get("scope", asked)
    return {"token": token, "scopes": read_scopes(scope), "seconds": _seconds(content.get("expires_in"))}


def _read_form(body):
    try:
        return dict(parse_qsl(body.decode("ascii", "replace"), max_num_fields=20))
    except ValueError:
        return {}


def read_scopes(scope):
    """Scopes as a sorted list; GitHub divides them by commas.

    :param scope: str, or anything else for none
    """
    return sorted(set(SCOPE.findall(scope[:MOST_SCOPES]))) if isinstance(scope, str) else []


def _seconds(value):
    try:
        seconds = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 < seconds < 10**9 else None
