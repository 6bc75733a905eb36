# SPDX-License-Identifier: LGPL-3.0-or-later
"""Website visits."""

from .source import Part, _lt, acted, links, source

SOURCES = (
    source(
        "website.visitor", _lt("Visits to the website"), "device",
        (*links("partner_id"), *acted("livechat_operator_id")),
        "create_date last_connection_datetime visit_count country_id lang_id timezone website_id",
        provided="*", purpose="website", retention="visit", carries=False,
    ),
    source(
        "website.track", _lt("Pages visited"), "device",
        (Part("visitor_id"),),
        "visit_datetime url page_id product_id",
        provided="*", purpose="website", retention="visit", carries=False,
    ),
)

EXEMPT = {
    "website": _lt("Configuration: the public user and who receives enquiries."),
}
