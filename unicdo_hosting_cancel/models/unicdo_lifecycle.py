# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.fields import Domain


class UnicdoLifecycle(models.AbstractModel):
    """Hosting keeps its customer's account open."""

    _inherit = "unicdo.lifecycle"

    @api.model
    def _hosted_databases(self, partner):
        """Adds the databases of the running subscriptions of the customer's whole company, without companies of their own
        below it, which are other customers."""
        subscriptions = self.env["unicdo.hosting.subscription"].search([
            ("partner_id.commercial_partner_id", "=", partner.commercial_partner_id.id), ("state", "!=", "ended"),
            ("database_name", "!=", False),
        ])
        return super()._hosted_databases(partner) + sorted(set(subscriptions.mapped("database_name")))

    @api.model
    def _closure_blockers(self, partner):
        """Adds the active subscriptions and unsettled closings of the person's own, and of companies they administer."""
        subscriptions = self.env["unicdo.hosting.subscription"].search(
            (Domain("partner_id", "child_of", partner.ids) | Domain("admin_ids", "in", partner.ids)),
        )
        blocking = subscriptions.filtered(lambda hosting: hosting.state != "ended" or hosting._open_cancellation())
        return super()._closure_blockers(partner) + [
            {
                "kind": "hosting_active" if hosting.state != "ended" else "hosting_closing",
                "name": hosting.name,
                "text": self.env._("This hosting is active.") if hosting.state != "ended"
                else self.env._("The end of this hosting is not settled yet."),
                "url": f"/my/hosting/{hosting.id}",
            }
            for hosting in blocking
        ]
