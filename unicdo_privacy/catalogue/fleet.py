# SPDX-License-Identifier: LGPL-3.0-or-later
"""Vehicles."""

from .source import FOLLOW, Part, _lt, acted, anonymise, links, source

SOURCES = (
    source(
        "fleet.vehicle", _lt("Vehicles you drive"), "personnel",
        (
            *links("driver_id future_driver_id"), Part("driver_employee_id"), Part("future_driver_employee_id"),
            *acted("manager_id"),
        ),
        "name license_plate model_id brand_id next_assignation_date acquisition_date plan_to_change_car "
        "plan_to_change_bike mobility_card location vehicle_properties",
        review="*", purpose="personnel", retention="employment",
        erase=anonymise("driver_id future_driver_id driver_employee_id future_driver_employee_id mobility_card"),
        carries=False,
    ),
    source(
        "fleet.vehicle.assignation.log", _lt("Vehicles you drove"), "personnel",
        (*links("driver_id"), Part("driver_employee_id")),
        "vehicle_id date_start date_end",
        review="*", purpose="personnel", retention="employment",
    ),
    source(
        "fleet.vehicle.log.contract", _lt("Vehicle contracts"), "business",
        (*links("insurer_id"), *acted("user_id")),
        "name vehicle_id start_date expiration_date ins_ref state cost_subtype_id",
        review="*", purpose="contract", retention="claims", erase=FOLLOW,
    ),
    source(
        "fleet.vehicle.log.services", _lt("Vehicle services"), "business",
        (*links("purchaser_id vendor_id"), Part("purchaser_employee_id"), *acted("manager_id")),
        "date vehicle_id service_type_id description amount currency_id inv_ref state notes",
        review="*", purpose="contract", retention="books", erase=FOLLOW,
    ),
    source(
        "fleet.vehicle.odometer", _lt("Odometer readings"), "personnel",
        links("driver_id"),
        "date vehicle_id value unit",
        provided="date value", review="*", purpose="personnel", retention="employment", erase=FOLLOW, carries=False,
    ),
)

EXEMPT = {
    "fleet.vehicle.model": _lt("Which dealers sell a model."),
}
