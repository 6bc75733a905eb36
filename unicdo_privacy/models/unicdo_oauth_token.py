# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import binascii
import secrets
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import SQL, format_datetime

from ..tools import guard, sealing, session_bond, token_mask
from ..tools.separately import fetch_separately, fresh_cursor
from .unicdo_oauth_provider import WHERE_TOKENS_GO
from .unicdo_vault import one_look
from .unicdo_vault_key import data_key, derived

#: how long a token is kept at most, from when it came: at its end it is refused (POLICY TOK-2)
LIFE = timedelta(days=2)
#: hosts' clocks may differ by so much
CLOCKS_DIFFER = timedelta(minutes=5)
#: names of the vault's keys, a new one each day: destroyed once no token of that day can live
DAY_KEY = "oauth_"
USE_OF_DAY_KEY = b"unicdo oauth token"
#: how a token ended
ENDS = [
    ("logout", "Log-off"),
    ("session", "End of the session"),
    ("device", "Device signed out from elsewhere"),
    ("sign_in", "Sign-in changed or account archived"),
    ("used", "Its work was done"),
    ("person", "Ended by the person"),
    ("replaced", "A newer one took its place"),
    ("refused", "Not good for its work"),
    ("app", "Disconnected in its app"),
    ("switched", "A privacy officer decided otherwise"),
    ("expired", "Two days were over"),
]


class TokenClosed(UserError):
    """A token cannot be opened here and now. The text says why and what to do; ``why`` is a word for the program:
    "ended", "expired", "session", "half", "clock", "changed", "vault"."""

    def __init__(self, env, why):
        super().__init__(_why_text(env, why))
        self.why = why


def _why_text(env, why):
    _ = env._
    return {
        "ended": _("This connection has ended. Connect again."),
        "expired": _("This connection was made two days ago, so it has ended. Connect again."),
        "session": _("This connection works only in the session in which it was made, and only while you are signed in there. "
                     "Connect again."),
        "half": _("Your session no longer holds its half of the key, so this connection cannot be used. Connect again."),
        "clock": _("The server's clock stands before the time at which this connection was made, or was set back. "
                   "Nothing is opened until it is right. Please tell an administrator."),
        "changed": _("What is stored of this connection was changed or belongs to somebody else, so it stays closed. "
                     "Connect again."),
        "vault": _("The vault's key under which this connection was sealed is gone, so it stays closed. Connect again."),
    }[why]


def keep(provider, granted):
    """Seal a token that has just come for the running request's user and session.

    :param dict granted: as :func:`~..tools.oauth.read_token` gives it
    :return: ``unicdo.oauth.token`` in sudo: no role writes here
    :raises NotThisSession: the session ended meanwhile
    :raises UserError: the vault is not ready
    """
    env, now = provider.env, fields.Datetime.now()
    life = timedelta(seconds=granted["seconds"]) if granted["seconds"] else None
    # first what may fail: a row without a seal would be told as a connection
    with fresh_cursor(env) as cr:
        fresh = env(cr=cr)
        session_bond.check(fresh, env.uid, request.session)
        bond = session_bond.bond(fresh, env.uid, request.session.sid)
    key_sudo = _key_of_today(env)
    secret, half = _secret(key_sudo), secrets.token_bytes(sealing.KEY_SIZE)
    token_sudo = env["unicdo.oauth.token"].sudo().create({
        "user_id": env.uid, "provider_id": provider.id, "session": session_bond.digest(request.session.sid),
        "scopes": " ".join(granted["scopes"]), "created_at": now, "expires_at": now + min(LIFE, life or LIFE),
        "provider_expires_at": life and now + life,
    })
    token_sudo.flush_recordset()
    about = token_sudo._about("open")
    sealed = sealing.seal(_session_key(secret, half, about, bond), granted["token"].encode(), about)
    env["unicdo.oauth.seal"].sudo()._put(token_sudo, "open", key_sudo, sealed)
    session_bond.put_half(str(token_sudo.id), base64.b64encode(half).decode())
    return token_sudo


def opened(token, past=None):
    """The token itself, to be used at once and kept nowhere.

    Looks at what is committed now, however old the running transaction is.

    :param token: one ``unicdo.oauth.token``
    :param past: what the request's session held before log-off emptied it, see ``models/ir_http.py``
    :return: str
    :raises TokenClosed: not in this session, not now, or not any more
    :raises UserError: the vault is not ready
    """
    key, sealed, about = _opening(token, past)
    try:
        plain = sealing.unseal(key, bytes(sealed), about)
    except sealing.SealError:
        raise TokenClosed(token.env, "changed") from None
    return token_mask.remember(plain.decode())


def put_anew(token, plain):
    """Seal something else in the place of an open token, for the same session and until the same end, at once: in a
    transaction of its own.

    :param str plain: a token again, such as the one that its provider gave for it
    :raises TokenClosed: as :func:`opened`
    """
    key, _sealed, about = _opening(token)
    token_mask.remember(plain)
    sealed = psycopg2.Binary(sealing.seal(key, plain.encode(), about))
    fetch_separately(token.env, SQL(
        "UPDATE unicdo_oauth_seal SET sealed = %s WHERE token_id = %s AND use = 'open' RETURNING id", sealed, token.id
    ))


def _opening(token, past=None):
    """The key of a token, what is sealed, and what it belongs to; see :func:`opened`."""
    env, session = token.env, past or (request and request.session)
    if not session or guard.in_action_code():
        raise TokenClosed(env, "session")
    half = _half(env, token.id, session)
    found = env["unicdo.oauth.seal"]._look(token.id, session)
    if not found:
        raise TokenClosed(env, "ended")
    stored, proof = found
    _check_time(env, stored)
    bond = _bond(env, stored, session, proof)
    secret = _stored_secret(env, stored)
    about = _belonging(
        stored.vault[0], token.id, stored.user_id, stored.created_at, stored.expires_at, stored.provider_id,
        stored.goes_to, "open",
    )
    return _session_key(secret, half, about, bond), stored.sealed, about


def _bond(env, stored, session, proof):
    try:
        session_bond.check_known(env, stored.user_id, session, stored.is_session_ended)
        return session_bond.bond_by(env, stored.user_id, session.sid, proof)
    except session_bond.NotThisSession:
        raise TokenClosed(env, "session") from None


def _stored_secret(env, stored):
    row = stored.key_name, tuple(stored.key_about), stored.is_key_destroyed
    try:
        return derived(env, row, tuple(stored.vault), USE_OF_DAY_KEY)
    except sealing.SealError:
        raise TokenClosed(env, "vault") from None


def _half(env, token_id, session):
    text = session_bond.halves(session).get(str(token_id))
    try:
        half = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError, TypeError):
        half = b""
    if len(half) != sealing.KEY_SIZE:
        raise TokenClosed(env, "half")
    return half


def _check_time(env, stored):
    """Refuse at the end, and while the clock stands before what has happened already."""
    now = fields.Datetime.now()
    if now < max(stored.created_at, stored.last_event_at or stored.created_at) - CLOCKS_DIFFER:
        raise TokenClosed(env, "clock")
    if now >= stored.expires_at:
        raise TokenClosed(env, "expired")


def _session_key(secret, half, about, bond):
    """The key of one token: from the vault's key of its day, the half in its session, and what proves the session."""
    return sealing.derive(secret, about + bond, half)


def _secret(key):
    with one_look():
        return sealing.derive(data_key(key), USE_OF_DAY_KEY)


def _belonging(vault_id, token_id, user_id, created_at, expires_at, provider_id, goes_to, use):
    """What a sealed token belongs to, for authentication: rows cannot be swapped, no life prolonged, and it goes nowhere but
    where its person sent it."""
    goes_to = (part or False for part in goes_to)
    return sealing.context(
        vault_id, "unicdo.oauth.token", token_id, user_id, created_at, expires_at, provider_id, *goes_to, use,
    )


def _key_of_today(env):
    """The vault's key for what comes today, UTC; in sudo."""
    purpose = f"{DAY_KEY}{fields.Date.today()}"
    keys_sudo = env["unicdo.vault.key"].sudo()
    known = keys_sudo.search([
        ("res_model", "=", "unicdo.oauth.token"), ("purpose", "=", purpose), ("destroyed_at", "=", False),
    ], limit=1)
    return known or keys_sudo._new("unicdo.oauth.token", 0, purpose)


def seal_for_revocation(token, plain):
    """Keep a token so that only the job that revokes it can open it, until its time is over.

    :param token: one ``unicdo.oauth.token`` in sudo
    :param str plain: the token itself
    """
    key_sudo, about = _key_of_today(token.env), token._about("revoke")
    sealed = sealing.seal(sealing.derive(_secret(key_sudo), about), plain.encode(), about)
    token.env["unicdo.oauth.seal"]._put(token, "revoke", key_sudo, sealed)


def opened_for_revocation(token):
    """What :func:`seal_for_revocation` kept; None if it is gone or its time is over. Only for the job that revokes."""
    found = token.env["unicdo.oauth.seal"]._get(token.id, "revoke")
    if not found or fields.Datetime.now() >= token.expires_at:
        return None
    secret, about = _secret(token.env["unicdo.vault.key"].browse(found[1])), token._about("revoke")
    return token_mask.remember(sealing.unseal(sealing.derive(secret, about), found[0], about).decode())


class UnicdoOauthToken(models.Model):
    """What is told of a token that a person gave us: never the token itself, which stands sealed in ``unicdo.oauth.seal``.

    It opens only in the session that obtained it, while its user is signed in there with the same credentials, for two
    days at most. The row stays for a year as proof of its end.
    """

    _name = "unicdo.oauth.token"
    _inherit = ["unicdo.steered"]
    _description = "Connection to a Provider"
    _log_access = False
    _order = "id desc"
    _rec_name = "provider_id"

    user_id = fields.Many2one("res.users", "Person", required=True, readonly=True, ondelete="cascade", index=True)
    provider_id = fields.Many2one(
        "unicdo.oauth.provider", "Service", required=True, readonly=True, ondelete="restrict", index=True
    )
    session = fields.Char(readonly=True, required=True, groups=fields.NO_ACCESS, index=True)
    scopes = fields.Char("What it may do", readonly=True, help="In the service's own words. Empty: what its app was given.")
    created_at = fields.Datetime("Since", required=True, readonly=True, index=True)
    expires_at = fields.Datetime("Until at the latest", required=True, readonly=True, index=True)
    provider_expires_at = fields.Datetime("Expires at the provider", readonly=True)
    ended_at = fields.Datetime("Ended", readonly=True)
    ended_how = fields.Selection(ENDS, "How it ended", readonly=True)
    made_key = fields.Boolean("Made a deploy key", readonly=True)
    revocation = fields.Selection(
        [
            ("none", "Not revoked"),
            ("waiting", "Being revoked"),
            ("done", "Revoked"),
            ("failed", "Could not be revoked"),
            ("spared", "Not revoked, for the deploy key's sake"),
        ],
        readonly=True,
    )
    revoked_at = fields.Datetime("Revoked on", readonly=True)
    use_ids = fields.One2many("unicdo.oauth.use", "token_id", "What it did", readonly=True)
    state = fields.Selection(
        [("alive", "Connected"), ("ended", "Ended")], compute="_compute_state", search="_search_state",
    )
    proof = fields.Text("What became of it", compute="_compute_proof")

    def _about(self, use):
        self.ensure_one()
        provider_sudo = self.provider_id.sudo()  # where it goes is read by administrators only
        return _belonging(
            self.env["unicdo.vault"]._vault_id(), self.id, self.user_id.id, self.created_at, self.expires_at, provider_sudo.id,
            [provider_sudo[name] for name in WHERE_TOKENS_GO], use,
        )

    @api.depends("ended_at", "expires_at")
    def _compute_state(self):
        now = fields.Datetime.now()
        for token in self:
            token.state = "ended" if token.ended_at or token.expires_at <= now else "alive"

    @api.model
    def _alive(self, domain):
        """Those that have not ended, in sudo.

        :param domain: further conditions
        """
        return self.sudo().search(fields.Domain(domain) & fields.Domain("state", "=", "alive"))

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        ended = fields.Domain("ended_at", "!=", False) | fields.Domain("expires_at", "<=", now)
        domains = [ended if state == "ended" else ~ended for state in value if state in ("alive", "ended")]
        return fields.Domain.OR(domains)

    @api.depends("ended_at", "ended_how", "expires_at", "revocation", "revoked_at", "provider_expires_at")
    @api.depends_context("lang", "tz")
    def _compute_proof(self):
        kept = {token.id for token in self.env["unicdo.oauth.seal"].sudo().search([("token_id", "in", self.ids)]).token_id}
        for token in self:
            token.proof = token._proof_text(token.id in kept) if token.state == "ended" else False

    def _proof_text(self, is_kept):
        """What became of an ended token, in plain sentences.

        :param bool is_kept: whether a sealed copy is still there, unreadable to people
        """
        _ = self.env._
        how = dict(self._fields["ended_how"]._description_selection(self.env))[self.ended_how or "expired"]
        when = self._moment(self.ended_at or self.expires_at)
        gone = _("a sealed copy waits to be revoked or removed, and opens for nobody else") if is_kept else _("no copy is left")
        lines = [_("%(how)s, %(when)s: %(gone)s.", how=how, when=when, gone=gone)]
        lines.append(self._revocation_text())
        return "\n".join(lines)

    def _moment(self, moment):
        """A moment in words of the reader's language, with seconds, in their time zone, which it names."""
        return format_datetime(self.env, moment, tz=self.env.context.get("tz") or "UTC", dt_format="long")

    def _revocation_text(self):
        _ = self.env._
        until = _("The provider names no date on which it expires there.")
        if self.provider_expires_at:
            until = _("It expires there on %s.", self._moment(self.provider_expires_at))
        if self.revocation == "done":
            return _("Revoked at the provider, %s.", self._moment(self.revoked_at))
        if self.revocation == "waiting":
            return _("The provider did not answer; revoking is tried again until two days are over.")
        if self.revocation == "spared":
            return _("Not revoked at the provider, on purpose: that would have removed the deploy key. %s", until)
        if self.revocation == "failed":
            return _("The provider did not confirm that it is revoked. Unreadable here. %s", until)
        return _("Not revoked at the provider, unreadable here. %s", until)

    def _note_use(self, what):
        """Tell the person what was done with their token.

        :param str what: a plain sentence without secrets
        """
        self.ensure_one()
        self.env["unicdo.oauth.use"].sudo().create({"token_id": self.id, "what": what})

    @api.model
    def _sweep(self):
        """Remove tokens whose two days are over or whose session is lost, and the vault's keys of days all of whose tokens
        are gone. Called by a cron, and harmless at any time."""
        seals, now = self.env["unicdo.oauth.seal"].sudo(), fields.Datetime.now()
        while count := seals._drop_expired(now):
            detail = {"count": count, "to": fields.Datetime.to_string(now)}
            self.env["unicdo.ledger.event"]._record("oauth.expired", model=self._name, detail=detail, unnamed=True)
            if not self.env["ir.cron"]._commit_progress(count):
                return
        self._end_lost()
        self._destroy_old_keys()
        self.env["unicdo.project.setup"]._finish_verified()

    @api.model
    def _destroy_old_keys(self):
        """What was sealed then opens from no backup either."""
        limit = f"{DAY_KEY}{fields.Date.today() - LIFE - timedelta(days=1)}"
        keys_sudo = self.env["unicdo.vault.key"].sudo().search([
            ("res_model", "=", self._name), ("purpose", "=like", f"{DAY_KEY}%"), ("purpose", "<=", limit),
            ("destroyed_at", "=", False),
        ])
        used = self.env["unicdo.oauth.seal"].sudo().search([("key_id", "in", keys_sudo.ids)]).key_id
        (keys_sudo - used)._destroy()

    @api.model
    def _late(self):
        """Whether the sweep is late by more than an hour: the watch-dog's question."""
        limit = fields.Datetime.now() - timedelta(hours=1)
        return bool(self.env["unicdo.oauth.seal"].sudo().search_count([("expires_at", "<", limit)], limit=1))

    @api.model
    def _watch(self):
        """Tell the officers when the sweep is late: nothing opens any more, but it has to go. Called by a cron of its own."""
        if self._late():
            self.env["unicdo.health"]._tell_officers(
                self.env._("Tokens wait to be removed"),
                self.env._(
                    "Tokens whose two days are over have not been removed for more than an hour. They open for nobody. Check "
                    "the scheduled action “Privacy: remove tokens whose two days are over”."
                ),
            )

    @api.autovacuum
    def _gc_old(self):
        """Forget ended connections after a year."""
        limit = fields.Datetime.now() - timedelta(days=365)
        self.sudo().search([("created_at", "<", limit)], limit=10000).unlink()
