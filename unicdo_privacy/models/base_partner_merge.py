# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Let the merged contacts be one data subject first: the stricter choice of each counts from now on."""
        self.env["unicdo.subject"]._merge_partners(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)
