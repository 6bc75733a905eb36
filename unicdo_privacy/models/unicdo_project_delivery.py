# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.separately import fetch_separately


class UnicdoProjectDelivery(models.Model):
    """When a project's webhook was heard of. A row of its own, so that a delivery never waits for the set-up that causes it,
    nor the other way round. What was delivered is not kept."""

    _name = "unicdo.project.delivery"
    _description = "Deliveries of a Webhook"
    _log_access = False
    _rec_name = "last_at"

    setup_id = fields.Many2one("unicdo.project.setup", required=True, ondelete="cascade", index=True)
    first_at = fields.Datetime(required=True, index=True)
    last_at = fields.Datetime(required=True)

    _setup_uniq = models.UniqueIndex("(setup_id)")

    @api.model
    def _note(self, setup):
        """Note that a genuine delivery came.

        :param setup: one ``unicdo.project.setup``
        """
        now = fields.Datetime.now()
        fetch_separately(self.env, SQL(
            """INSERT INTO unicdo_project_delivery (setup_id, first_at, last_at) VALUES (%s, %s, %s)
               ON CONFLICT (setup_id) DO UPDATE SET last_at = EXCLUDED.last_at RETURNING id""",
            setup.id, now, now,
        ))
