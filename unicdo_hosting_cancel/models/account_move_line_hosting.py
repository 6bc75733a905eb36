# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

from ..apps import contract, sale
from ..tools.billing import billed_period, stands_in


class AccountMoveLineHosting(models.Model):
    """Which hosting an invoice line pays for, and for which days."""

    _inherit = "account.move.line"  # pylint: disable=consider-merging-classes-inherited

    def _unicdo_bindings(self):
        """What hosting lines of invoices stand for; lines of no hosting are left out. Changes nothing.

        :return: list of dicts, in order of time: ``line``; ``subscription``, empty for one that is still to start;
            ``origin``, the (model, id) that it starts with; ``first_day`` and ``last_day``, both False for what is paid once
        """
        lines = self.filtered(
            lambda line: line.display_type == "product"
            and line.move_id.move_type in ("out_invoice", "out_receipt")
            and (line.unicdo_subscription_id or line.product_id.unicdo_hosting)
        )
        if not lines:
            return []
        lines = lines.sorted(lambda line: (line.move_id._unicdo_day(), line.move_id.id, line.sequence, line.id))
        billed = {}
        bindings = [binding for binding in lines._unicdo_subscriptions() if binding["subscription"] or binding["origin"]]
        for binding in bindings:
            binding["first_day"], binding["last_day"] = binding["line"]._unicdo_period(binding, billed)
        return bindings

    def _unicdo_subscriptions(self):
        """The part of :meth:`_unicdo_bindings` about subscriptions: the line's own, that of its order or contract, for a plan
        else a new one; an add-on joins the plan above it, or the customer's only hosting."""
        subscriptions_sudo = self.env["unicdo.hosting.subscription"].sudo()  # who invoices need not see hosting
        places = {
            line: [keys + more for keys, more in zip(sale.origins(line), contract.origins(line), strict=True)] for line in self
        }
        found = subscriptions_sudo._origins(key for own, near in places.values() for key in own + near)
        only = self._unicdo_only_subscriptions()
        bindings = []
        above = {}
        for line, (own, near) in places.items():
            is_plan = line.product_id.unicdo_hosting == "plan"
            keys = own if is_plan else own + near
            binding = {
                "line": line, "origin": None,
                "subscription": line.unicdo_subscription_id.sudo() or next(
                    (found[key] for key in keys if key in found), subscriptions_sudo
                ),
            }
            if not binding["subscription"] and is_plan and line.price_subtotal >= 0:
                binding["origin"] = (own or [("account.move.line", line.id)])[0]
            elif not binding["subscription"]:
                binding |= above.get(line.move_id) or {"subscription": only.get(line.move_id, subscriptions_sudo)}
            if is_plan:
                above[line.move_id] = {name: binding[name] for name in ("subscription", "origin")}
            bindings.append(binding)
        return bindings

    def _unicdo_only_subscriptions(self):
        """The running subscriptions of customers who have one only: dict of invoice → subscription."""
        found = self.env["unicdo.hosting.subscription"].sudo().search([
            ("partner_id", "in", self.move_id.commercial_partner_id.ids), ("state", "!=", "ended"),
            ("company_id", "in", self.company_id.ids),
        ]).grouped(lambda subscription: (subscription.partner_id, subscription.company_id))
        return {
            move: own for move in self.move_id
            if len(own := found.get((move.commercial_partner_id, move.company_id), ())) == 1
        }

    def _unicdo_period(self, binding, billed):
        """The billed period: as written on the line, as Odoo's deferral says, else after what was billed before.

        :param dict binding: of this line
        :param dict billed: (subscription or origin, product) → first and last day billed so far; completed here
        :return: tuple of first and last day, or of False
        """
        months = self.product_id.unicdo_hosting_months if self.product_id.unicdo_hosting else 0
        key = (binding["subscription"] or binding["origin"], self.product_id)
        if key not in billed:
            periods = binding["subscription"].period_ids.filtered(
                lambda period: period.last_day and period.move_line_id.product_id == self.product_id
            )
            billed[key] = (min(periods.mapped("first_day"), default=None), max(periods.mapped("last_day"), default=None))
        anchor, until = billed[key]
        if self.unicdo_first_day:
            days = (self.unicdo_first_day, self.unicdo_last_day)
        elif "deferred_end_date" in self._fields and self.deferred_end_date:
            days = (self.deferred_start_date, self.deferred_end_date)
        elif months:
            first = fields.Date.add(until, days=1) if until else self.move_id._unicdo_day()
            days = billed_period(first, months, anchor)
        else:
            return False, False
        billed[key] = (anchor or days[0], max(until or days[1], days[1]))
        return days

    def _unicdo_not_refundable(self):
        """Why this is not given back, if these words of the product really stood with the line when it was sold (CAN-7).

        :return: the words in the language they stood there, or False
        """
        template = self.product_id.product_tmpl_id
        if not template.unicdo_not_refundable:
            return False
        texts = [self.name, *sale.descriptions(self)]
        for code, _name in self.env["res.lang"].get_installed():
            words = template.with_context(lang=code).unicdo_not_refundable
            if any(stands_in(words, text) for text in texts):
                return words
        return False

    def _unicdo_note(self, subscription, binding):
        """Write on the posted line what it was bound to, so that it is seen, and kept if the invoice is posted again."""
        vals = {
            "unicdo_subscription_id": subscription.id, "unicdo_first_day": binding["first_day"],
            "unicdo_last_day": binding["last_day"],
        }
        if any(self._fields[name].convert_to_write(self[name], self) != value for name, value in vals.items()):
            # nothing of the entry depends on these
            self.with_context(skip_invoice_sync=True, check_move_validity=False).write(vals)
