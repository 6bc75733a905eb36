# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..apps import account_payment


class UnicdoCancellationRefund(models.Model):
    """Money goes back through Odoo's own flows: none of ours moves any."""

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    has_refund_to_pay = fields.Boolean(compute="_compute_has_refund_to_pay", compute_sudo=True)

    @api.depends("credit_ids.state", "credit_ids.amount_residual")
    def _compute_has_refund_to_pay(self):
        for request in self:
            request.has_refund_to_pay = any(credit._unicdo_to_pay() > 0 for credit in request.credit_ids)

    def action_refund(self):
        """Open what pays a refund: the refund of the original payment where its provider can, else a transfer to a trusted
        bank account of the customer."""
        self.ensure_one()
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Only accounting pays refunds."))
        self.check_access("read")
        credits = self.credit_ids.filtered(lambda move: move._unicdo_to_pay() > 0)
        if not self.has_refund_to_pay:
            raise UserError(self.env._("There is nothing to pay back: no posted credit note of this request is open."))
        for credit in credits:
            amount = float(credit._unicdo_to_pay())
            if payment := account_payment.refundable(credit.reversed_entry_id, amount):
                context = {"active_id": payment.id, "default_amount_to_refund": amount}
                return {**payment.action_refund_wizard(), "context": context}
        return self._transfer(credits)

    def _transfer(self, credits):
        """Odoo's register-payment of credit notes of one currency, if there is an account to pay to."""
        customer = credits.commercial_partner_id
        if not customer.bank_ids.filtered("allow_out_payment"):
            raise UserError(self.env._(
                "%s did not pay in a way that can be refunded, and has no bank account marked as trusted. Ask for one, make sure "
                "by another way that it is theirs, and mark it as trusted under Contacts.", customer.display_name,
            ))
        credits = credits.filtered(lambda move: move.currency_id == credits[0].currency_id)
        action = credits.action_register_payment()
        amount = float(sum(credit._unicdo_to_pay() for credit in credits))
        if credits.currency_id.compare_amounts(amount, sum(credits.mapped("amount_residual"))) < 0:
            action["context"] = {**action["context"], "default_amount": amount}
        return action
