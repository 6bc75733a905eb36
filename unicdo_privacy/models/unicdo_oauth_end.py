# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib
import threading
import time

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import SQL

from ..tools import sealing, session_bond
from ..tools.http_call import NoAnswer, call
from ..tools.separately import fetch_separately, fresh
from .unicdo_oauth_exchange import is_revoked, revocation, revoke
from .unicdo_oauth_token import opened, opened_for_revocation, seal_for_revocation
from .unicdo_work import NotYet

#: seconds that the end of a session waits for all its providers together
PATIENCE = 3
#: seconds between two tries of the job that revokes
PAUSE = 900
#: seconds after which the sweep looks for a lost session again: core takes the files away for a moment to change an id
LOOK_AGAIN = 1


def end_tokens(tokens, how, past=None):
    """End tokens: what is kept of them goes at once and for good, then the providers are told.

    :param tokens: ``unicdo.oauth.token`` records; those that ended already are left as they are
    :param str how: a key of ``ENDS``
    :param past: the session in which they can be opened, see :func:`~.unicdo_oauth_token.opened`
    """
    _end(tokens.env, tokens.sudo().filtered(lambda token: token.state == "alive"), how, past, [])


def end_sessions(env, sessions, how, past=None):
    """End sessions: nothing bound to them opens from now on.

    :param list sessions: digests, see ``tools/session_bond.py``
    :param past: what the one that is running held, see :func:`~.unicdo_oauth_token.opened`
    """
    if sessions:
        env = env(user=SUPERUSER_ID)
        tokens = env["unicdo.oauth.token"]._alive([("session", "in", sessions)])
        _end(env, tokens, how, past, sessions)


def _end(env, tokens, how, past, sessions):
    # made ready while nothing else has run since the tokens were opened: they go to the addresses that were checked then
    calls = {token: _Revocation(token, plain) for token, plain in _still_opened(tokens, past).items()}
    # what is committed: the running transaction may not know yet that a token has made a key
    gone, made_key = fetch_separately(env, _end_query(tokens.ids, how, sessions))
    ended = tokens.filtered(lambda token: token.id in (gone or ()))
    _drop_halves(ended)
    for user in ended.user_id:
        own = ended.filtered(lambda token, user=user: token.user_id == user)
        env(user=user.id, su=True)["unicdo.ledger.event"]._record(
            "oauth.ended", subject=user.partner_id, model=own._name, res_ids=own.ids, detail={"reason": how}, separate=True,
        )
    _tell_providers({token: calls[token] for token in ended if token in calls}, made_key or ())
    tokens.invalidate_recordset()


def _drop_halves(tokens):
    """Let the running request's session forget its halves of keys that open nothing any more."""
    held = session_bond.halves(request.session) if request else {}
    for name in held.keys() & {str(token.id) for token in tokens}:
        session_bond.put_half(name, None)


def _still_opened(tokens, past):
    """Open tokens a last time, to have them revoked: each with what its own session holds, wherever that is.

    :return: dict of those that open; what no longer does cannot be revoked either, and the proof says so
    """
    here = past or (session_bond.Past(request.session) if request else None)
    stored = session_bond.stored(tokens.env, tokens.user_id.ids) if tokens else {}
    plain = {}
    for token in tokens:
        # a request that runs at the same time may have put its half into the file since this one has read it
        for session in filter(None, (stored.get(token.session), here)):
            with contextlib.suppress(UserError):
                plain[token] = opened(token, session)
                break
    return plain


def _end_query(token_ids, how, sessions):
    """All that ends them in one statement: as a whole, or not at all."""
    now, ids = fields.Datetime.now(), list(token_ids)
    return SQL(
        """WITH mark AS (
               INSERT INTO unicdo_session_end (session, ended_at) SELECT unnest(%(sessions)s::varchar[]), %(now)s
               ON CONFLICT DO NOTHING
           ), gone AS (
               DELETE FROM unicdo_oauth_seal WHERE token_id = ANY(%(ids)s)
           ), ended AS (
               UPDATE unicdo_oauth_token SET ended_at = %(now)s, ended_how = %(how)s, revocation = 'none'
                WHERE id = ANY(%(ids)s) AND ended_at IS NULL
            RETURNING id, made_key
           ) SELECT array_agg(id), array_agg(id) FILTER (WHERE made_key) FROM ended""",
        sessions=sessions, now=now, ids=ids, how=how,
    )


def _tell_providers(calls, made_key):
    """Have tokens revoked, all at once, and note what came of it.

    :param dict calls: ``unicdo.oauth.token`` in sudo → :class:`_Revocation`
    :param made_key: ids of those that made a deploy key
    """
    spared = [token for token, call_ in calls.items() if token.id in made_key and call_.kind == "github_oauth"]
    threads = {token: call_ for token, call_ in calls.items() if token not in spared}
    for thread in threads.values():
        thread.start()
    for thread in threads.values():
        thread.join(PATIENCE + 1)
    for token in spared:
        _note(token, "spared")
    for token, thread in threads.items():
        _note(token, thread.outcome, thread.plain)


def _note(token, outcome, plain=None):
    """Write down in a transaction of its own what became of a token at its provider."""
    if outcome == "none":
        return
    with fresh(token) as now:
        if outcome == "waiting":
            # without a vault there is nothing to try again with: the proof goes on saying "not revoked"
            with contextlib.suppress(UserError, sealing.SealError):
                seal_for_revocation(now, plain)
                now.revocation = "waiting"
                now.env["unicdo.work"]._enqueue([{"res_model": now._name, "res_id": now.id, "kind": "revoke"}])
            return
        now.write({"revocation": outcome, "revoked_at": outcome == "done" and fields.Datetime.now()})


class _Revocation(threading.Thread):
    """One provider that is told, within ``PATIENCE``; ``outcome`` is "done", "waiting", or "none" where there is no way."""

    def __init__(self, token, plain):
        super().__init__(daemon=True)
        self.kind = token.provider_id.kind
        self.plain = plain
        self.outcome = "waiting"
        try:
            self.asked = revocation(token.provider_id, plain)
            if not self.asked:
                self.outcome = "none"
        except (NoAnswer, UserError, sealing.SealError):
            self.asked = None

    def run(self):
        """Only this: the database is not to be used here."""
        if self.asked:
            with contextlib.suppress(NoAnswer):
                if is_revoked(self.kind, call(**self.asked, deadline=PATIENCE).status):
                    self.outcome = "done"


class UnicdoOauthToken(models.Model):
    """Tokens that ended while their provider did not answer are revoked later, for two days at most."""

    _inherit = "unicdo.oauth.token"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _end_lost(self):
        """Note the end of sessions that passed no hook: collected, lost, brought back by a running request. Nothing of them
        opens any more; from now on neither does what a backup brings back."""
        lost = self._lost()
        if lost:
            time.sleep(LOOK_AGAIN)
            end_sessions(self.env, sorted(lost & self._lost()), "session")

    @api.model
    def _lost(self):
        """Sessions that hold tokens and are over: a set of digests. What core's device log does not know is left alone."""
        tokens = self._alive([])
        known = session_bond.stored(self.env, tokens.user_id.ids)
        ended = self.env["unicdo.session.end"].sudo().search([("session", "in", tokens.mapped("session"))])
        over = {session for session, past in known.items() if not past} | set(ended.mapped("session"))
        return over & set(tokens.mapped("session"))

    def _do_work_revoke(self, work):
        """Try again to revoke a token that is kept for nothing else; idempotent."""
        token_sudo = self.sudo()
        try:
            plain = opened_for_revocation(token_sudo)
        except (UserError, sealing.SealError):
            plain = None
        done = plain and revoke(token_sudo.provider_id, plain, deadline=15)
        if plain and not done:
            raise NotYet(PAUSE)
        token_sudo.env["unicdo.oauth.seal"]._drop(token_sudo.ids, "revoke")
        token_sudo.write({"revocation": "done" if done else "failed", "revoked_at": done and fields.Datetime.now()})
