# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class UnicdoLedgerActor(models.Model):
    """Names of those who acted, kept beside the ledger, so that it can be read when they have left.

    No part of the chain: erasing a row here breaks nothing.
    """

    _name = "unicdo.ledger.actor"
    _description = "Audit Actor"
    _log_access = False
    _order = "uid"

    uid = fields.Integer("User id", required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    seen_at = fields.Datetime("Last seen", required=True, readonly=True)

    _uid_uniq = models.UniqueIndex("(uid)")

    @api.model
    def _names(self, uids):
        """Names by user id: of those who left as they were called last."""
        users_sudo = self.env["res.users"].sudo().with_context(active_test=False).browse(set(uids) - {0}).exists()
        kept = {actor.uid: actor.name for actor in self.sudo().search([("uid", "in", list(set(uids)))])}
        return kept | {user.id: user.name for user in users_sudo}

    @api.model
    def _keep(self, uids):
        """Note how these users are called now."""
        users_sudo = self.env["res.users"].sudo().with_context(active_test=False).browse(uids).exists()
        known = {actor.uid: actor for actor in self.sudo().search([("uid", "in", users_sudo.ids)])}
        for user in users_sudo:
            vals = {"name": user.name, "seen_at": fields.Datetime.now()}
            if user.id in known:
                known[user.id].write(vals)
            else:
                self.sudo().create({"uid": user.id, **vals})
