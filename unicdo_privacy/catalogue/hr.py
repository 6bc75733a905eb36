# SPDX-License-Identifier: LGPL-3.0-or-later
"""Employees, time off, attendance, skills. All of it is read by a person before release."""

from .source import FOLLOW, Email, Link, Part, Phone, _lt, acted, keep, links, source

_KEEP = keep("legal", "employment")
#: Whose employee it is: the work contact, not a field called partner_id.
_OWNER = "work_contact_id"

SOURCES = (
    source(
        "hr.employee", _lt("Employee file"), "personnel",
        (
            *links("user_id work_contact_id"), Email("work_email", owner=_OWNER), Email("private_email", owner=_OWNER),
            Phone("work_phone"), Phone("mobile_phone"), Phone("private_phone"),
            *acted("attendance_manager_id expense_manager_id leave_manager_id"),
        ),
        "name legal_name image_1920 job_title department_id company_id parent_id coach_id work_email work_phone "
        "mobile_phone private_email private_phone lang birthday place_of_birth country_of_birth marital children "
        "spouse_complete_name spouse_birthdate private_street private_street2 private_city private_state_id "
        "private_zip "
        "private_country_id country_id identification_id ssnid passport_id passport_expiration_date sex certificate "
        "study_field study_school emergency_contact emergency_phone permit_no visa_no visa_expire "
        "work_permit_expiration_date has_work_permit id_card driving_license private_car_plate distance_home_work "
        "bank_account_ids category_ids skill_ids employee_properties active create_date",
        provided="name legal_name image_1920 private_email private_phone lang birthday place_of_birth country_of_birth "
        "marital children private_street private_street2 private_city private_state_id private_zip private_country_id "
        "certificate study_field study_school emergency_contact emergency_phone id_card driving_license "
        "has_work_permit "
        "private_car_plate bank_account_ids",
        redact="parent_id coach_id spouse_complete_name spouse_birthdate emergency_contact emergency_phone",
        files=True, review="*", purpose="personnel", retention="employment", erase=_KEEP,
        ignore={
            "emergency_phone": _lt("Somebody else's number."),
            "parent_id": _lt("The manager: shown there with the manager's own file."),
            "coach_id": _lt("The coach: shown there with the coach's own file."),
        },
    ),
    source(
        "hr.version", _lt("Contracts and their changes"), "personnel",
        (Part("employee_id"), *acted("last_modified_uid hr_responsible_id")),
        "name date_version contract_date_start contract_date_end trial_date_end employee_type contract_type_id "
        "structure_type_id wage job_id job_title department_id work_location_id resource_calendar_id departure_date "
        "departure_reason_id departure_description additional_note",
        files=True, review="*", purpose="personnel", retention="employment", erase=_KEEP,
        ignore={"address_id": _lt("The address of the workplace.")},
    ),
    source(
        "hr.department", _lt("Departments led"), "usage",
        (Part("manager_id", about=False),),
        "name",
        purpose="personnel", erase=FOLLOW, carries=False,
    ),
    source(
        "hr.employee.location", _lt("Working places by day"), "personnel",
        (Part("employee_id"),),
        "date work_location_id",
        provided="*", review="*", purpose="personnel", retention="log",
    ),
    source(
        "hr.employee.skill", _lt("Skills"), "personnel",
        (Part("employee_id"),),
        "skill_type_id skill_id skill_level_id valid_from valid_to",
        review="*", purpose="personnel", retention="employment",
    ),
    source(
        "hr.resume.line", _lt("Résumé"), "personnel",
        (Part("employee_id"),),
        "name line_type_id date_start date_end duration description course_type external_url certificate_filename "
        "certificate_file",
        provided="*", files=True, review="*", purpose="personnel", retention="employment",
    ),
    source(
        "hr.leave", _lt("Time off"), "personnel",
        (
            Part("employee_id"), Link("user_id"), Part("first_approver_id", about=False),
            Part("second_approver_id", about=False),
        ),
        "holiday_status_id private_name request_date_from request_date_to number_of_days number_of_hours state notes "
        "create_date",
        provided="holiday_status_id private_name request_date_from request_date_to create_date",
        files=True, review="*", purpose="personnel", retention="employment", erase=_KEEP,
    ),
    source(
        "hr.leave.allocation", _lt("Time off allocated"), "personnel",
        (
            Part("employee_id"), Part("approver_id", about=False), Part("second_approver_id", about=False),
            Part("manager_id", about=False),
        ),
        "name holiday_status_id date_from date_to number_of_days state notes create_date",
        review="*", purpose="personnel", retention="employment", erase=_KEEP,
    ),
    source(
        "hr.attendance", _lt("Attendance"), "personnel",
        (Part("employee_id"),),
        "check_in check_out worked_hours overtime_hours overtime_status in_mode in_location in_latitude in_longitude "
        "in_ip_address in_browser out_mode out_location out_latitude out_longitude out_ip_address out_browser",
        provided="check_in check_out in_mode in_location in_latitude in_longitude in_ip_address in_browser out_mode "
        "out_location out_latitude out_longitude out_ip_address out_browser",
        review="*", purpose="personnel", retention="employment", erase=_KEEP,
    ),
    source(
        "hr.attendance.overtime.line", _lt("Overtime"), "personnel",
        (Part("employee_id"),),
        "date status duration manual_duration time_start time_stop",
        review="*", purpose="personnel", retention="employment", erase=_KEEP, carries=False,
    ),
    source(
        "hr.expense", _lt("Expenses"), "personnel",
        (Part("employee_id"), *links("vendor_id"), *acted("manager_id")),
        "name date product_id quantity total_amount currency_id description state payment_mode create_date",
        provided="name date product_id quantity total_amount currency_id description payment_mode create_date",
        files=True, review="*", purpose="personnel", retention="books", erase=keep("legal", "books"),
    ),
)

EXEMPT = {
    "hr.employee.category": _lt("Names of tags; which an employee has stands in the employee file."),
    "hr.leave.type": _lt("Configuration: who is told about time off of a kind."),
    "hr.work.location": _lt("Places of work."),
}
