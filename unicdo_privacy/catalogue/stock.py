# SPDX-License-Identifier: LGPL-3.0-or-later
"""Inventory and deliveries."""

from .source import FOLLOW, Part, _lt, acted, keep, links, source

_CLAIMS = keep("claims", "claims")

SOURCES = (
    source(
        "stock.picking", _lt("Deliveries"), "business",
        (*links("partner_id owner_id"), *acted("user_id")),
        "name origin partner_id state scheduled_date date_done carrier_id carrier_tracking_ref weight signature "
        "sale_id "
        "note picking_properties create_date",
        provided="name partner_id date_done signature", review="note picking_properties",
        files=True, retention="claims", erase=_CLAIMS,
    ),
    source(
        "stock.move", _lt("Delivered products"), "business",
        (Part("picking_id"), *links("partner_id restrict_partner_id")),
        "picking_id date product_id product_uom_qty quantity product_uom state origin reference",
        provided="date product_id quantity product_uom", retention="claims", erase=FOLLOW, carries=False,
    ),
    source(
        "stock.move.line", _lt("Delivered products, details"), "business",
        (Part("picking_id"), Part("move_id"), *links("owner_id")),
        "picking_id date product_id quantity product_uom_id lot_id state",
        retention="claims", erase=FOLLOW, carries=False,
    ),
    source(
        "stock.quant", _lt("Your goods in our stock"), "business",
        (*links("owner_id"), *acted("user_id")),
        "product_id location_id lot_id quantity in_date",
        retention="claims", erase=FOLLOW, carries=False,
    ),
    source(
        "stock.scrap", _lt("Your goods scrapped"), "business",
        links("owner_id"),
        "name date_done product_id scrap_qty product_uom_id state",
        retention="claims", erase=FOLLOW, carries=False,
    ),
    source(
        "product.value", _lt("Valuations entered"), "usage",
        acted("user_id"),
        "date description",
        purpose="personnel", retention="books", erase=FOLLOW, carries=False,
    ),
)

EXEMPT = {
    "stock.picking.type": _lt("Which kinds of transfers are marked with a star."),
    "stock.rule": _lt("Configuration: where goods go."),
    "stock.warehouse": _lt("Addresses of warehouses."),
}
