# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models
from odoo.exceptions import AccessError

NAMING = {"module", "name", "model", "res_id"}


class IrModelData(models.Model):
    _inherit = "ir.model.data"

    def write(self, vals):
        """The external ids of privacy roles stay: code knows the roles by them, and another group could take their place."""
        if NAMING & vals.keys():
            self._check_privacy_roles()
        return super().write(vals)

    def unlink(self):
        self._check_privacy_roles()
        return super().unlink()

    def _check_privacy_roles(self):
        if not self.env.registry.ready:
            return  # while modules are loaded or removed, they name their own
        rows = self.sudo().exists()
        if rows.filtered(lambda row: row.model == "res.groups" and row.module.startswith("unicdo_")):
            raise AccessError(self.env._("The external id of a privacy role cannot be changed."))
