# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime
from typing import NamedTuple

import psycopg2

from odoo import api, fields, models
from odoo.http import STORED_SESSION_BYTES
from odoo.tools import SQL, ormcache

from odoo.addons.base.models.res_users import ResUsers

from ..tools import session_bond
from ..tools.separately import fresh_cursor, glance
from .unicdo_oauth_provider import WHERE_TOKENS_GO
from .unicdo_vault import PARAMETERS

#: rows of one statement of the sweep, about
BATCH = 20000
_GOES_TO = SQL(", ").join(SQL.identifier("provider", name) for name in WHERE_TOKENS_GO)
_PARAMETERS = SQL(", ").join(SQL("(SELECT value FROM ir_config_parameter WHERE key = %s)", name) for name in PARAMETERS)


class Stored(NamedTuple):
    """What is committed of a token that may be open, and of all on which opening it hangs. Times are UTC."""

    vault: list  # values of PARAMETERS
    is_session_ended: bool
    sealed: memoryview
    key_name: str  # in the vault's key store
    key_about: list  # what the key belongs to
    is_key_destroyed: bool
    user_id: int
    created_at: datetime
    expires_at: datetime
    provider_id: int
    goes_to: list  # values of WHERE_TOKENS_GO
    last_event_at: datetime  # of the ledger; None while it is empty


WIDTH = len(Stored._fields)


class UnicdoOauthSeal(models.Model):
    """Sealed tokens, and nothing else: at the end of a token its row here goes, and what is told about it stays.

    ``sealed`` is no field: nothing of Odoo reads it, exports it or shows it.
    """

    _name = "unicdo.oauth.seal"
    _description = "Sealed Token"
    _log_access = False
    _rec_name = "use"

    token_id = fields.Many2one("unicdo.oauth.token", required=True, ondelete="cascade")
    use = fields.Selection([("open", "For its session"), ("revoke", "To be revoked only")], required=True)
    key_id = fields.Many2one("unicdo.vault.key", required=True, ondelete="restrict", index=True)
    expires_at = fields.Datetime(required=True, index=True)

    _token_uniq = models.UniqueIndex("(token_id, use)")

    def init(self):
        """The column that is no field."""
        self.env.cr.execute("ALTER TABLE unicdo_oauth_seal ADD COLUMN IF NOT EXISTS sealed bytea")

    @api.model
    def _put(self, token, use, key, sealed):
        """Keep sealed bytes.

        :param str use: "open" or "revoke"
        :param key: ``unicdo.vault.key`` under which they are sealed
        """
        self.env.cr.execute(SQL(
            """INSERT INTO unicdo_oauth_seal (token_id, use, key_id, expires_at, sealed) VALUES (%s, %s, %s, %s, %s)
               ON CONFLICT (token_id, use) DO NOTHING""",
            token.id, use, key.id, token.expires_at, psycopg2.Binary(sealed),
        ))

    @api.model
    def _get(self, token_id, use):
        """Sealed bytes and the id of their key; None if there are none."""
        rows = self.env.execute_query(SQL(
            "SELECT sealed, key_id FROM unicdo_oauth_seal WHERE token_id = %s AND use = %s", token_id, use
        ))
        return (bytes(rows[0][0]), rows[0][1]) if rows else None

    @api.model
    def _look(self, token_id, session):
        """All on which opening a token hangs, as it is committed now, in one statement: people wait for it in each call of a
        provider.

        :param session: that asks
        :return: :class:`Stored`, and what core's session token is made of, as pairs, or None; None if there is nothing to open
        """
        text, rest = self._statement(session.uid)
        sid = session.sid
        with (glance if rest else fresh_cursor)(self.env) as cr:
            cr.execute(text, (*PARAMETERS, session_bond.digest(sid), sid[:STORED_SESSION_BYTES], token_id, *rest))
            row, count, columns = cr.fetchone(), cr.rowcount, cr.description[WIDTH:]
            if row and not rest:
                person = self.env(cr=cr, su=True)["res.users"].browse(session.uid)
                return Stored(*row), person._session_token_get_values()
        if not row:
            return None
        stored, person = Stored(*row[:WIDTH]), row[WIDTH:]
        if count != 1 or not any(person):  # core's own reading would refuse too
            return stored, None
        return stored, [(column.name, value) for column, value in zip(columns, person, strict=True)]

    @api.model
    @ormcache("uid")
    def _statement(self, uid):
        """The statement of :meth:`_look`: its text, and the values of the last placeholders; none where a module reads core's
        values in its own way. It hangs on the modules only."""
        look = SQL(
            """SELECT ARRAY[%s], %s, seal.sealed, key.name, ARRAY[key.res_model, key.res_id::text, key.purpose],
                      key.destroyed_at IS NOT NULL, token.user_id, token.created_at, token.expires_at, token.provider_id,
                      ARRAY[%s], (SELECT happened_at FROM unicdo_ledger_event ORDER BY id DESC LIMIT 1)
                 FROM unicdo_oauth_seal seal
                 JOIN unicdo_oauth_token token ON token.id = seal.token_id
                 JOIN unicdo_oauth_provider provider ON provider.id = token.provider_id
                 JOIN unicdo_vault_key key ON key.id = seal.key_id
                WHERE seal.token_id = %s AND seal.use = 'open'""",
            _PARAMETERS, session_bond.ended(""), _GOES_TO, 0,
        )
        users = self.env["res.users"]
        if type(users)._session_token_get_values is not ResUsers._session_token_get_values:
            return look.code, ()
        person = SQL(
            "SELECT %(select)s FROM %(from)s %(joins)s WHERE %(where)s GROUP BY %(group_by)s",
            **users.browse(uid)._get_session_token_query_params(),
        )
        return f"SELECT * FROM ({look.code}) seal LEFT JOIN ({person.code}) person ON TRUE", tuple(person.params)

    @api.model
    def _drop(self, token_ids, use=None):
        """Remove what is kept of tokens. The rows go at once, whatever reads them meanwhile."""
        if token_ids:
            self.env.cr.execute(SQL(
                "DELETE FROM unicdo_oauth_seal WHERE token_id IN %s AND use IN %s",
                tuple(token_ids), (use,) if use else ("open", "revoke"),
            ))

    @api.model
    def _drop_expired(self, now):
        """Remove one batch of what is past its time: by its time alone, for rows that are picked one by one take longer.

        :param datetime now: UTC
        :return: number of rows, 0 if nothing is left
        """
        # a batch ends with an instant, so more rows may share it
        rows = self.env.execute_query(SQL(
            "SELECT expires_at FROM unicdo_oauth_seal WHERE expires_at <= %s ORDER BY expires_at OFFSET %s LIMIT 1", now, BATCH,
        ))
        self.env.cr.execute(SQL("DELETE FROM unicdo_oauth_seal WHERE expires_at <= %s", rows[0][0] if rows else now))
        return self.env.cr.rowcount
