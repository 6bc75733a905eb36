# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL

from ..tools import oauth, session_bond
from ..tools.separately import fetch_separately

#: where a session keeps the secret of its flows
FLOW_KEY = "unicdo_oauth_flow"
MINUTES = 10
#: flows of one person that are remembered, the latest
OPEN = 20


def begin(provider, next_path):
    """Begin to ask for a token: remember it once, and say where the browser goes.

    :param str next_path: local path to go on with afterwards
    :return: str, the provider's address
    """
    env, session = provider.env, request.session
    if not isinstance(session.get(FLOW_KEY), str):
        session[FLOW_KEY] = oauth.new_secret()
    nonce = oauth.new_secret()
    flows_sudo = env["unicdo.oauth.flow"].sudo()  # nobody's to read or write
    flows_sudo.search([("user_id", "=", env.uid)], order="id desc", offset=OPEN - 1).unlink()
    flows_sudo.create([{
        "digest": _digest(nonce), "session": session_bond.digest(session.sid), "user_id": env.uid,
        "provider_id": provider.id, "next": next_path,
    }])
    key = session[FLOW_KEY]
    return provider._authorize_url(oauth.sign_state(key, nonce), oauth.verifier(key, nonce))


def finish(env, state):
    """Use up a state: it was signed by this session, for this user, at most ten minutes ago, and is used once, even if
    the request fails.

    :param state: as it came back
    :return: ``(provider, verifier, next path)``; None if it is none
    """
    key = request.session.get(FLOW_KEY)
    nonce = oauth.read_state(key if isinstance(key, str) else "", state)
    row = nonce and fetch_separately(env, SQL(
        """DELETE FROM unicdo_oauth_flow WHERE digest = %s AND session = %s AND user_id = %s AND begun_at > %s
           RETURNING provider_id, next""",
        _digest(nonce), session_bond.digest(request.session.sid), env.uid,
        fields.Datetime.now() - timedelta(minutes=MINUTES),
    ))
    if not row:
        return None
    return env["unicdo.oauth.provider"].browse(row[0]), oauth.verifier(key, nonce), row[1]


def _digest(nonce):
    return hashlib.sha256(nonce.encode()).hexdigest()


class UnicdoOauthFlow(models.Model):
    """A person who was sent to a provider and has not come back yet. What proves the way back stands in their session."""

    _name = "unicdo.oauth.flow"
    _description = "Connection Being Made"
    _log_access = False
    _rec_name = "digest"

    digest = fields.Char(required=True)
    session = fields.Char(required=True)
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", index=True)
    provider_id = fields.Many2one("unicdo.oauth.provider", required=True, ondelete="cascade")
    next = fields.Char(required=True)
    begun_at = fields.Datetime(required=True, default=fields.Datetime.now, index=True)

    _digest_uniq = models.UniqueIndex("(digest)")

    @api.autovacuum
    def _gc_old(self):
        """Forget those who did not come back."""
        limit = fields.Datetime.now() - timedelta(minutes=MINUTES)
        self.sudo().search([("begun_at", "<", limit)], limit=10000).unlink()
