# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    unicdo_cancellation_id = fields.Many2one(
        "unicdo.cancellation", "Hosting cancellation", index="btree_not_null", ondelete="restrict", copy=False, readonly=True
    )

    _unicdo_credit_once = models.UniqueIndex(
        "(unicdo_cancellation_id, reversed_entry_id) WHERE unicdo_cancellation_id IS NOT NULL AND state != 'cancel'",
        "This invoice was credited for that cancellation already.",
    )
