# SPDX-License-Identifier: LGPL-3.0-or-later
import os

from odoo import models


class UnicdoWork(models.Model):
    """A mark for each time a row of a package was done, kept or undone together with what the row did."""

    _inherit = "unicdo.work"

    def _call_handler(self):
        if self.res_model == "unicdo.package":
            name = f"row {self.res_id} {self.kind} {self.key}"
            self.env["unicdo.fault.mark"].create({"name": name, "process": os.getpid()})
        return super()._call_handler()
