# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shops and restaurants."""

from .source import BOOKS, FOLLOW, Email, Part, Phone, _lt, acted, links, source

SOURCES = (
    source(
        "pos.order", _lt("Purchases in our shops"), "business",
        (
            *links("partner_id"), Email("email"), Phone("mobile"), *acted("user_id"), Part("employee_id", about=False),
        ),
        "name pos_reference tracking_number date_order state partner_id email mobile amount_total amount_tax "
        "amount_paid "
        "currency_id tip_amount preset_id preset_time table_id customer_count general_customer_note internal_note "
        "create_date",
        provided="date_order email mobile amount_total currency_id tip_amount general_customer_note",
        review="internal_note", files=True, purpose="invoicing", retention="books", erase=BOOKS,
    ),
    source(
        "pos.order.line", _lt("Purchases in our shops, lines"), "business",
        (Part("order_id"),),
        "order_id full_product_name product_id qty price_unit discount price_subtotal_incl customer_note notice note",
        provided="order_id full_product_name product_id qty price_unit discount price_subtotal_incl customer_note",
        review="notice note", purpose="invoicing", retention="books", erase=FOLLOW, carries=False,
    ),
    source(
        "pos.payment", _lt("Payments in our shops"), "payment",
        (Part("pos_order_id"), Part("employee_id", about=False)),
        "pos_order_id payment_date amount currency_id payment_method_id card_type card_brand card_no cardholder_name "
        "payment_status",
        provided="payment_date amount currency_id card_type card_brand card_no cardholder_name",
        purpose="invoicing", retention="books", erase=FOLLOW, carries=False,
    ),
    source(
        "pos.session", _lt("Shop sessions run"), "usage",
        (*acted("user_id"), Part("employee_id", about=False)),
        "name start_at stop_at",
        purpose="personnel", retention="books", erase=FOLLOW, carries=False,
    ),
)

EXEMPT = {
    "pos.config": _lt("Configuration: who may use a till."),
}
