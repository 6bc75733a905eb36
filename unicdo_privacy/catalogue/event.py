# SPDX-License-Identifier: LGPL-3.0-or-later
"""Events."""

from .source import FOLLOW, Email, Part, Phone, _lt, acted, anonymise, links, source

SOURCES = (
    source(
        "event.registration", _lt("Event registrations"), "business",
        (*links("partner_id"), Email("email"), Phone("phone"), Part("visitor_id", about=False)),
        "event_id event_slot_id event_ticket_id name email phone company_name state create_date date_closed barcode "
        "sale_order_id utm_source_id utm_medium_id utm_campaign_id registration_properties",
        provided="event_id event_slot_id event_ticket_id name email phone company_name create_date",
        review="registration_properties", files=True, purpose="events", retention="event",
        erase=anonymise("partner_id name email phone company_name visitor_id registration_properties"),
    ),
    source(
        "event.registration.answer", _lt("Answers at registration"), "business",
        (Part("registration_id"),),
        "registration_id question_id value_answer_id value_text_box",
        provided="*", purpose="events", retention="event", carries=False,
    ),
    source(
        "event.mail.registration", _lt("Event mails to you"), "messages",
        (Part("registration_id"),),
        "registration_id scheduled_date mail_sent",
        purpose="events", retention="event", carries=False,
    ),
    source(
        "event.event", _lt("Events you organise or host"), "business",
        (*links("organizer_id address_id"), *acted("user_id")),
        "name date_begin date_end organizer_id address_id",
        purpose="events", erase=FOLLOW, carries=False,
    ),
)

EXEMPT = {
    "event.mail": _lt("Configuration: which text is sent when."),
    "event.type.mail": _lt("Configuration: which text is sent when."),
}
