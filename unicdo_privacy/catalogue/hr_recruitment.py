# SPDX-License-Identifier: LGPL-3.0-or-later
"""Job applications."""

from .source import FOLLOW, Email, Part, Phone, _lt, acted, links, source

SOURCES = (
    source(
        "hr.applicant", _lt("Job applications"), "applications",
        (
            *links("partner_id"), Email("email_from"), Email("email_normalized", normal=True), Phone("partner_phone"),
            Phone("partner_phone_sanitized"), Phone("phone_sanitized"), Part("employee_id"),
            Email("email_cc", many=True, about=False), *acted("user_id interviewer_ids"),
        ),
        "partner_name email_from partner_phone linkedin_profile job_id department_id type_id availability "
        "salary_expected salary_expected_extra create_date stage_id date_open date_closed refuse_date refuse_reason_id "
        "source_id medium_id campaign_id user_id skill_ids salary_proposed salary_proposed_extra priority probability "
        "categ_ids interviewer_ids email_cc applicant_notes applicant_properties",
        provided="partner_name email_from partner_phone linkedin_profile job_id type_id availability salary_expected "
        "salary_expected_extra create_date skill_ids",
        redact="email_cc interviewer_ids",
        review="salary_proposed salary_proposed_extra priority probability categ_ids applicant_notes "
        "applicant_properties refuse_reason_id",
        files=True, purpose="recruitment", retention="application",
        ignore={"pool_applicant_id": _lt("The same person's entry in a talent pool: found by itself.")},
    ),
    source(
        "hr.applicant.skill", _lt("Skills in applications"), "applications",
        (Part("applicant_id"),),
        "applicant_id skill_type_id skill_id skill_level_id valid_from valid_to",
        provided="*", purpose="recruitment", retention="application", carries=False,
    ),
    source(
        "hr.job", _lt("Jobs recruited for"), "usage",
        (*acted("user_id favorite_user_ids interviewer_ids extended_interviewer_ids"), Part("manager_id", about=False)),
        "name",
        purpose="personnel", erase=FOLLOW, carries=False,
        ignore={"address_id": _lt("The address of the workplace.")},
    ),
    source(
        "hr.talent.pool", _lt("Talent pools"), "applications",
        (*acted("pool_manager"), Part("talent_ids")),
        "name create_date",
        review="*", purpose="recruitment", retention="application", erase=FOLLOW, carries=False,
    ),
)

EXEMPT = {
    "hr.job.platform": _lt("Sender addresses of job boards, not of people."),
}
