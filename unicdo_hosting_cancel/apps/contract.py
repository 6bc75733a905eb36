# SPDX-License-Identifier: LGPL-3.0-or-later
"""The OCA's contracts: their lines of hosting products can be taken over, and their invoices go on belonging to them."""

from datetime import timedelta

from odoo.addons.unicdo_privacy.tools.days import add_months

MODEL = "contract.line"


def origins(move_line):
    """Where the subscription of an invoice line may have begun; see ``sale.origins``."""
    if MODEL not in move_line.env:
        return [], []
    own = move_line.contract_line_id
    plans = own.contract_id.contract_line_ids.filtered(lambda line: line.product_id.unicdo_hosting == "plan")
    return [(MODEL, line.id) for line in own], [(MODEL, line.id) for line in plans]


def is_here(env):
    """Whether the app is installed."""
    return MODEL in env


def found(env):
    """Contract lines of hosting plans with what their last invoices prepaid.

    :return: dict as ``_start`` takes, each plan with ``lines``: tuples of invoice line, first and last day
    """
    if not is_here(env):
        return {}
    lines = env[MODEL].search([("product_id.unicdo_hosting", "=", "plan"), ("contract_id.contract_type", "=", "sale")])
    return {
        (MODEL, line.id): {
            "product": line.product_id, "customer": line.contract_id.partner_id, "start": line.date_start,
            "company": line.contract_id.company_id or env.company, "document": line.contract_id.name or "",
            "lines": [paid for sibling in line.contract_id.contract_line_ids for paid in _prepaid(sibling, line)],
        }
        for line in lines
    }


def _prepaid(line, plan):
    """What the last invoice of a contract line prepaid, if it is the plan itself or an add-on of the contract's first plan."""
    kind, months = line.product_id.unicdo_hosting, line.product_id.unicdo_hosting_months
    plans = line.contract_id.contract_line_ids.filtered(lambda other: other.product_id.unicdo_hosting == "plan")
    joins = line == plan or (kind == "extra" and plan == plans[:1])
    if not (joins and months and line.last_date_invoiced):
        return []
    paid = line.env["account.move.line"].search(
        [("contract_line_id", "=", line.id), ("parent_state", "=", "posted"), ("move_id.move_type", "=", "out_invoice")],
        order="date desc, id desc", limit=1,
    )
    last = line.last_date_invoiced
    return [(paid, add_months(last + timedelta(days=1), -months), last)] if paid else []
