# SPDX-License-Identifier: LGPL-3.0-or-later
"""An app at the code host, for its tests: how it signs people in and asks."""
import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

CALLBACK = "http://127.0.0.1:9/back?of=app"
VERIFIER = secrets.token_urlsafe(48)
JSON = {"Accept": "application/json"}


def challenge(verifier=VERIFIER):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def address(app, **changes):
    """Where a person is sent to agree; a change of None leaves that out."""
    values = {
        "response_type": "code", "client_id": app.client_id, "redirect_uri": CALLBACK, "state": "a b&c",
        "code_challenge": challenge(), "code_challenge_method": "S256", **changes,
    }
    return f"{app.authorize_url}?{urlencode({name: value for name, value in values.items() if value is not None})}"


def code_of(host, app, user="octo", scopes=None, **changes):
    back = host.authorize(address(app, **changes), user, scopes=scopes)
    return parse_qs(urlsplit(back).query)["code"][0]


def exchange(app, code, **changes):
    values = {
        "grant_type": "authorization_code", "client_id": app.client_id, "client_secret": app.client_secret, "code": code,
        "redirect_uri": CALLBACK, "code_verifier": VERIFIER, **changes,
    }
    return requests.post(app.token_url, {name: value for name, value in values.items() if value}, headers=JSON, timeout=10)


def sign_in(host, kind="oauth_app", scope="repo", **options):
    app = host.apps[kind]
    return exchange(app, code_of(host, app, scope=scope, **options)).json()["access_token"]


def ask(host, token, method, path, **options):
    headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
    return requests.request(method, host.url + path, headers=headers, timeout=10, **options)
