# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.fields import Command

#: fields by which a person proves who they are → what the ledger calls them
CREDENTIALS = {
    "login": "login",
    "password": "password",
    "new_password": "password",
    "partner_id": "email",
    "totp_secret": "second_factor",
    "auth_passkey_key_ids": "passkey",
    "oauth_uid": "oauth",
    "oauth_provider_id": "oauth",
}


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.constrains("group_ids")
    def _check_privacy_roles(self):
        self.env["unicdo.role.grant"]._check_members(self)

    @api.ondelete(at_uninstall=False)
    def _unlink_keep_actor(self):
        """The audit ledger goes on saying who acted."""
        self.env["unicdo.ledger.actor"]._keep(self.ids)

    def write(self, vals):
        """Suspend privacy roles when somebody else changes how a member signs in."""
        logins = {user: user.login for user in self.sudo()} if "login" in vals else {}
        res = super().write(vals)
        for name in CREDENTIALS.keys() & vals.keys():
            changed = self.sudo()
            if name == "login":
                changed = changed.filtered(lambda user: user.login != logins[user])
            if name != "new_password" or vals[name]:
                self.env["unicdo.role.grant"]._suspend(changed, CREDENTIALS[name])
        return res

    def copy_data(self, default=None):
        """A copied user takes no privacy role along."""
        vals_list = super().copy_data(default)
        protected = self.env["unicdo.role.grant"]._protected_groups()
        if "group_ids" not in (default or {}):
            for user, vals in zip(self, vals_list, strict=True):
                vals["group_ids"] = [Command.set((user.group_ids - protected.all_implied_by_ids).ids)]
        return vals_list

    def _unicdo_has_role(self, role):
        """Whether this user holds a privacy role now: granted, in effect, not suspended. Superuser rights do not count.

        :param str role: "officer", "user", "helpdesk", "auditor"; of another module by its group's full external id
        :return: bool
        """
        self.ensure_one()
        xmlid = role if "." in role else f"unicdo_privacy.unicdo_privacy_group_{role}"
        group = self.env.ref(xmlid, raise_if_not_found=False)
        return bool(group) and group in self.env["unicdo.role.grant"]._groups_of(self)
