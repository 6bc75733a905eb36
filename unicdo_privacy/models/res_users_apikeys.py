# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class ResUsersApikeys(models.Model):
    _inherit = "res.users.apikeys"

    def _generate(self, scope, name, expiration_date):
        """A key made for a member by somebody else opens the account as a changed password would."""
        self.env["unicdo.role.grant"]._suspend(self.env.user, "api_key")
        return super()._generate(scope, name, expiration_date)
