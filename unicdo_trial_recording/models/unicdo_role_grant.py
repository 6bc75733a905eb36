# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.tools import format_date

from ..const import GROUP, UNDERTAKING


class UnicdoRoleGrant(models.Model):
    """Who of the usability team acknowledged which confidentiality undertaking, and when (POLICY REC-2)."""

    _inherit = "unicdo.role.grant"

    undertaking = fields.Char(
        "Confidentiality", compute="_compute_undertaking", compute_sudo=True,
        help="Nobody watches recordings who has not acknowledged the undertaking that applies now.",
    )
    undertaking_event_ids = fields.Many2many(
        "unicdo.consent.event", string="Undertakings acknowledged", compute="_compute_undertaking", compute_sudo=True,
    )

    @api.depends("user_id", "group_id")
    def _compute_undertaking(self):
        team, policies = self.env.ref(GROUP, raise_if_not_found=False), self.env["unicdo.policy"]
        for grant in self:
            grant.undertaking, grant.undertaking_event_ids = "", False
            if not team or grant.group_id != team or not grant.user_id:
                continue
            grant.undertaking_event_ids = events = grant._undertaking_events()
            grant.undertaking = grant._undertaking_text(events[:1], policies._has_undertaken(grant.user_id))

    def _undertaking_events(self):
        """What the member acknowledged, the last first."""
        events = self.env["unicdo.consent.event"]._of_partner(self.user_id.partner_id)
        return events.filtered(lambda event: event.actor_id == self.user_id.id and event.policy_version_id.kind == UNDERTAKING)

    def _undertaking_text(self, last, is_current):
        if not last:
            return self.env._("Not acknowledged")
        known = {"number": last.policy_version_id.number, "when": format_date(self.env, last.occurred_on.date())}
        if is_current:
            return self.env._("Version %(number)s, %(when)s", **known)
        return self.env._("Only version %(number)s, %(when)s", **known)

    @api.model
    def _protected_groups(self):
        groups = super()._protected_groups()
        return groups | (self.env.ref(GROUP, raise_if_not_found=False) or groups.browse()).sudo()
