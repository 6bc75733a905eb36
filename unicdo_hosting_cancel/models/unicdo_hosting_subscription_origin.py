# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..apps import account_payment, contract, sale, sale_subscription


class UnicdoHostingSubscriptionOrigin(models.Model):
    """Where subscriptions come from: orders, invoices, contracts of other apps."""

    _inherit = "unicdo.hosting.subscription"  # pylint: disable=consider-merging-classes-inherited

    origin_model = fields.Char("Kind of the line that sold it", readonly=True, copy=False)
    origin_id = fields.Many2oneReference(
        "Line that sold it", model_field="origin_model", readonly=True, copy=False, help="Of an order, an invoice or a contract."
    )

    _origin_uniq = models.UniqueIndex(
        "(origin_model, origin_id) WHERE origin_id IS NOT NULL", "This line has started a subscription already."
    )

    def _register_hook(self):
        super()._register_hook()
        sale.patch(self.env)
        account_payment.patch(self.env)

    @api.model
    def _origins(self, keys):
        """The subscriptions that began with records.

        :param keys: iterable of (model, id)
        :return: dict of (model, id) → subscription
        """
        ids = {}
        for model, res_id in keys:
            ids.setdefault(model, []).append(res_id)
        return {
            (model, found.origin_id): found
            for model, own in ids.items()
            for found in self.search([("origin_model", "=", model), ("origin_id", "in", own)])
        }

    @api.model
    def _start(self, plans):
        """Start subscriptions, but for plans that have one.

        :param dict plans: (model, id) it begins with → dict ``product``, ``customer``, ``company``, ``document`` (name of the
            order or invoice), and perhaps ``start`` (day)
        :return: dict of (model, id) → subscription, of all plans
        """
        known = self._origins(plans)
        fresh = {key: plan for key, plan in plans.items() if key not in known}
        companies = self.env["res.company"].union(*(plan["company"] for plan in fresh.values()))
        # asked once, not for each
        defaults = {
            company: self.with_company(company).default_get(["policy_version_id", "provider_id"]) for company in companies
        }
        made = self.create([self._start_vals(key, plan, defaults[plan["company"]]) for key, plan in fresh.items()])
        return known | dict(zip(fresh, made, strict=True))

    @api.model
    def _start_vals(self, key, plan, defaults):
        customer = plan["customer"]
        today = fields.Date.context_today(self)
        return {
            **{name: value for name, value in defaults.items() if name in ("policy_version_id", "provider_id")},
            "name": f"{plan['product'].display_name} ({plan['document']})",
            "partner_id": customer.commercial_partner_id.id,
            "admin_ids": [] if customer.is_company else [fields.Command.link(customer.id)],
            "company_id": plan["company"].id,
            "product_id": plan["product"].id,
            "start_date": plan.get("start") or today,
            "concluded_on": plan.get("start") or today,
            "origin": plan["document"],
            "origin_model": key[0],
            "origin_id": key[1],
        }

    def action_import(self):
        """Take over the running contracts of the OCA's app and of Odoo Subscriptions, where these are installed.

        What was taken over before is left alone.
        """
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Only accounting takes over contracts."))
        if not any(app.is_here(self.env) for app in (contract, sale_subscription)):
            raise UserError(self.env._(
                "There is nothing to take contracts from: neither Contracts of the OCA nor Odoo Subscriptions is installed."
            ))
        found = contract.found(self.env) | sale_subscription.found(self.env)
        known = self._origins(found)
        fresh = {key: plan for key, plan in found.items() if key not in known}
        made = self.sudo()._start(fresh)  # what began it is nobody's to write
        periods = self.env["unicdo.hosting.period"]
        bound = periods.search([("move_line_id", "in", [paid[0].id for plan in fresh.values() for paid in plan["lines"]])])
        periods.create([
            {
                "subscription_id": made[key].id, "move_line_id": line.id, "first_day": first, "last_day": last,
                "not_refundable": line._unicdo_not_refundable(),
            }
            for key, plan in fresh.items() for line, first, last in plan["lines"] if line not in bound.move_line_id
        ])
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Taken over"),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": [("id", "in", [subscription.id for subscription in made.values()])],
        }
