# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class UnicdoDataMap(models.AbstractModel):
    _inherit = "unicdo.data.map"
