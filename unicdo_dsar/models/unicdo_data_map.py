# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from odoo.addons.unicdo_privacy.catalogue.source import keep, links, source

PROOF = keep("legal", "claims")


class UnicdoDataMap(models.AbstractModel):
    _inherit = "unicdo.data.map"

    @api.model
    def _catalogue(self):
        return super()._catalogue() + [
            source(
                "unicdo.request",
                "Your privacy requests",
                "account",
                (*links("partner_id subject_id.partner_id"),),
                "name kind channel received_at due_date state answered_at refusal_reason",
                provided="kind received_at",
                purpose="contract",
                retention="claims",
                erase=PROOF,
                carries=False,
            ),
        ]
