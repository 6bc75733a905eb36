# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoNameOfficer(models.TransientModel):
    """Where a Settings administrator names the first privacy officer."""

    _name = "unicdo.name.officer"
    _description = "Name the Privacy Officer"

    user_id = fields.Many2one(
        "res.users", string="Privacy officer", required=True, domain=[("share", "=", False)], ondelete="cascade"
    )

    def action_name(self):
        """Name the chosen user, then show the health page; loaded anew, for one's own menus may be others now."""
        self.ensure_one()
        self.env["unicdo.role.grant"]._name_officer(self.user_id)
        health_sudo = self.env.ref("unicdo_privacy.unicdo_health_action").sudo()
        return {"type": "ir.actions.client", "tag": "reload", "params": {"action_id": health_sudo.id}}
