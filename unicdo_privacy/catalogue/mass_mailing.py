# SPDX-License-Identifier: LGPL-3.0-or-later
"""Newsletters, tracked links, marketing cards."""

from .source import FOLLOW, Email, Part, Phone, Reference, _lt, acted, source

SOURCES = (
    source(
        "mailing.contact", _lt("Newsletter addresses"), "account",
        (Email("email"), Email("email_normalized", normal=True), Phone("mobile"), Phone("phone_sanitized")),
        "name first_name last_name company_name email mobile country_id list_ids tag_ids create_date properties",
        provided="name first_name last_name company_name email mobile country_id list_ids",
        review="tag_ids properties", purpose="marketing_email", retention="consent",
    ),
    source(
        "mailing.subscription", _lt("Newsletter subscriptions"), "usage",
        (Part("contact_id"),),
        "list_id create_date opt_out opt_out_reason_id opt_out_datetime",
        provided="*", purpose="marketing_email", retention="consent", carries=False,
    ),
    source(
        "mailing.trace", _lt("Newsletters sent to you"), "usage",
        (Email("email"), Reference("model", "res_id"), Phone("sms_number")),
        "mass_mailing_id campaign_id trace_type email sms_number sent_datetime open_datetime reply_datetime "
        "links_click_datetime trace_status failure_type",
        provided="email sms_number open_datetime reply_datetime links_click_datetime",
        purpose="marketing_email", retention="log", carries=False,
    ),
    source(
        "link.tracker.click", _lt("Links clicked in newsletters"), "device",
        (Part("mailing_trace_id"),),
        "create_date link_id campaign_id mass_mailing_id country_id ip",
        provided="*", purpose="marketing_email", retention="log", carries=False,
    ),
    source(
        "sms.tracker", _lt("Delivery of text messages"), "usage",
        (Part("mailing_trace_id"), Part("mail_notification_id")),
        "create_date mailing_trace_id mail_notification_id",
        purpose="marketing_email", retention="short", carries=False,
    ),
    source(
        "mailing.mailing", _lt("Newsletters prepared"), "usage",
        (*acted("user_id"), Email("email_from", about=False)),
        "subject sent_date",
        purpose="marketing_email", erase=FOLLOW, carries=False,
    ),
    source(
        "card.card", _lt("Marketing cards about you"), "business",
        (Reference("campaign_id.res_model", "res_id"),),
        "campaign_id create_date image share_status",
        files=True, purpose="marketing_email", retention="event",
    ),
    source(
        "card.campaign", _lt("Marketing card campaigns"), "usage",
        acted("user_id"),
        "name create_date",
        purpose="marketing_email", erase=FOLLOW, carries=False,
        ignore={"preview_record_ref": _lt("The record shown as an example.")},
    ),
    source(
        "utm.campaign", _lt("Campaigns"), "usage",
        acted("user_id"),
        "name create_date",
        purpose="marketing_email", erase=FOLLOW, carries=False,
    ),
)

EXEMPT = {
    "mailing.list": _lt("Names of lists; who is on one stands with the subscriptions."),
}
