# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class UnicdoHostingSubscriptionEnd(models.Model):
    """What goes with a subscription when it has ended."""

    _inherit = "unicdo.hosting.subscription"  # pylint: disable=consider-merging-classes-inherited

    def _plan_aftermath(self):
        """Have other modules end what belonged to the hosting: work of the subscription, so that no error of theirs holds up
        the request."""
        self.env["unicdo.work"]._enqueue([
            {"res_model": self._name, "res_id": subscription.id, "kind": "aftermath"} for subscription in self
        ])

    def _do_work_aftermath(self, work):
        """Tell them once. See ``unicdo.lifecycle``."""
        self.env["unicdo.lifecycle"]._hosting_ended(self.partner_id, self.database_name or "", self.data_until)
