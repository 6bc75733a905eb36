# SPDX-License-Identifier: LGPL-3.0-or-later
import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

#: rows of one statement of the sweep, about
BATCH = 20000


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
