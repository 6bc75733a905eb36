# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def _do_work_data_map_indexes(self, work):
        """Work row of this module's own record: see to the indexes of the data map."""
        self.env["unicdo.data.map"]._start_building()
