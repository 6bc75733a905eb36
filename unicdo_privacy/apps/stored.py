# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the switches for other apps' tokens share: whether they are on, and the vault's keys under which they seal.

Functions and no methods: code typed into the database reaches methods, never these.
"""

from odoo.tools import SQL

MODEL = "unicdo.token.switch"


def is_on(env, app):
    """Whether an app's tokens are kept as the privacy officer wants it, as it stands in the database: this process need
    not have heard of it.

    :param str app: see ``unicdo.token.switch``
    """
    env[MODEL].flush_model(["is_on"])
    rows = env.execute_query(SQL("SELECT is_on FROM unicdo_token_switch WHERE app = %s", app))
    return bool(rows and rows[0][0])


def known_key(env, model, res_id, purpose):
    """The vault's key of a record for one purpose, in sudo; empty if there is none, or it was destroyed."""
    return env["unicdo.vault.key"].sudo().search([
        ("res_model", "=", model), ("res_id", "=", res_id), ("purpose", "=", purpose), ("destroyed_at", "=", False),
    ], limit=1)
