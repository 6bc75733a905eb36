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
        if users_sudo:
            # deleting a user and sealing a block may do this for one user at the same time
            self.env.cr.execute_values(
                "INSERT INTO unicdo_ledger_actor (uid, name, seen_at) VALUES %s"
                " ON CONFLICT (uid) DO UPDATE SET name = EXCLUDED.name, seen_at = EXCLUDED.seen_at",
                [(user.id, user.name, fields.Datetime.now()) for user in users_sudo],
            )
            self.invalidate_model()
