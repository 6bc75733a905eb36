# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class AccountMoveHosting(models.Model):
    """A posted invoice prepays hosting; one that was reset or cancelled does not. After the end nothing is billed."""

    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    unicdo_has_hosting = fields.Boolean(compute="_compute_unicdo_has_hosting")

    @api.depends("move_type", "invoice_line_ids.product_id.unicdo_hosting", "invoice_line_ids.unicdo_subscription_id")
    def _compute_unicdo_has_hosting(self):
        for move in self:
            lines = move.invoice_line_ids
            move.unicdo_has_hosting = move.move_type in ("out_invoice", "out_receipt") and (
                any(lines.mapped("unicdo_hosting")) or bool(lines.unicdo_subscription_id)
            )

    def _unicdo_day(self):
        """The day of the invoice, or of its posting if it has none yet."""
        return self.invoice_date or fields.Date.context_today(self)

    def _post(self, soft=True):
        bindings = self.filtered(lambda move: move.is_sale_document(include_receipts=True)).invoice_line_ids._unicdo_bindings()
        self._unicdo_check_served(bindings)
        self._unicdo_check_credited()
        posted = super()._post(soft)
        self._unicdo_bind([binding for binding in bindings if binding["line"].move_id in posted])
        return posted

    def button_draft(self):
        self._unicdo_check_unbind()
        result = super().button_draft()
        self._unicdo_unbind()
        return result

    def button_cancel(self):
        self._unicdo_check_unbind()
        result = super().button_cancel()
        self._unicdo_unbind()
        return result

    @api.onchange("partner_id")
    def _onchange_unicdo_partner(self):
        """A copied invoice for another customer pays for none of the first one's hosting."""
        for line in self.invoice_line_ids:
            owner = line.unicdo_subscription_id.partner_id.commercial_partner_id
            if owner and owner != self.commercial_partner_id._origin:
                line.unicdo_subscription_id = False

    # ---------------------------------------------------------------- checks

    def _unicdo_check_served(self, bindings):
        """Refuse to bill days after the end of hosting.

        :param list bindings: as of ``_unicdo_bindings``
        """
        late = [
            binding for binding in bindings
            if binding["subscription"].end_date and binding["last_day"] and binding["last_day"] > binding["subscription"].end_date
        ]
        if late:
            raise UserError("\n".join(
                self.env._(
                    "“%(line)s” bills %(hosting)s until %(last)s, but that ends on %(end)s. Shorten the billed period and its "
                    "price, or remove the line.",
                    line=(binding["line"].name or "").split("\n")[0], hosting=binding["subscription"].name,
                    last=format_date(self.env, binding["last_day"]),
                    end=format_date(self.env, binding["subscription"].end_date),
                )
                for binding in late
            ))

    def _unicdo_check_credited(self):
        """Refuse credit notes that together with those of an end of hosting exceed their invoice."""
        refunds = self.filtered(lambda move: move.move_type == "out_refund" and move.reversed_entry_id)
        if not refunds:
            return
        periods_sudo = self.env["unicdo.hosting.period"].sudo()  # who posts need not see hosting
        hosted = refunds.reversed_entry_id.filtered(lambda move: move.reversal_move_ids.unicdo_cancellation_id)
        hosted |= periods_sudo.search([("move_id", "in", refunds.reversed_entry_id.ids)]).move_id
        hosted._unicdo_claim()
        for invoice in hosted.filtered(lambda move: move.reversal_move_ids.unicdo_cancellation_id):
            credits = invoice._unicdo_credited() | (invoice.reversal_move_ids & refunds)
            if invoice.currency_id.compare_amounts(sum(credits.mapped("amount_total")), invoice.amount_total) > 0:
                raise UserError(self.env._(
                    "%(invoice)s was credited for the end of hosting (%(requests)s). With this credit note more would be given "
                    "back than was billed. Lower or delete it.",
                    invoice=invoice.name,
                    requests=", ".join(invoice.reversal_move_ids.unicdo_cancellation_id.sudo().mapped("name")),
                ))

    def _unicdo_check_unbind(self):
        """An invoice whose hosting was credited stays as it is."""
        for invoice in self.filtered(lambda move: move.state == "posted"):
            credits = invoice.reversal_move_ids.filtered(lambda move: move.unicdo_cancellation_id and move.state == "posted")
            if credits:
                raise UserError(self.env._(
                    "%(invoice)s was credited for the end of hosting by %(credits)s. Cancel that credit note first.",
                    invoice=invoice.name, credits=", ".join(credits.mapped("name")),
                ))

    # ---------------------------------------------------------------- binding

    def _unicdo_bind(self, bindings):
        """Bind hosting lines that were posted now to their subscriptions.

        :param list bindings: as of ``_unicdo_bindings``
        """
        if not bindings:
            return
        subscriptions_sudo = self.env["unicdo.hosting.subscription"].sudo()  # who posts need not see hosting
        started = subscriptions_sudo._start({
            binding["origin"]: {
                "product": binding["line"].product_id, "customer": binding["line"].move_id.partner_id,
                "company": binding["line"].company_id, "document": binding["line"].move_id.name,
                "start": binding["first_day"] or binding["line"].move_id._unicdo_day(),
            }
            for binding in reversed(bindings) if binding["origin"] and binding["line"].product_id.unicdo_hosting == "plan"
        })
        periods = []
        for binding in bindings:
            line, subscription = binding["line"], binding["subscription"] or started[binding["origin"]]
            line._unicdo_note(subscription, binding)
            periods.append({
                "subscription_id": subscription.id, "move_line_id": line.id, "first_day": binding["first_day"],
                "last_day": binding["last_day"], "not_refundable": line._unicdo_not_refundable(),
            })
        self.env["unicdo.hosting.period"].sudo().create(periods)

    def _unicdo_unbind(self):
        """Take back what draft and cancelled invoices prepaid; their lines still say for which hosting and days they were."""
        if self:
            self.env["unicdo.hosting.period"].sudo().search([("move_id", "in", self.ids)]).unlink()
