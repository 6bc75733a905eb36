# SPDX-License-Identifier: LGPL-3.0-or-later
"""Projects and tasks."""

from .source import FOLLOW, Email, Phone, _lt, acted, anonymise, links, source

SOURCES = (
    source(
        "project.project", _lt("Projects"), "project",
        (*links("partner_id"), *acted("user_id favorite_user_ids")),
        "name description partner_id date_start date stage_id user_id create_date",
        provided="name", review="description", files=True, purpose="contract", retention="claims",
        erase=anonymise("partner_id"),
    ),
    source(
        "project.task", _lt("Tasks and tickets"), "project",
        (
            *links("partner_id"), Email("email_from"), Phone("partner_phone"),
            Email("email_cc", many=True, about=False), *acted("user_ids"),
        ),
        "name description project_id stage_id state partner_id partner_name partner_company_name partner_phone "
        "email_from "
        "user_ids create_date date_deadline date_end date_assign tag_ids email_cc task_properties priority",
        provided="name description partner_name partner_company_name partner_phone email_from",
        redact="email_cc", review="tag_ids task_properties priority", files=True, purpose="contract",
        retention="claims",
        erase=anonymise("partner_id partner_name partner_company_name partner_phone email_from email_cc"),
    ),
    source(
        "project.collaborator", _lt("Projects shared with you"), "project",
        links("partner_id"),
        "project_id limited_access create_date",
        purpose="contract",
    ),
    source(
        "project.task.stage.personal", _lt("Own arrangement of tasks"), "usage",
        links("user_id"),
        "task_id stage_id",
        provided="*", purpose="personnel",
    ),
    source(
        "project.task.type", _lt("Own task stages"), "usage",
        links("user_id"),
        "name sequence",
        provided="*", purpose="personnel", carries=False,
    ),
    source(
        "project.update", _lt("Project updates"), "project",
        (*acted("user_id"), Email("email_cc", many=True, about=False)),
        "name date",
        purpose="contract", erase=FOLLOW,
    ),
)

EXEMPT = {}
