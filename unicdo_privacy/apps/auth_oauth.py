# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sign-in through another provider, where that app is installed: while the switch is on, the database holds a keyed digest
of the access token with which somebody signed in last, never the token (POLICY TOK-2).

The app stores the token, and compares the one that a browser has just brought with it. A digest does as well. Storing goes
by ``write`` and ``create`` of users, which are ours too; comparing is a step of the app alone and is patched.
"""

import hashlib
import hmac

from odoo.exceptions import UserError
from odoo.http import request

from ..tools import guard, sealing
from . import stored

APP, MODEL, FIELD = "auth_oauth", "res.users", "oauth_access_token"
#: what a digest starts with; a token is never taken for one, whatever it starts with
FORM = "unicdo-digest:"


def is_installed(env):
    """Whether the app is there."""
    return FIELD in env[MODEL]._fields


def patch(env):
    """Compare digests in this registry; does nothing without the app, or where it was done."""
    users = env.registry[MODEL]
    origin = users._check_credentials
    if not is_installed(env) or hasattr(origin, "unicdo_origin"):
        return

    def _check_credentials(self, credential, env):
        if credential["type"] == "oauth_token" and credential.get("token") and stored.is_on(self.env, APP):
            credential = {**credential, "token": digest(self.env, credential["token"])}
        return origin(self, credential, env)

    _check_credentials.unicdo_origin = origin
    users._check_credentials = _check_credentials


def without_token(env, vals):
    """Values of a user to be stored: with a digest in place of the token, if there is one and the switch is on.

    :raises UserError: there is no key for it
    """
    if not vals.get(FIELD) or not stored.is_on(env, APP):
        return vals
    return {**vals, FIELD: digest(env, vals[FIELD])}


def digest(env, token):
    """HMAC-SHA256 of an access token, under a key of the vault.

    :raises UserError: the vault is not ready, or that key is gone
    """
    secret = _secret(_key(env))
    if not secret:
        raise UserError(env._(
            "Signing in through another provider is closed just now: the vault, or its key for these sign-ins, is missing. "
            "Please sign in with your password, or tell an administrator."
        ))
    return FORM + hmac.new(secret, token.encode(), hashlib.sha256).hexdigest()


def _key(env):
    return stored.known_key(env, stored.MODEL, 0, APP)


def _secret(key):
    """The key itself; None if there is none, or it does not open."""
    if not key:
        return None
    try:
        with guard.opening():
            return key._derive(b"oauth access token")
    except (UserError, sealing.SealError):
        return None


def _clear(env):
    """Users, archived ones too, whose token stands in clear; in sudo."""
    users_sudo = env[MODEL].sudo().with_context(active_test=False)
    return users_sudo.search([(FIELD, "!=", False), (FIELD, "not =like", f"{FORM}%")])


def in_clear(env):
    """How many users' tokens stand in clear."""
    return len(_clear(env))


def notice(env):
    """Why nobody can sign in this way, if so; for those who want to: nothing about the server."""
    if not is_installed(env) or not stored.is_on(env, APP):
        return ""
    try:
        digest(env, "x")
    except UserError as error:
        return str(error)
    return ""


def refusal(env):
    """Why nobody can sign in this way, if so, and what to do about it; for officers."""
    status = env["unicdo.vault"]._status()
    if status != "ready":
        return env["unicdo.vault"]._status_text(status)
    if _secret(_key(env)):
        return ""
    return env._(
        "Nobody can sign in through another provider: the vault's key for these sign-ins is gone. If it does not come back "
        "from a backup, switch this on again: it gets a new key."
    )


def turn_on(env):
    """Put digests in the place of the tokens that are there. Those people's sessions end, because Odoo ties them to what is
    stored; the running request's own goes on. Called when the switch stands on.

    :return: number of users
    """
    key_sudo = _key(env)
    if not _secret(key_sudo):
        env["unicdo.vault.key"]._new(stored.MODEL, 0, APP)
    users_sudo = _clear(env)
    for user_sudo in users_sudo:
        user_sudo[FIELD] = user_sudo[FIELD]  # by way of without_token
    if request and env.user in users_sudo:
        env.flush_all()
        request.session.session_token = env.user._compute_session_token(request.session.sid)
    return len(users_sudo)


def turn_off(env):
    """Nothing to do: a digest is no token, and goes at the next sign-in of its user.

    :return: 0
    """
    return 0
