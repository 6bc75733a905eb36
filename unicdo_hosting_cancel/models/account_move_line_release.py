# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class AccountMoveLineRelease(models.Model):
    """Payments and credits of ended hosting let its closing go on within minutes (POLICY CAN-4)."""

    _inherit = "account.move.line"  # pylint: disable=consider-merging-classes-inherited

    def _reconcile_post_hook(self, data):
        result = super()._reconcile_post_hook(data)
        periods_sudo = self.env["unicdo.hosting.period"].sudo()  # whoever books a payment need not see subscriptions
        if periods_sudo.search_count(
            [("move_id", "in", self.move_id.ids), ("subscription_id.state", "=", "ended")], limit=1
        ):
            self.env["unicdo.cancellation"]._sweep_soon()
        return result
