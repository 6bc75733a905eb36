# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ..tools.notice import earliest_end

CUSTOMER_TYPES = [("business", "Business"), ("consumer", "Consumer")]


class UnicdoNoticeRule(models.Model):
    """How much notice keeps the refund: a legal number, per country and kind of customer (POLICY CAN-2)."""

    _name = "unicdo.notice.rule"
    _description = "Notice Rule"
    _order = "customer_type, country_id, valid_from desc"

    name = fields.Char(compute="_compute_name")
    customer_type = fields.Selection(CUSTOMER_TYPES, "Kind of customer", required=True, default="business")
    country_id = fields.Many2one("res.country", help="Of the customer. Empty: every country without a rule of its own.")
    days = fields.Integer("Days of notice", required=True, default=30)
    months = fields.Integer("At most months", help="If set, the shorter of the days and these months holds.")
    source = fields.Char(required=True, help="Law, article, or your own policy.")
    valid_from = fields.Date("Valid from", required=True, default="2000-01-01", help="For requests received from this day on.")
    active = fields.Boolean(default=True)

    _numbers = models.Constraint("CHECK(days BETWEEN 0 AND 366 AND months BETWEEN 0 AND 12)", "Notice is at most a year.")
    _once = models.UniqueIndex(
        "(customer_type, COALESCE(country_id, 0), valid_from) WHERE active", "There is such a rule from that day on."
    )

    @api.depends("customer_type", "country_id", "days", "months")
    def _compute_name(self):
        labels = dict(self._fields["customer_type"]._description_selection(self.env))
        for rule in self:
            notice = (
                self.env._("the shorter of %(days)s days and %(months)s month(s)", days=rule.days, months=rule.months)
                if rule.months
                else self.env._("%s days", rule.days)
            )
            where = rule.country_id.name or self.env._("all countries")
            rule.name = f"{labels.get(rule.customer_type, '')}, {where}: {notice}"

    @api.model
    def _for(self, customer_type, country, day):
        """The rule that holds for a request.

        :param str customer_type: "business" or "consumer"
        :param country: ``res.country`` of the customer, may be empty
        :param datetime.date day: day of receipt
        :return: one record; the company's promise of 30 days ships as data and cannot be archived away: empty means that
            somebody removed every rule, and callers take 30 days
        """
        rules = self.sudo().search(  # legal numbers are nobody's secret
            [("customer_type", "=", customer_type), ("country_id", "in", [country.id, False]), ("valid_from", "<=", day)]
        )
        return rules.sorted(lambda rule: (bool(rule.country_id), rule.valid_from), reverse=True)[:1]

    def _earliest_end(self, received):
        """The first last day of service that keeps the notice.

        :param datetime.date received: day of receipt, in the customer's time zone
        :rtype: datetime.date
        """
        return earliest_end(received, self.days if self else 30, self.months)
