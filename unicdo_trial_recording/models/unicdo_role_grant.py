# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ..const import GROUP


class UnicdoRoleGrant(models.Model):
    _inherit = "unicdo.role.grant"

    @api.model
    def _protected_groups(self):
        groups = super()._protected_groups()
        return groups | (self.env.ref(GROUP, raise_if_not_found=False) or groups.browse()).sudo()
