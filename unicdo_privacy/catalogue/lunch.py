# SPDX-License-Identifier: LGPL-3.0-or-later
"""Lunch orders of employees."""

from .source import FOLLOW, _lt, acted, links, source

SOURCES = (
    source(
        "lunch.order", _lt("Lunch orders"), "usage",
        links("user_id"),
        "date product_id display_toppings quantity price currency_id supplier_id lunch_location_id note state",
        provided="date product_id display_toppings quantity lunch_location_id note",
        purpose="personnel", retention="claims", carries=False,
    ),
    source(
        "lunch.cashmove", _lt("Lunch account"), "payment",
        links("user_id"),
        "date amount currency_id description",
        purpose="personnel", retention="claims", carries=False,
    ),
    source(
        "lunch.product", _lt("Favourite lunches"), "usage",
        links("favorite_user_ids"),
        "name",
        provided="*", purpose="personnel", erase=FOLLOW, carries=False,
    ),
    source(
        "lunch.supplier", _lt("Lunch suppliers"), "business",
        (*links("partner_id"), *acted("responsible_id")),
        "name send_by automatic_email_time active",
        purpose="contract", erase=FOLLOW, carries=False,
    ),
)

EXEMPT = {}
