# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sales, online shop."""

from .source import BOOKS, FOLLOW, Part, _lt, acted, links, source

SOURCES = (
    source(
        "sale.order", _lt("Orders and quotations"), "business",
        (*links("partner_id partner_invoice_id partner_shipping_id"), *acted("user_id")),
        "name date_order state partner_id partner_invoice_id partner_shipping_id client_order_ref reference origin "
        "validity_date commitment_date effective_date payment_term_id pricelist_id currency_id amount_untaxed "
        "amount_tax "
        "amount_total invoice_status delivery_status carrier_id user_id note signed_by signed_on signature website_id "
        "source_id medium_id campaign_id tag_ids create_date",
        provided="name date_order client_order_ref partner_invoice_id partner_shipping_id amount_total currency_id "
        "carrier_id signed_by signed_on signature",
        review="tag_ids", files=True, purpose="sales", retention="books", erase=BOOKS,
    ),
    source(
        "sale.order.line", _lt("Order lines"), "business",
        (Part("order_id"),),
        "order_id sequence name product_id product_uom_qty product_uom_id price_unit discount price_subtotal price_tax "
        "price_total currency_id qty_delivered qty_invoiced",
        provided="order_id name product_id product_uom_qty price_unit discount price_total currency_id",
        purpose="sales", retention="books", erase=FOLLOW, carries=False,
        ignore={
            "order_partner_id": _lt("The order's person: found with the order."),
            "salesman_id": _lt("The order's salesperson: found with the order."),
        },
    ),
    source(
        "product.attribute.custom.value", _lt("Your own texts on ordered products"), "business",
        (Part("sale_order_line_id"), Part("pos_order_line_id")),
        "sale_order_line_id pos_order_line_id custom_product_template_attribute_value_id custom_value",
        provided="custom_value", purpose="sales", retention="books", erase=FOLLOW, carries=False,
    ),
    source(
        "product.wishlist", _lt("Wish list"), "usage",
        links("partner_id"),
        "product_id price currency_id create_date active",
        provided="product_id price create_date", purpose="website",
    ),
    source(
        "product.product", _lt("Products you asked to be told about"), "usage",
        links("stock_notification_partner_ids"),
        "display_name default_code",
        provided="display_name", purpose="website", erase=FOLLOW, carries=False,
    ),
    source(
        "crm.team.member", _lt("Sales team membership"), "personnel",
        links("user_id"),
        "crm_team_id active create_date assignment_max",
        purpose="personnel", retention="employment",
    ),
    source(
        "crm.team", _lt("Sales teams led"), "usage",
        acted("user_id favorite_user_ids"),
        "name",
        purpose="personnel", erase=FOLLOW, carries=False,
    ),
)

EXEMPT = {
    "product.template": _lt("Products; who is responsible is a setting per company."),
    "product.pricelist": _lt("Prices."),
}
