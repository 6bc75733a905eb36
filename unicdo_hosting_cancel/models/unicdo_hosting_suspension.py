# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command


class UnicdoHostingSuspension(models.Model):
    """What an end of hosting took from one account of this Odoo, so that it can be given back."""

    _name = "unicdo.hosting.suspension"
    _description = "Suspended Account"
    _order = "id desc"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", "Account", required=True, readonly=True, ondelete="cascade", index=True)
    call_id = fields.Many2one("unicdo.hosting.call", required=True, readonly=True, ondelete="restrict", index=True)
    cancellation_id = fields.Many2one(related="call_id.cancellation_id", store=True)
    company_id = fields.Many2one(related="call_id.company_id", store=True)
    group_ids = fields.Many2many("res.groups", string="Groups taken", readonly=True)
    archived = fields.Boolean("Sign-in closed", readonly=True)
    lifted_at = fields.Datetime("Given back", readonly=True)

    _once = models.Constraint("UNIQUE(user_id, call_id)", "This account was suspended for that end already.")

    @api.model
    def _take_groups(self, call, users, groups):
        """Take the groups that give a service, and those that rest on them.

        :param call: ``unicdo.hosting.call`` it is done for
        :param users: ``res.users`` in sudo
        :param groups: ``res.groups``
        """
        portal = self.env.ref("base.group_portal")
        for user in users:
            taken = user.group_ids.filtered(lambda group: group.all_implied_ids & groups)
            if taken:
                rest = user.group_ids - taken
                if not rest.all_implied_ids & portal.disjoint_ids:
                    rest |= portal
                self._note(call, user, group_ids=[Command.set(taken.ids)])
                user.group_ids = rest

    @api.model
    def _close_sign_in(self, call, users):
        """Archive accounts; their sessions end with it."""
        for user in users:
            self._note(call, user, archived=True)
            user.active = False

    @api.model
    def _note(self, call, user, **vals):
        self.create({"user_id": user.id, "call_id": call.id, **vals})
        call.cancellation_id._log("hosting.account.suspended")

    def action_lift(self):
        """Give back what was taken. For Settings administrators, as all rights of accounts are."""
        if not self.env.user._is_system():
            raise AccessError(self.env._("Only a Settings administrator gives rights back."))
        for suspension_sudo in self.sudo():
            if suspension_sudo.lifted_at:
                raise UserError(self.env._("This has been given back already."))
            user_sudo, groups = suspension_sudo.user_id, suspension_sudo.group_ids
            if suspension_sudo.archived:
                user_sudo.active = True
            elif groups:
                user_sudo.group_ids = groups | user_sudo.group_ids.filtered(
                    lambda group, given=groups.all_implied_ids: not group.all_implied_ids.disjoint_ids & given
                )
            suspension_sudo.lifted_at = fields.Datetime.now()
            suspension_sudo.cancellation_id._log("hosting.account.restored")
