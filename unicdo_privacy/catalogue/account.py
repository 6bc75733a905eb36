# SPDX-License-Identifier: LGPL-3.0-or-later
"""Invoicing and payments."""

from .source import BOOKS, FOLLOW, Email, Part, Phone, _lt, acted, links, source

SOURCES = (
    source(
        "account.move", _lt("Invoices and credit notes"), "business",
        (*links("partner_id partner_shipping_id"), Email("invoice_source_email"), *acted("invoice_user_id")),
        "name move_type state ref invoice_date invoice_date_due delivery_date date partner_id partner_shipping_id "
        "invoice_partner_display_name invoice_source_email invoice_origin invoice_user_id invoice_payment_term_id "
        "payment_reference currency_id amount_untaxed amount_tax amount_total amount_residual payment_state narration "
        "invoice_pdf_report_file ubl_cii_xml_file create_date",
        provided="ref invoice_source_email partner_id partner_shipping_id invoice_date amount_total currency_id",
        files=True, purpose="invoicing", retention="books", erase=BOOKS,
        ignore={"commercial_partner_id": _lt("Computed: the employer or the person itself.")},
    ),
    source(
        "account.move.line", _lt("Invoice lines"), "business",
        (Part("move_id"), *links("partner_id")),
        "move_id date sequence name product_id quantity product_uom_id price_unit discount price_subtotal price_total "
        "currency_id date_maturity amount_currency amount_residual_currency",
        provided="move_id name product_id quantity price_unit price_total currency_id",
        purpose="invoicing", retention="books", erase=BOOKS, carries=False,
        domain=(("display_type", "not in", ("cogs", "epd")),),
    ),
    source(
        "account.payment", _lt("Payments"), "payment",
        links("partner_id"),
        "name date payment_type partner_type state amount currency_id memo payment_reference payment_method_line_id "
        "partner_bank_id invoice_ids create_date",
        provided="date amount currency_id memo payment_reference partner_bank_id",
        purpose="invoicing", retention="books", erase=BOOKS,
    ),
    source(
        "account.bank.statement.line", _lt("Bank transactions"), "payment",
        (*links("partner_id"), Part("employee_id", about=False)),
        "move_id amount currency_id payment_ref partner_name account_number transaction_type is_reconciled",
        provided="amount currency_id payment_ref partner_name account_number",
        purpose="invoicing", retention="books", erase=BOOKS,
    ),
    source(
        "account.analytic.line", _lt("Hours and costs"), "business",
        (*links("partner_id"), *acted("user_id")),
        "date name unit_amount amount currency_id product_id account_id",
        review="*", purpose="contract", retention="claims", erase=FOLLOW,
    ),
    source(
        "account.analytic.account", _lt("Analytic accounts"), "business",
        links("partner_id"),
        "name code plan_id active",
        review="*", purpose="contract", retention="books", erase=FOLLOW,
    ),
    source(
        "account.analytic.distribution.model", _lt("Rules that split costs"), "business",
        links("partner_id"),
        "partner_id analytic_distribution create_date",
        review="*", purpose="invoicing", carries=False,
    ),
    source(
        "account.reconcile.model", _lt("Rules for bank transactions"), "business",
        links("match_partner_ids mapped_partner_id"),
        "name",
        review="*", purpose="invoicing", erase=FOLLOW, carries=False,
    ),
    source(
        "account.reconcile.model.line", _lt("Rules for bank transactions, lines"), "business",
        links("partner_id"),
        "model_id label",
        review="*", purpose="invoicing", erase=FOLLOW, carries=False,
    ),
    source(
        "account.lock_exception", _lt("Exceptions from closed periods"), "usage",
        links("user_id"),
        "create_date reason end_datetime lock_date_field lock_date",
        purpose="invoicing", retention="books", erase=BOOKS,
    ),
    source(
        "payment.transaction", _lt("Online payments"), "payment",
        (*links("partner_id"), Email("partner_email"), Phone("partner_phone")),
        "reference create_date provider_id payment_method_id provider_reference amount currency_id state state_message "
        "last_state_change partner_name partner_email partner_phone partner_address partner_zip partner_city "
        "partner_state_id partner_country_id partner_lang is_donation",
        provided="reference create_date amount currency_id partner_name partner_email partner_phone partner_address "
        "partner_zip partner_city partner_state_id partner_country_id",
        purpose="invoicing", retention="books", erase=BOOKS,
    ),
    source(
        "payment.token", _lt("Saved payment methods"), "payment",
        links("partner_id"),
        "provider_id payment_method_id payment_details active create_date",
        provided="payment_details", purpose="contract",
    ),
)

EXEMPT = {
    "account.journal": _lt("Configuration: where incoming invoices are announced."),
}
