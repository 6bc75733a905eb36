# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.fields import Domain


class UnicdoHostingProviderUsers(models.Model):
    """Accounts of this very Odoo: the customer's users lose the groups that give the service, and stay portal users, who
    see their invoices and fetch their data. All of it can be lifted again.

    Never touched: colleagues, and accounts of somebody with another hosting that goes on.
    """

    _inherit = "unicdo.hosting.provider"  # pylint: disable=consider-merging-classes-inherited

    group_ids = fields.Many2many(
        "res.groups",
        string="Groups that give the service",
        default=lambda self: self.env.ref("base.group_user"),
        help="The customer's users lose these groups and all that rest on them at the end. Who was an internal user becomes "
        "a portal user.",
    )
    closes_sign_in = fields.Boolean(
        "Close sign-in after retrieval",
        help="Archive the customer's accounts once their data can no longer be fetched. Until then they sign in to fetch it "
        "and to see invoices.",
    )

    def _call_users(self, call):
        """Suspend the customer's accounts. See :meth:`_call`."""
        users = self._users_of(call.cancellation_id.subscription_id)
        colleagues = users.filtered(self._is_colleague)
        if call.event == "hosting.ended":
            self.env["unicdo.hosting.suspension"]._take_groups(call, users - colleagues, self.group_ids)
            if left := colleagues.filtered(lambda user: user.all_group_ids & self.group_ids):
                call._ask_person(self.env._(
                    "%s accounts of the customer look like colleagues' and keep their access: decide, then confirm", len(left)
                ))
                return False
        elif call.event == "hosting.data_deleted" and self.closes_sign_in:
            self.env["unicdo.hosting.suspension"]._close_sign_in(call, users - colleagues)
        return True

    def _users_of(self, subscription):
        """Active accounts of the customer and the customer's people, but of nobody with another hosting that goes on.

        :param subscription: one ``unicdo.hosting.subscription`` in sudo
        :return: ``res.users``
        """
        users = self.env["res.users"].search([("partner_id", "child_of", subscription.partner_id.commercial_partner_id.ids)])
        others = Domain("id", "!=", subscription.id) & Domain("state", "!=", "ended")
        return users.filtered(
            lambda user: not subscription.search_count(subscription._domain_of(user.partner_id) & others, limit=1)
        )

    def _is_colleague(self, user):
        """Whether an account looks like one of our own people's, which no end of hosting may lock: people of our companies,
        administrators, holders of privacy roles, employees, and internal users who belong to no company, for a colleague
        may be a private customer. Modules that know more widen this.

        :param user: one ``res.users`` in sudo
        :rtype: bool
        """
        company = user.partner_id.commercial_partner_id
        privacy = self.env.ref("unicdo_privacy.unicdo_privacy_privilege")
        return bool(
            company in self.env["res.company"].search([]).partner_id
            or user._is_superuser()
            or user._is_admin()
            or user._is_system()
            or privacy in user.all_group_ids.privilege_id
            or ("employee_ids" in user._fields and user.employee_ids)
            or (user._is_internal() and not company.is_company)
        )
