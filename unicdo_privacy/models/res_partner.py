# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models
from odoo.tools import email_normalize


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        """Notice when the e-mail address of somebody who can sign in changes."""
        users = self.sudo().with_context(active_test=False).user_ids if "email" in vals else self.env["res.users"]
        if users:
            address = email_normalize(vals["email"], strict=False)
            changed = users.filtered(lambda user: (user.email_normalized or False) != address)
            self.env["unicdo.sign.in.change"]._note("email", [(user, user.partner_id) for user in changed])
        return super().write(vals)
