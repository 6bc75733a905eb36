# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.unicdo_privacy.tools.days import local_day

from ..const import OPEN_STATES
from ..tools.notice import withdrawal_end
from .unicdo_notice_rule import CUSTOMER_TYPES


class UnicdoHostingSubscription(models.Model):
    """One database or service hosted for a customer, with what was prepaid for it."""

    _name = "unicdo.hosting.subscription"
    _description = "Hosting Subscription"
    _inherit = ["unicdo.steered", "mail.thread"]
    _order = "id desc"

    name = fields.Char(required=True, tracking=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True, tracking=True, ondelete="restrict")
    admin_ids = fields.Many2many(
        "res.partner",
        string="Named administrators",
        help="Who may cancel on behalf of a company. A person cancels for themselves.",
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    product_id = fields.Many2one("product.product", "Plan", ondelete="restrict")
    database_name = fields.Char("Database")
    database_url = fields.Char("Address of the database")
    customer_type = fields.Selection(
        CUSTOMER_TYPES, "Kind of customer", compute="_compute_customer_type", store=True, readonly=False, required=True,
        precompute=True,
    )
    start_date = fields.Date("Start", required=True, default=fields.Date.context_today, tracking=True)
    end_date = fields.Date("Last day of service", readonly=True, copy=False, tracking=True)
    state = fields.Selection(
        [("active", "Active"), ("ending", "End scheduled"), ("ended", "Ended")],
        default="active",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    concluded_on = fields.Date("Contract concluded", required=True, default=fields.Date.context_today)
    withdrawal_told_on = fields.Date(
        "Told of the right to withdraw", help="Day on which a consumer was told. Empty: never, and the right lasts longer."
    )
    early_service = fields.Boolean(
        "Asked for early service", help="The consumer expressly asked for service before the withdrawal period ended."
    )
    policy_version_id = fields.Many2one(
        "unicdo.policy.version",
        "Cancellation policy when sold",
        readonly=True,
        copy=False,
        default=lambda self: self.env["unicdo.policy"]._current("cancellation"),
    )
    origin = fields.Char(readonly=True, copy=False, help="Order, invoice or contract it was made from.")
    period_ids = fields.One2many("unicdo.hosting.period", "subscription_id", "Prepaid periods")
    paid_until = fields.Date("Prepaid until", compute="_compute_paid_until", store=True)
    cancellation_ids = fields.One2many("unicdo.cancellation", "subscription_id", "Requests to end it")
    provider_id = fields.Many2one(
        "unicdo.hosting.provider", "Ends access through", ondelete="restrict", index="btree_not_null",
        default=lambda self: self.env.ref("unicdo_hosting_cancel.unicdo_hosting_provider_manual", raise_if_not_found=False),
    )
    data_until = fields.Date("Data can be fetched until", readonly=True, copy=False)

    @api.depends("partner_id")
    def _compute_customer_type(self):
        for subscription in self:
            company = subscription.partner_id.commercial_partner_id.is_company
            subscription.customer_type = "business" if company else "consumer"

    @api.depends("period_ids.last_day")
    def _compute_paid_until(self):
        for subscription in self:
            subscription.paid_until = max(filter(None, subscription.period_ids.mapped("last_day")), default=False)

    def _zone(self):
        """Name of the time zone that days of this contract are counted in: the customer's, else the company's."""
        self.ensure_one()
        return self.partner_id.tz or self.company_id._unicdo_zone()

    def _today(self):
        """Today in the contract's time zone."""
        return local_day(fields.Datetime.now(), self._zone())

    def _notice_rule(self, received):
        """The notice rule for a request.

        :param datetime.date received: day of receipt in the customer's time zone
        """
        country = self.partner_id.country_id or self.company_id.country_id
        return self.env["unicdo.notice.rule"]._for(self.customer_type, country, received)

    def _withdrawal_end(self):
        """The last day on which the customer may withdraw; None for businesses, who have no such right."""
        if self.customer_type != "consumer":
            return None
        return withdrawal_end(self.concluded_on, self.withdrawal_told_on or None)

    def _may_withdraw(self, day):
        """Whether the customer has the right to withdraw.

        :param datetime.date day: day of the declaration in the customer's time zone
        """
        last_day = self._withdrawal_end()
        return bool(last_day and day <= last_day)

    def _deciders(self):
        """Who may cancel: the person, or the named administrators of a company.

        :return: ``res.partner`` records
        """
        self.ensure_one()
        return self.partner_id if self.customer_type == "consumer" else self.admin_ids

    @api.model
    def _domain_of(self, partner):
        """Subscriptions that a person may see: their own, and those of the company they belong to."""
        return Domain("partner_id", "child_of", partner.commercial_partner_id.ids) | Domain("admin_ids", "in", partner.ids)

    def _open_cancellation(self):
        """The request to end it that is under way, or empty."""
        return self.cancellation_ids.filtered(lambda request: request.state in OPEN_STATES)[:1]

    def _ending_cancellation(self):
        """The request that is under way, or by which it ended; or empty."""
        return self._open_cancellation() or self.cancellation_ids.filtered(lambda request: request.state == "closed")[:1]

    def _go_on(self):
        """No end is scheduled any more; what has ended stays so."""
        self.filtered(lambda subscription: subscription.state == "ending").write({"state": "active", "end_date": False})

    def action_open_invoices(self):
        """Open the invoices that prepaid it, with one's own rights."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", self.period_ids.move_id.ids)],
            "context": {"create": False},
        }

    def action_open_cancellations(self):
        """Open the requests to end it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancellations"),
            "res_model": "unicdo.cancellation",
            "view_mode": "list,form",
            "domain": [("subscription_id", "=", self.id)],
        }
