# SPDX-License-Identifier: LGPL-3.0-or-later
"""Leads and opportunities."""

from .source import Email, Phone, _lt, acted, anonymise, links, source

_CONTACT = "contact_name partner_name function email_from phone website street street2 zip city state_id country_id"

SOURCES = (
    source(
        "crm.lead", _lt("Enquiries and opportunities"), "business",
        (
            *links("partner_id"), Email("email_from"), Email("email_normalized", normal=True), Phone("phone"),
            Phone("phone_sanitized"), Email("email_cc", many=True, about=False), *acted("user_id"),
        ),
        f"name type create_date {_CONTACT} partner_id lang_id description stage_id user_id team_id date_open "
        "date_closed date_deadline source_id medium_id campaign_id referred event_id expected_revenue probability "
        "recurring_revenue priority tag_ids lost_reason_id email_cc lead_properties",
        provided=f"name create_date {_CONTACT} lang_id description",
        redact="email_cc", review="expected_revenue probability recurring_revenue priority tag_ids lost_reason_id "
        "lead_properties",
        files=True, purpose="communication", retention="prospect",
        erase=anonymise(f"name {_CONTACT} email_cc description referred lead_properties"),
        ignore={
            "visitor_ids": _lt("The visits it came from; several people may use one device."),
            "email_domain_criterion": _lt("Computed: the domain of the address."),
        },
    ),
    source(
        "crm.iap.lead.mining.request", _lt("Requests for lead lists"), "usage",
        acted("user_id"),
        "name create_date",
        purpose="personnel", erase=anonymise("user_id"), carries=False,
    ),
)

EXEMPT = {
    "event.lead.rule": _lt("Configuration: who receives leads from events."),
}
