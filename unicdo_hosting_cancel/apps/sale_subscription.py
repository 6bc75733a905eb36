# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo Subscriptions (Enterprise): running subscriptions of hosting products can be taken over. Their invoices belong to
them through Sales. Written from the documentation of its fields; not run, as it is not public."""

from . import sale


def is_here(env):
    """Whether the app is installed."""
    return sale.MODEL in env and "is_subscription" in env["sale.order"]._fields


def found(env):
    """Order lines of hosting plans in running subscriptions; see ``contract.found``."""
    if not is_here(env):
        return {}
    lines = env[sale.MODEL].search([
        ("product_id.unicdo_hosting", "=", "plan"), ("order_id.is_subscription", "=", True),
        ("order_id.subscription_state", "=", "3_progress"),
    ])
    return {
        (sale.MODEL, line.id): {
            "product": line.product_id, "customer": line.order_id.partner_id,
            "company": line.order_id.company_id, "document": line.order_id.name, "start": line.order_id.start_date,
            "lines": [
                (paid, paid.deferred_start_date, paid.deferred_end_date)
                for paid in line.invoice_lines
                if "deferred_start_date" in paid._fields and paid.deferred_end_date and paid.parent_state == "posted"
            ],
        }
        for line in lines
    }
