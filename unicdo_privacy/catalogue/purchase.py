# SPDX-License-Identifier: LGPL-3.0-or-later
"""Purchases from the person."""

from .source import BOOKS, FOLLOW, Part, _lt, acted, links, source

SOURCES = (
    source(
        "purchase.order", _lt("Purchases from you"), "business",
        (*links("partner_id dest_address_id"), *acted("user_id")),
        "name partner_id dest_address_id partner_ref date_order date_approve date_planned state amount_untaxed "
        "amount_tax "
        "amount_total currency_id payment_term_id user_id origin note create_date",
        provided="partner_ref", files=True, purpose="invoicing", retention="books", erase=BOOKS,
    ),
    source(
        "purchase.order.line", _lt("Purchases from you, lines"), "business",
        (Part("order_id"),),
        "order_id name product_id product_qty product_uom_id price_unit discount price_subtotal price_total "
        "currency_id "
        "date_planned qty_received qty_invoiced",
        purpose="invoicing", retention="books", erase=FOLLOW, carries=False,
        ignore={"partner_id": _lt("The order's person: found with the order.")},
    ),
    source(
        "product.supplierinfo", _lt("Your prices as a supplier"), "business",
        links("partner_id"),
        "product_tmpl_id product_name product_code min_qty price currency_id date_start date_end delay discount",
        provided="product_name product_code price date_start date_end delay",
        purpose="invoicing", carries=False,
    ),
)

EXEMPT = {}
