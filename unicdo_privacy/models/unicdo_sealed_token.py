# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ..apps import mail_servers


class UnicdoSealedToken(models.AbstractModel):
    """Servers whose tokens are sealed before they are stored, whoever stores them, while the switch is on (POLICY TOK-2)."""

    _name = "unicdo.sealed.token"
    _description = "Server with Sealed Tokens"

    @api.model_create_multi
    def create(self, vals_list):
        """Tokens come after the record: their key is the record's."""
        tokens = [mail_servers.to_seal(self.env, vals) for vals in vals_list]
        rest = [
            {name: value for name, value in vals.items() if name not in found}
            for vals, found in zip(vals_list, tokens, strict=True)
        ]
        servers = super().create(rest)
        for server, found in zip(servers, tokens, strict=True):
            if found:
                server.write(found)
        return servers

    def write(self, vals):
        """Store sealed texts in place of tokens, for each server its own."""
        tokens = mail_servers.to_seal(self.env, vals)
        if not tokens:
            return super().write(vals)
        for server in self:
            texts = {name: mail_servers.sealed(server, name, token) for name, token in tokens.items()}
            super(UnicdoSealedToken, server).write({**vals, **texts})
        return True

    @api.model
    def _drop_keys(self):
        """Destroy the keys of servers that are gone."""
        keys_sudo = self.env["unicdo.vault.key"].sudo().search([
            ("res_model", "=", self._name), ("purpose", "=", mail_servers.PURPOSE), ("destroyed_at", "=", False),
        ])
        there = set(self.browse(keys_sudo.mapped("res_id")).exists().ids)
        keys_sudo.filtered(lambda key: key.res_id not in there)._destroy()
