# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.tools import LazyTranslate

from odoo.addons.unicdo_privacy.catalogue.source import Email, Part, acted, keep, links, source

_lt = LazyTranslate(__name__)

CONTRACT = keep("contract", "claims")
PROOF = keep("legal", "claims")


class UnicdoDataMap(models.AbstractModel):
    _inherit = "unicdo.data.map"

    @api.model
    def _catalogue(self):
        return super()._catalogue() + [
            source(
                "unicdo.hosting.subscription", _lt("Your hosting"), "business",
                links("partner_id admin_ids"),
                "name product_id database_name database_url customer_type start_date end_date state concluded_on "
                "withdrawal_told_on early_service paid_until data_until",
                provided="name database_name database_url start_date end_date", purpose="contract", retention="claims",
                erase=CONTRACT,
                ignore={"origin_id": _lt("The order or invoice it was sold by, which has paths of its own.")},
            ),
            source(
                "unicdo.cancellation", _lt("Your requests to end hosting"), "business",
                (*links("partner_id requester_id"), Email("declared_email", normal=True, owner="requester_id")),
                "name subscription_id kind channel received_at reason reason_category wanted_date declared_name "
                "declared_contract declared_email end_date state verified_at refusal_reason closed_at",
                provided="kind channel received_at reason reason_category wanted_date declared_name declared_contract "
                "declared_email", purpose="contract", retention="claims", erase=PROOF,
            ),
            source(
                "unicdo.cancellation.letter", _lt("Letters about the end of your hosting"), "messages",
                (Part("cancellation_id", of=("unicdo.cancellation",)),),
                "cancellation_id kind sent_at seen_at subject body sha256",
                purpose="contract", retention="claims", erase=PROOF, carries=False,
            ),
            source(
                "unicdo.hosting.call", _lt("What was done at the end of your hosting"), "business",
                (Part("cancellation_id", of=("unicdo.cancellation",)), *acted("confirmed_by_id")),
                "cancellation_id event create_date answered_at",
                purpose="contract", retention="claims", erase=PROOF, carries=False,
            ),
            source(
                "unicdo.hosting.suspension", _lt("Rights your account lost at the end of hosting"), "credentials",
                links("user_id"),
                "create_date group_ids archived lifted_at",
                purpose="contract", retention="claims", erase=PROOF, carries=False,
            ),
        ]

    @api.model
    def _exemptions(self):
        return super()._exemptions() | {
            "unicdo.hosting.provider": _lt("How access is ended, and who of our staff is responsible."),
            "unicdo.cancellation.link": _lt("Mailed links that ask who declared something; the answer stands with the request."),
        }
