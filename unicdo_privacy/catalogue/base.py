# SPDX-License-Identifier: LGPL-3.0-or-later
"""Contacts, users and what the framework keeps about them."""

from .source import DELETE, FOLLOW, Email, Link, Owned, Part, Phone, Reference, _lt, acted, anonymise, links, source

_ADDRESS = "street street2 zip city state_id country_id"
_FILE_FIELDS = "name description mimetype file_size create_date res_model res_id"

SOURCES = (
    source(
        "res.partner", _lt("Contact details"), "account",
        (
            Link("id"), Email("email", owner="id"), Email("email_normalized", normal=True, owner="id"), Phone("phone"),
            Phone("phone_sanitized"), *acted("user_id"),
        ),
        f"name complete_name type {_ADDRESS} email phone website function company_name commercial_company_name "
        "parent_id vat company_registry ref lang tz category_id industry_id image_1920 website_description "
        "website_short_description partner_latitude partner_longitude date_localization active create_date write_date "
        "customer_rank supplier_rank credit_limit invoice_sending_method peppol_eas peppol_endpoint "
        "global_location_number is_published barcode trust sale_warn_msg purchase_warn_msg picking_warn_msg comment",
        provided=f"name {_ADDRESS} email phone website function company_name vat lang tz image_1920 "
        "website_description website_short_description peppol_eas peppol_endpoint global_location_number",
        review="trust sale_warn_msg purchase_warn_msg picking_warn_msg comment credit_limit",
        files=True,
        purpose="contract",
        erase=anonymise(
            f"name {_ADDRESS} email phone website function company_name vat company_registry ref category_id "
            "image_1920 website_description website_short_description partner_latitude partner_longitude comment "
            "barcode sale_warn_msg purchase_warn_msg picking_warn_msg peppol_endpoint global_location_number"
        ),
        ignore={
            "parent_id": _lt("The employer or head office is somebody else."),
            "commercial_partner_id": _lt("Computed: the employer or the person itself."),
            "buyer_id": _lt("Company-dependent setting: who buys from this supplier."),
        },
    ),
    source(
        "res.users", _lt("User account"), "credentials",
        (Link("id"),),
        "login name active lang tz signature company_ids notification_type login_date create_date karma rank_id "
        "out_of_office_from out_of_office_to out_of_office_message",
        provided="login signature out_of_office_from out_of_office_to out_of_office_message",
        purpose="contract",
        erase=anonymise("login signature out_of_office_message"),
        ignore={"partner_id": _lt("The account itself: found with its person.")},
    ),
    source(
        "res.users.log", _lt("Sign-ins"), "usage",
        (Link("create_uid"),),
        "create_date",
        provided="*", purpose="security", retention="log",
    ),
    source(
        "res.device.log", _lt("Devices signed in"), "device",
        links("user_id"),
        "platform browser ip_address country city device_type first_activity last_activity revoked",
        provided="*", purpose="security", retention="log",
    ),
    source(
        "res.users.settings", _lt("User settings"), "usage",
        links("user_id"),
        "is_discuss_sidebar_category_channel_open is_discuss_sidebar_category_chat_open use_push_to_talk "
        "voice_active_duration channel_notifications calendar_default_privacy livechat_username livechat_lang_ids",
        provided="*", purpose="contract",
    ),
    source(
        "res.users.settings.embedded.action", _lt("View settings"), "usage",
        (Part("user_setting_id"),),
        "action_id res_model embedded_actions_order embedded_actions_visibility",
        provided="*", purpose="contract",
        ignore={"res_id": _lt("The record on which a view was arranged.")},
    ),
    source(
        "res.users.deletion", _lt("Account deletion requests"), "credentials",
        links("user_id"),
        "state create_date",
        purpose="contract", retention="log",
    ),
    source(
        "auth.passkey.key", _lt("Passkeys"), "credentials",
        (Link("create_uid"),),
        "name create_date",
        provided="name", purpose="security",
    ),
    source(
        "res.users.apikeys", _lt("API keys"), "credentials",
        links("user_id"),
        "name scope create_date expiration_date",
        provided="name", purpose="security",
    ),
    source(
        "auth_totp.device", _lt("Devices trusted at sign-in"), "credentials",
        links("user_id"),
        "name create_date expiration_date",
        provided="name", purpose="security",
    ),
    source(
        "res.partner.bank", _lt("Bank accounts"), "company",
        links("partner_id"),
        "acc_number acc_holder_name bank_id currency_id active note create_date",
        provided="acc_number acc_holder_name", review="note",
        purpose="invoicing", retention="books", erase=DELETE,
    ),
    source(
        "res.company", _lt("Own companies"), "company",
        links("partner_id"),
        "name email phone",
        purpose="contract", erase=FOLLOW, carries=False,
        ignore={
            "user_ids": _lt("Which users may work in a company: shown with the user account."),
            "email": _lt("The company's own address."),
            "phone": _lt("The company's own number."),
            "email_primary_color": _lt("A colour."),
            "email_secondary_color": _lt("A colour."),
        },
    ),
    source(
        "ir.attachment", _lt("Files in your messages"), "messages",
        (Owned("mail.message", "attachment_ids"), Owned("mail.message.thread", "attachment_ids")),
        _FILE_FIELDS,
        provided="name", files=True, purpose="communication", retention="with_record", erase=FOLLOW, carries=False,
        domain=(("res_field", "=", False),),
    ),
    source(
        "ir.attachment", _lt("Files you uploaded"), "messages",
        (Link("create_uid"),),
        _FILE_FIELDS,
        key="ir.attachment.own",
        provided="name", files=True, purpose="communication", retention="with_record", erase=FOLLOW, carries=False,
        # What an employee uploads is about somebody else as a rule.
        domain=(("res_field", "=", False), ("create_uid.share", "=", True)),
    ),
    source(
        "ir.attachment", _lt("Files in internal notes"), "messages",
        (Owned("mail.message.note", "attachment_ids"),),
        _FILE_FIELDS,
        key="ir.attachment.note",
        files=True, review="*", purpose="communication", retention="with_record", erase=FOLLOW, carries=False,
        domain=(("res_field", "=", False),),
    ),
    source(
        "ir.attachment", _lt("Files kept with your records"), "messages",
        (Reference("res_model", "res_id"),),
        _FILE_FIELDS,
        key="ir.attachment.record",
        files=True, review="*", purpose="contract", retention="with_record", erase=FOLLOW, carries=False,
        domain=(("res_field", "=", False),),
    ),
    source(
        "ir.filters", _lt("Saved searches"), "usage",
        links("user_ids"),
        "name model_id domain create_date",
        provided="name domain", purpose="contract", carries=False,
    ),
    source(
        "ir.ui.view.custom", _lt("Own dashboards"), "usage",
        links("user_id"),
        "ref_id create_date",
        purpose="contract",
    ),
    source(
        "ir.default", _lt("Own default values"), "usage",
        links("user_id"),
        "field_id json_value create_date",
        purpose="contract",
    ),
    source(
        "resource.resource", _lt("Working time"), "personnel",
        links("user_id"),
        "name tz calendar_id active",
        review="*", purpose="personnel", retention="employment", erase=anonymise("name"),
    ),
    source(
        "resource.calendar.leaves", _lt("Absences"), "personnel",
        (Part("resource_id"),),
        "name date_from date_to time_type",
        review="*", purpose="personnel", retention="employment",
    ),
    source(
        "ir.mail_server", _lt("Own outgoing mail server"), "credentials",
        links("owner_user_id"),
        "name smtp_host smtp_user",
        provided="*", purpose="contract",
    ),
)

EXEMPT = {
    "base.automation": _lt("Configuration: at which stage or tag an automation sets in."),
    "ir.actions.act_window": _lt("Definition of a screen."),
    "ir.actions.server": _lt("Configuration: whom an automation assigns work to."),
    "ir.cron": _lt("Configuration: under which account a job runs."),
    "ir.embedded.actions": _lt("Definition of a screen."),
    "ir.model.data": _lt("Technical names of records that modules bring."),
    "ir.ui.menu": _lt("Definition of a screen."),
    "res.bank": _lt("Banks, with their public contact details."),
    "res.groups": _lt("Rights: shown with the user account."),
    "res.role": _lt("Names of teams; membership stands with the user account."),
    "res.partner.category": _lt("Names of tags; which a person has stands with the contact."),
    "web_tour.tour": _lt("Which introductions somebody has closed; says nothing about a person."),
    "theme.ir.ui.view": _lt("Part of a website theme."),
    "data_recycle.record": _lt("Work list of record numbers, emptied when handled."),
    "data_recycle.model": _lt("Configuration: who is told about recycled records."),
    "digest.digest": _lt("Configuration: who receives figures by mail."),
    "digest.tip": _lt("Which tips a user has seen; says nothing about a person."),
    "iap.account": _lt("Configuration: who is warned when credit runs out."),
    "spreadsheet.dashboard": _lt("Which dashboards are marked with a star."),
    "privacy.log": _lt("Masked names and addresses of people who asked to be erased, kept as proof of it."),
}
