# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import UserError, ValidationError

LINKS = {"implied_ids", "implied_by_ids"}


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.constrains("user_ids", "implied_ids", "implied_by_ids")
    def _check_privacy_roles(self):
        grants = self.env["unicdo.role.grant"]
        self.env.registry.clear_cache("groups")
        reached = self.sudo().all_implied_ids & grants._protected_groups()
        grants._check_members(reached.all_implied_by_ids.with_context(active_test=False).user_ids)

    @api.model_create_multi
    def create(self, vals_list):
        """No new group may lead to a privacy role."""
        before = self._privacy_ways() if any(LINKS & vals.keys() for vals in vals_list) else None
        groups = super().create(vals_list)
        groups._check_privacy_ways(before)
        return groups

    def write(self, vals):
        """No group may come to lead to a privacy role."""
        before = self._privacy_ways() if LINKS & vals.keys() else None
        res = super().write(vals)
        self._check_privacy_ways(before)
        return res

    def unlink(self):
        """No privacy role goes while its module stays: who held it would go along, and be free to be named anew."""
        if self.env.registry.ready and self.sudo() & self.env["unicdo.role.grant"]._protected_groups():
            # pylint: disable-next=no-raise-unlink
            raise UserError(self.env._("A privacy role cannot be deleted. Uninstall the module it belongs to."))
        return super().unlink()

    @api.model
    def _privacy_ways(self):
        """All pairs (group, privacy role it leads to); None while modules are loaded, which define them."""
        if not self.env.registry.ready:
            return None
        protected = self.env["unicdo.role.grant"]._protected_groups()
        return {(by.id, role.id) for role in protected for by in role.all_implied_by_ids}

    def _check_privacy_ways(self, before):
        if before is None:
            return
        new = self._privacy_ways() - before
        if new:
            role = self.sudo().browse(new.pop()[1])
            error = ValidationError(self.env._(
                "No group can include %s: privacy roles are granted to persons, under Privacy, Configuration, Roles.",
                role.display_name,
            ))
            self.env.registry.clear_cache("groups")  # it was filled with what is refused here
            raise error
