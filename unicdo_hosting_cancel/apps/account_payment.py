# SPDX-License-Identifier: LGPL-3.0-or-later
"""Online payments: a refund goes back the way the money came, through Odoo's own wizard, and settles our credit note."""

from odoo.fields import Command

MODEL = "payment.transaction"


def patch(env):
    """Tie refunds of this registry to the credit notes they pay; does nothing without the app."""
    if MODEL not in env or "invoice_ids" not in env[MODEL]._fields:
        return
    model_class = env.registry[MODEL]
    origin = model_class._create_child_transaction
    if hasattr(origin, "_unicdo_origin"):
        return

    def _create_child_transaction(self, amount, is_refund=False, **custom_create_values):
        credits = open_credits(self.invoice_ids) if is_refund else None
        if credits:
            custom_create_values.setdefault("invoice_ids", [Command.set(credits.ids)])
        return origin(self, amount, is_refund=is_refund, **custom_create_values)

    _create_child_transaction._unicdo_origin = origin
    model_class._create_child_transaction = _create_child_transaction


def open_credits(invoices):
    """Posted credit notes of ended hosting that are not paid out yet.

    :param invoices: ``account.move`` that they credit
    """
    return invoices.reversal_move_ids.filtered(
        lambda move: move.unicdo_cancellation_id and move.state == "posted" and move.amount_residual
    )


def refundable(invoice, amount):
    """The payment of an invoice whose provider can give an amount back.

    :param float amount: in the invoice's currency
    :return: ``account.payment``, one or none
    """
    payments = invoice.env["account.payment"]
    if "amount_available_for_refund" not in payments._fields:
        return payments
    for payment in (invoice._get_reconciled_payments() | invoice.matched_payment_ids).filtered("payment_transaction_id"):
        tx_sudo = payment.payment_transaction_id.sudo()  # its provider is nothing that accounting may read
        method = tx_sudo.payment_method_id.primary_payment_method_id or tx_sudo.payment_method_id
        whole = "full_only" in (tx_sudo.provider_id.support_refund, method.support_refund)
        available = payment.amount_available_for_refund
        same = payment.currency_id.compare_amounts(available, amount)
        if payment.currency_id == invoice.currency_id and available and (same == 0 or (same > 0 and not whole)):
            return payment
    return payments
