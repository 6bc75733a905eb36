# SPDX-License-Identifier: LGPL-3.0-or-later
"""Calendars at Google and Microsoft, where those apps are installed: while the switch is on, a person's tokens are kept as a
connection of theirs, ``unicdo.oauth.token``: sealed, bound to the session in which they connected the calendar, and gone at
its end, after two days at the latest (POLICY TOK-2). The app's own fields then hold the number of that connection.

Storing goes by ``write`` and ``create``, which are ours too. Patched are three steps of the apps: the one that gives the
token, the one that says whether the calendar is exchanged (so the scheduled job, and other sessions, leave it out), and the
one behind the button that connects.
"""

import functools
import json
import logging

from odoo.exceptions import UserError
from odoo.http import request

from ..models.unicdo_oauth_end import end_tokens
from ..models.unicdo_oauth_token import keep, opened, put_anew
from ..tools import session_bond
from . import stored
from .reading import reading_class, tokens_of, working_with

_logger = logging.getLogger(__name__)

#: what stands in the app's fields: this, and the id of the connection
FORM = "unicdo-kept:"


class Calendar:
    """One of the apps.

    :param str app: its name, and that of its switch
    :param str title: for people
    :param str model: where its fields stand: ``res.users``, or ``res.users.settings``
    :param str prefix: of its fields
    :param dict steps: names of its methods of users: ``token``, ``status``, ``restart``
    :param tuple addresses: where people agree, and where a code becomes a token
    """

    def __init__(self, app, title, model, prefix, steps, addresses):
        self.APP, self.title, self.model, self.steps, self.addresses = app, title, model, steps, addresses
        self.refresh, self.access, self.validity = f"{prefix}_rtoken", f"{prefix}_token", f"{prefix}_token_validity"
        self.names = (self.refresh, self.access)

    def is_installed(self, env):
        """Whether the app is there."""
        return self.refresh in env[self.model]._fields

    def patch(self, env):
        """Let this registry's users work with what is kept; does nothing without the app, or where it was done."""
        users = env.registry["res.users"]
        steps = {"token": self._token_step, "status": self._status_step, "restart": self._restart_step}
        if not self.is_installed(env) or hasattr(getattr(users, self.steps["token"]), "unicdo_app"):
            return
        for name, wrap in steps.items():
            origin = getattr(users, self.steps[name])
            step = functools.wraps(origin)(wrap(origin, self._reading(env)))
            step.unicdo_app = self.APP
            setattr(users, self.steps[name], step)

    def _reading(self, env):
        """The class of users on which the app's code reads tokens in clear."""
        users = env.registry["res.users"]
        if self.model == "res.users":
            return reading_class(users, self.names)
        rows = reading_class(env.registry[self.model], self.names)

        def settings(user):
            ids = user.env["res.users"].browse(user.id).res_users_settings_id._ids
            return rows(user.env, ids, ids)

        return reading_class(users, (), res_users_settings_id=property(settings))

    def _token_step(self, origin, reading):
        def token(self_):
            tokens = self._tokens(self_)
            if tokens is None:
                return origin(self_)
            if not tokens:
                return False
            with working_with(self.model, tokens):
                return origin(reading(self_.env, self_._ids, self_._prefetch_ids))

        return token

    def _status_step(self, origin, _reading):
        def status(self_):
            found = origin(self_)
            if found == "sync_active" and self._tokens(self_) == {}:
                _logger.info("%s of user %s is left out: it works only while they are signed in.", self.title, self_.id)
                return "sync_stopped"
            return found

        return status

    def _restart_step(self, origin, _reading):
        def restart(self_):
            if stored.is_on(self_.env, self.APP):
                # asked first: a token that cannot be sealed must not come
                self_.env["unicdo.vault"]._require()
            if self_ == self_.env.user and self._tokens(self_) == {}:
                self._row(self_).write(self._empty())
            return origin(self_)

        return restart

    def _row(self, user):
        """Where a user's fields stand, in sudo."""
        return user.sudo() if self.model == "res.users" else user.sudo().res_users_settings_id

    def _user(self, row):
        return row.sudo() if self.model == "res.users" else row.sudo().user_id

    def _empty(self):
        """Values of a row that is not connected."""
        return {self.refresh: False, self.access: False, self.validity: False}

    def _kept(self, rows):
        """The connections that rows name, in sudo, those that ended too."""
        texts = [row[self.refresh] for row in rows.sudo() if _is_kept(row[self.refresh])]
        ids = [int(text.removeprefix(FORM)) for text in texts if text.removeprefix(FORM).isdecimal()]
        return rows.env["unicdo.oauth.token"].sudo().browse(ids).exists()

    def _tokens(self, user):
        """What is kept of a user's tokens, {field: token}: empty if it does not open here and now; None if nothing is kept."""
        row = self._row(user)
        if not row or not _is_kept(row[self.refresh]):
            return None
        token_sudo = self._kept(row)
        try:
            return json.loads(opened(token_sudo)) if token_sudo.user_id == user else {}
        except (UserError, ValueError):
            return {}

    def stored_values(self, rows, vals):
        """Values as they are to be stored: tokens are kept as a connection; without a token, the connection ends.

        :raises UserError: somebody else than the signed-in owner brings a token, or the vault is not ready
        """
        found = {name: vals[name] for name in self.names if name in vals}
        if self.refresh in found and not found[self.refresh]:
            end_tokens(self._kept(rows), "app", session_bond.past())
            return vals
        tokens = {name: token for name, token in found.items() if token and not _is_kept(token)}
        if not tokens:
            return vals
        working = tokens_of(self.model)
        if working is not None:
            token_sudo = self._kept(rows)
            put_anew(token_sudo, json.dumps({**working, **tokens}))
        elif stored.is_on(rows.env, self.APP):
            token_sudo = self._keep(rows, tokens)
        else:
            return vals
        return {**vals, **dict.fromkeys(self.names, f"{FORM}{token_sudo.id}")}

    def _keep(self, rows, tokens):
        """Make a connection of the signed-in person's.

        :return: one ``unicdo.oauth.token``, in sudo
        """
        env, user = rows.env, self._user(rows)
        if len(user) != 1 or not request or request.session.uid != user.id or tokens.keys() != set(self.names):
            raise UserError(env._("A calendar is connected by its owner only, while signed in."))
        earlier = self._kept(rows)
        provider = self._provider(env).with_env(env(user=user.id, su=False))
        granted = {"token": json.dumps(tokens), "seconds": None, "scopes": ["calendar"]}
        try:
            token_sudo = keep(provider, granted)
        except session_bond.NotThisSession:
            raise UserError(env._("Your session has ended. Please sign in again, and connect your calendar then.")) from None
        end_tokens(earlier, "replaced", session_bond.past())
        return token_sudo

    def _provider(self, env):
        """What the connection is said to be with, in sudo: archived, because people connect in the app, and without a place
        to revoke, because that would end all that Odoo may do for the account."""
        authorize_url, token_url = self.addresses
        values = {
            "active": False, "kind": "oauth2", "name": self.title, "client_id": self.APP, "authorize_url": authorize_url,
            "token_url": token_url, "revoke_url": False,
        }
        providers_sudo = env["unicdo.oauth.provider"].sudo().with_context(active_test=False)
        domain = [(name, "=", value) for name, value in values.items() if name != "name"]
        return providers_sudo.search(domain, limit=1) or providers_sudo.create(values)

    def _rows(self, env, is_kept):
        """Rows, of archived people too, whose tokens are kept by us, or stand in clear; in sudo."""
        rows_sudo = env[self.model].sudo().with_context(active_test=False)
        found = rows_sudo.search(["|", *((name, "!=", False) for name in self.names)])
        return found.filtered(
            lambda row: any(row[name] and _is_kept(row[name]) == is_kept for name in self.names)
        )

    def in_clear(self, env):
        """How many users' tokens stand in clear."""
        return len(self._rows(env, False))

    def refusal(self, env):
        """Why no calendar can be connected just now, if so; for people."""
        status = env["unicdo.vault"]._status()
        return "" if status == "ready" else env["unicdo.vault"]._status_text(status)

    def turn_on(self, env):
        """Remove the tokens that are there: nobody can bind them to a session in their owners' absence.

        :return: number of users
        """
        rows_sudo = self._rows(env, False)
        rows_sudo.write(self._empty())
        return len(rows_sudo)

    def turn_off(self, env):
        """End the connections: they open in their sessions only.

        :return: number of users
        """
        rows_sudo = self._rows(env, True)
        end_tokens(self._kept(rows_sudo), "switched", session_bond.past())
        rows_sudo.write(self._empty())
        return len(rows_sudo)


def _is_kept(text):
    return bool(text) and text.startswith(FORM)


CALENDARS = (
    Calendar(
        "google_calendar", "Google Calendar", "res.users.settings", "google_calendar",
        {
            "token": "_get_google_calendar_token", "status": "_get_google_sync_status",
            "restart": "restart_google_synchronization",
        },
        ("https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token"),
    ),
    Calendar(
        "microsoft_calendar", "Outlook Calendar", "res.users", "microsoft_calendar",
        {
            "token": "_get_microsoft_calendar_token", "status": "_get_microsoft_sync_status",
            "restart": "restart_microsoft_synchronization",
        },
        (
            "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        ),
    ),
)


def stored_values(rows, vals):
    """Values of users, or of their settings, as they are to be stored, see :meth:`Calendar.stored_values`."""
    for calendar in CALENDARS:
        if calendar.model == rows._name and vals.keys() & set(calendar.names):
            vals = calendar.stored_values(rows, vals)
    return vals
