# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    unicdo_retrieval_days = fields.Integer(
        "Days to fetch data after the end", default=30, help="From the last day of service on (POLICY CAN-6)."
    )
    unicdo_credit_approval = fields.Boolean(
        "Credit notes wait for approval", help="Credit notes of ended hosting stay drafts until an accountant posts them."
    )
    unicdo_public_cancel = fields.Boolean(
        "Cancel and withdraw without signing in",
        default=True,
        help="“Cancel contracts here” and “Withdraw from contract here” below each page of the website and the portal, and "
        "on the sign-in page. The law asks for them where consumers conclude contracts online.",
    )

    _unicdo_retrieval_days_positive = models.Constraint(
        "CHECK(unicdo_retrieval_days BETWEEN 0 AND 3650)", "Days to fetch data are a number from 0 to 3650."
    )
