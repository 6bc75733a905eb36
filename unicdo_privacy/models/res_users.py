# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.fields import Command

from ..apps import auth_oauth, calendars
from ..tools import session_bond
from .unicdo_oauth_end import end_tokens

#: fields by which a person proves who they are → what the ledger calls them
CREDENTIALS = {
    "login": "login",
    "password": "password",
    "new_password": "password",
    "partner_id": "contact",
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

    @api.ondelete(at_uninstall=False)
    def _unlink_notice(self):
        """Who is deleted and made anew is no stranger."""
        self.env["unicdo.sign.in.change"]._note("deleted", [(user, user.partner_id) for user in self])

    @api.model_create_multi
    def create(self, vals_list):
        """Notice when somebody gets to sign in for a contact that was there before."""
        partners = [self.env["res.partner"].browse(vals.get("partner_id")) for vals in vals_list]
        accounts = [(self.browse(), partner) for partner in partners if partner]
        changes_sudo = self.env["unicdo.sign.in.change"]._note("contact", accounts)
        users = super().create([self._unicdo_stored(vals) for vals in vals_list])
        joined = [user for user, partner in zip(users, partners, strict=True) if partner]
        for change, user in zip(changes_sudo, joined, strict=True):
            change.user_id = user
        return users

    def write(self, vals):
        """Notice when it changes how people sign in, or for whom."""
        what = self._unicdo_sign_in_changes(vals)
        if what:
            partner = self.env["res.partner"].browse(vals["partner_id"]) if "contact" in what else None
            accounts = [(user, partner or user.partner_id) for user in self.sudo()]
            self.env["unicdo.sign.in.change"]._note(", ".join(what), accounts)
        result = super().write(self._unicdo_stored(vals))
        if {"login", "password", "second_factor", "passkey"} & set(what) or not vals.get("active", True):
            # afterwards: who may not write ends nothing either
            self._unicdo_end_tokens()
        return result

    def _unicdo_end_tokens(self):
        """All tokens of people whose way to sign in has changed."""
        end_tokens(self.env["unicdo.oauth.token"]._alive([("user_id", "in", self.ids)]), "sign_in", session_bond.past())

    def _unicdo_stored(self, vals):
        """Values as they are to be stored: without tokens of other apps, where an officer decided so."""
        return calendars.stored_values(self, auth_oauth.without_token(self.env, vals))

    def _unicdo_sign_in_changes(self, vals):
        """Which ways to sign in really become others by writing these values.

        :return: sorted list of values of ``CREDENTIALS``
        """
        users_sudo = self.sudo()

        def changes(name):
            field = self._fields[name]
            if name in ("login", "partner_id"):
                return any(field.convert_to_write(user[name], user) != vals[name] for user in users_sudo)
            return name != "new_password" or bool(vals[name])

        return sorted({CREDENTIALS[name] for name in CREDENTIALS.keys() & vals.keys() if changes(name)})

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
