# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    unicdo_retrieval_days = fields.Integer(related="company_id.unicdo_retrieval_days", readonly=False)
    unicdo_credit_approval = fields.Boolean(related="company_id.unicdo_credit_approval", readonly=False)
    unicdo_public_cancel = fields.Boolean(related="company_id.unicdo_public_cancel", readonly=False)
