# SPDX-License-Identifier: LGPL-3.0-or-later
"""Contracts of the OCA's app."""

from .source import BOOKS, FOLLOW, Part, _lt, acted, links, source

SOURCES = (
    source(
        "contract.contract", _lt("Contracts"), "business",
        (*links("partner_id invoice_partner_id"), *acted("user_id")),
        "name code partner_id invoice_partner_id date_start date_end recurring_next_date recurring_interval "
        "recurring_rule_type payment_term_id currency_id user_id tag_ids note create_date",
        provided="name code invoice_partner_id date_start date_end",
        review="note tag_ids", files=True, purpose="sales", retention="books", erase=BOOKS,
        ignore={"commercial_partner_id": _lt("Follows from the contract's person.")},
    ),
    source(
        "contract.line", _lt("Contract lines"), "business",
        (Part("contract_id"),),
        "contract_id sequence name product_id quantity uom_id price_unit discount price_subtotal currency_id date_start date_end",
        provided="contract_id name product_id quantity price_unit discount currency_id date_start date_end",
        purpose="sales", retention="books", erase=FOLLOW, carries=False,
        ignore={"partner_id": _lt("The contract's person: found with the contract.")},
    ),
)

EXEMPT = {"contract.template": _lt("What new contracts are made from, and nobody's contract.")}
