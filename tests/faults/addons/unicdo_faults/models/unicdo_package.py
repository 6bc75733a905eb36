# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from odoo.addons.unicdo_dsar.models import unicdo_package_build


class UnicdoPackage(models.Model):
    """Cuts packages into many small rows, so that there is much to interrupt."""

    _inherit = "unicdo.package"

    def _register_hook(self):
        super()._register_hook()
        unicdo_package_build.RECORDS_PER_ROW = 10
        unicdo_package_build.FILES_PER_ROW = 2
