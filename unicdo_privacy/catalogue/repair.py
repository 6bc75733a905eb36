# SPDX-License-Identifier: LGPL-3.0-or-later
"""Repairs."""

from .source import _lt, acted, keep, links, source

SOURCES = (
    source(
        "repair.order", _lt("Repairs"), "business",
        (*links("partner_id"), *acted("user_id")),
        "name state create_date schedule_date partner_id product_id product_qty lot_id under_warranty internal_notes "
        "tag_ids repair_properties",
        provided="product_id product_qty lot_id", review="internal_notes tag_ids repair_properties",
        files=True, retention="claims", erase=keep("claims", "claims", empty="internal_notes repair_properties"),
    ),
)

EXEMPT = {}
