# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from odoo.addons.unicdo_dsar.models import unicdo_package_build


class UnicdoPackage(models.Model):
    """Cuts packages into many small rows where a test asks for it, so that there is much to interrupt."""

    _inherit = "unicdo.package"

    def _register_hook(self):
        super()._register_hook()
        if self.env["ir.config_parameter"].sudo().get_param("unicdo_faults.small_rows"):
            unicdo_package_build.RECORDS_PER_ROW = 5
            unicdo_package_build.FILES_PER_ROW = 1
