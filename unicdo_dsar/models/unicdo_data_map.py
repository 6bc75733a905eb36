# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.tools import LazyTranslate

from odoo.addons.unicdo_privacy.catalogue.source import acted, keep, links, source

_lt = LazyTranslate(__name__)

PROOF = keep("legal", "claims")


class UnicdoDataMap(models.AbstractModel):
    _inherit = "unicdo.data.map"

    @api.model
    def _catalogue(self):
        return super()._catalogue() + [
            source(
                "unicdo.request",
                _lt("Your privacy requests"),
                "account",
                (*links("partner_id subject_id.partner_id"), *acted("user_id")),
                "name kind channel received_at due_date state answered_at refusal_reason",
                provided="kind received_at",
                purpose="contract",
                retention="claims",
                erase=PROOF,
                carries=False,
            ),
        ]

    @api.model
    def _exemptions(self):
        return super()._exemptions() | {
            "unicdo.request.left.out": _lt("Record numbers named to the person with their request."),
            "unicdo.request.review": _lt("Record numbers to be read for a request; words are forgotten when it is closed."),
        }
