# SPDX-License-Identifier: LGPL-3.0-or-later
"""Maintenance and equipment."""

from .source import Email, Part, _lt, acted, anonymise, links, source

SOURCES = (
    source(
        "maintenance.request", _lt("Maintenance requests"), "business",
        (
            *links("owner_user_id"), Part("employee_id"), Email("email_cc", many=True, about=False),
            *acted("user_id"),
        ),
        "name description request_date schedule_date close_date equipment_id category_id stage_id user_id email_cc",
        provided="name description request_date equipment_id", redact="email_cc", files=True,
        purpose="personnel", retention="claims", erase=anonymise("owner_user_id employee_id email_cc"),
    ),
    source(
        "maintenance.equipment", _lt("Equipment lent or supplied"), "business",
        (*links("owner_user_id partner_id"), Part("employee_id"), *acted("technician_user_id")),
        "name category_id model serial_no assign_date warranty_date location_id partner_ref cost note "
        "equipment_properties",
        review="cost note equipment_properties", purpose="personnel", retention="claims",
        erase=anonymise("owner_user_id partner_id employee_id"), carries=False,
    ),
)

EXEMPT = {
    "maintenance.equipment.category": _lt("Configuration: who is responsible for a kind of equipment."),
    "maintenance.team": _lt("Names of teams; membership is a rota, shown with the requests handled."),
}
