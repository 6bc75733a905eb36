# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class ResUsersApikeys(models.Model):
    _inherit = "res.users.apikeys"

    def _generate(self, scope, name, expiration_date):
        """A key made for a person by somebody else opens the account as a changed password would."""
        user = self.env.user
        self.env["unicdo.sign.in.change"]._note("api_key", [(user, user.partner_id)])
        return super()._generate(scope, name, expiration_date)
