# SPDX-License-Identifier: LGPL-3.0-or-later
"""Surveys and certifications."""

from .source import FOLLOW, Email, Part, _lt, acted, anonymise, links, source

SOURCES = (
    source(
        "survey.user_input", _lt("Surveys you answered"), "usage",
        (*links("partner_id"), Email("email")),
        "survey_id create_date start_datetime end_datetime state email nickname scoring_percentage scoring_total "
        "scoring_success",
        provided="survey_id start_datetime end_datetime email nickname",
        files=True, purpose="training", retention="prospect", erase=anonymise("partner_id email nickname"),
    ),
    source(
        "survey.user_input.line", _lt("Your answers in surveys"), "usage",
        (Part("user_input_id"),),
        "user_input_id question_id answer_type value_char_box value_text_box value_numerical_box value_scale "
        "value_date "
        "value_datetime suggested_answer_id matrix_row_id answer_score answer_is_correct create_date",
        provided="user_input_id question_id value_char_box value_text_box value_numerical_box value_scale value_date "
        "value_datetime suggested_answer_id matrix_row_id create_date",
        purpose="training", retention="prospect", erase=FOLLOW, carries=False,
    ),
    source(
        "survey.survey", _lt("Surveys made"), "usage",
        acted("user_id restrict_user_ids"),
        "title create_date",
        purpose="training", erase=FOLLOW, carries=False,
    ),
)

EXEMPT = {}
