# SPDX-License-Identifier: LGPL-3.0-or-later
"""Mail servers at Google and Microsoft, where those apps are installed: while the switch is on, their tokens stand sealed in
the database and are opened while Odoo signs in to the server, nowhere else (POLICY TOK-2).

They are the company's credentials, so they do not end. Storing goes by ``write`` and ``create``, which are ours too, see
``unicdo.sealed.token``. Signing in is patched: ``_imap_login__`` and ``_smtp_login__`` have names that code typed into the
database cannot utter, and what makes the text to sign in with gets tokens inside them only.
"""

import base64
import binascii
import contextlib
import functools
from contextvars import ContextVar

from odoo.exceptions import AccessError, UserError

from ..tools import guard, sealing
from . import stored
from .reading import reading_class, working_with

APP = "mail_servers"
MODELS = ("ir.mail_server", "fetchmail.server")
FIELDS = (
    "google_gmail_refresh_token", "google_gmail_access_token",
    "microsoft_outlook_refresh_token", "microsoft_outlook_access_token",
)
#: steps that sign in to a server; those that make the text for it
LOGINS = ("_smtp_login__", "_imap_login__")
STEPS = ("_generate_oauth2_string", "_generate_outlook_oauth2_string")
#: what a sealed text starts with, and the purpose of its key
FORM, PURPOSE = "unicdo-sealed:", "mail_server"
#: whether Odoo is signing in to a mail server just now, and has not made the text for it yet
_signing_in = ContextVar("unicdo_signing_in", default=False)


def is_installed(env):
    """Whether one of the apps is there."""
    return any(_names(env[model]) for model in MODELS)


def _names(servers):
    """The fields with tokens that these servers have."""
    return [name for name in FIELDS if name in servers._fields]


def patch(env):
    """Let this registry's mail servers sign in with sealed tokens; does nothing without the apps, or where it was done."""
    for model in MODELS:
        servers = env.registry[model]
        if not _names(servers) or "_unicdo_reading__" in vars(servers):
            continue
        # two underscores: code typed into the database cannot utter it
        servers._unicdo_reading__ = reading = reading_class(servers, _names(servers))
        for name in LOGINS + STEPS:
            if hasattr(servers, name):
                origin = getattr(servers, name)
                setattr(servers, name, _login(origin) if name in LOGINS else _step(origin, reading))


def _login(origin):
    @functools.wraps(origin)
    def login(self, *args, **kwargs):
        token = _signing_in.set(True)
        try:
            return origin(self, *args, **kwargs)
        finally:
            _signing_in.reset(token)

    return login


def _step(origin, reading):
    @functools.wraps(origin)
    def step(self, *args, **kwargs):
        sealed = {self[name]: name for name in _names(self) if _is_sealed(self[name])}
        if not sealed and not stored.is_on(self.env, APP):
            return origin(self, *args, **kwargs)
        if not _signing_in.get():
            raise AccessError(self.env._("The tokens of mail servers are opened only to sign in to them."))
        tokens = {name: opened(self, name) for name in _names(self)}
        args = [tokens[sealed[value]] if value in sealed else value for value in args]
        # once: what the step writes sets off code typed into the database
        once = _signing_in.set(False)
        try:
            with working_with(self._name, tokens):
                return origin(reading(self.env, self._ids, self._prefetch_ids), *args, **kwargs)
        finally:
            _signing_in.reset(once)

    return step


def _is_sealed(text):
    return bool(text) and text.startswith(FORM)


def to_seal(env, vals):
    """The tokens among values of a server that have to be sealed before they are stored: {field: token}."""
    tokens = {name: vals[name] for name in FIELDS if vals.get(name) and not _is_sealed(vals[name])}
    return tokens if tokens and stored.is_on(env, APP) else {}


def sealed(server, name, token):
    """The text to store in place of a token: it opens for this field of this server alone.

    :raises UserError: the vault is not ready
    """
    env = server.env
    key_sudo = stored.known_key(env, server._name, server.id, PURPOSE)
    key_sudo = key_sudo or env["unicdo.vault.key"]._new(server._name, server.id, PURPOSE)
    return FORM + base64.b64encode(key_sudo._seal(f"{name}\0{token}".encode())).decode()


def opened(server, name):
    """A field's token; of one that stands in clear, as it is.

    :return: str, or False
    :raises UserError: the vault is not ready, the server's key is gone, or the text was changed or is another one's
    """
    text = server[name]
    if not _is_sealed(text):
        return text
    key_sudo = stored.known_key(server.env, server._name, server.id, PURPOSE)
    with contextlib.suppress(sealing.SealError, binascii.Error, ValueError), guard.opening():
        found, _zero, token = key_sudo._open(base64.b64decode(text.removeprefix(FORM))).decode().partition("\0")
        if found == name:
            return token
    raise UserError(_closed_text(server))


def _closed_text(server):
    return server.env._(
        "The token of the mail server “%s” stays closed: the vault's key for it is gone, or what is stored was changed. "
        "Connect this mail server again.", server.sudo().name,
    )


def _servers(env, condition):
    """Servers, archived ones too, with a token for which a condition holds; lists of records in sudo, one for each model."""
    for model in MODELS:
        servers_sudo = env[model].sudo().with_context(active_test=False).search([])
        names = _names(servers_sudo)
        yield servers_sudo.filtered(lambda server, names=names: any(condition(server[name]) for name in names))


def _is_clear(text):
    return bool(text) and not _is_sealed(text)


def in_clear(env):
    """How many servers' tokens stand in clear."""
    return sum(len(servers) for servers in _servers(env, _is_clear))


def refusal(env):
    """Why mail servers cannot be used just now, if so; for people."""
    status = env["unicdo.vault"]._status()
    if status != "ready":
        return env["unicdo.vault"]._status_text(status)
    lost = [
        server for servers in _servers(env, _is_sealed) for server in servers
        if not stored.known_key(env, server._name, server.id, PURPOSE)
    ]
    return "\n".join(_closed_text(server) for server in lost)


def turn_on(env):
    """Seal the tokens that are there. Called when the switch stands on.

    :return: number of servers
    """
    count = 0
    for servers_sudo in _servers(env, _is_clear):
        for server_sudo in servers_sudo:
            server_sudo.write({name: server_sudo[name] for name in _names(server_sudo) if _is_clear(server_sudo[name])})
            count += 1
    return count


def turn_off(env):
    """Store the tokens in clear again; those that do not open are removed. Called when the switch stands off.

    :return: number of servers whose tokens were removed: they have to be connected again
    """
    env["unicdo.vault"]._require()
    lost = 0
    for servers_sudo in _servers(env, _is_sealed):
        for server_sudo in servers_sudo:
            try:
                vals = {name: opened(server_sudo, name) for name in _names(server_sudo)}
            except UserError:
                vals, lost = dict.fromkeys(_names(server_sudo), False), lost + 1
            server_sudo.write(vals)
    return lost
