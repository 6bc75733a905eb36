# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        """Suspend privacy roles when somebody else changes a member's e-mail address."""
        users = self.sudo().with_context(active_test=False).user_ids if "email" in vals else self.env["res.users"]
        before = {user: user.email_normalized for user in users}
        res = super().write(vals)
        changed = users.filtered(lambda user: user.email_normalized != before[user])
        if changed:
            self.env["unicdo.role.grant"]._suspend(changed, "email")
        return res
