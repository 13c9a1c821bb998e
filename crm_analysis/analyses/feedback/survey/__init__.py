"""Scores of surveys: on which scale, how sure, how different, and who did not answer."""

from crm_analysis.analyses.feedback.survey.mix import (
    SPENT,
    as_groups,
    mix_of,
    worth_column,
)
from crm_analysis.analyses.feedback.survey.options import (
    LoyaltyOptions,
    SurveyOptions,
)
from crm_analysis.analyses.feedback.survey.result import SurveyScores
from crm_analysis.analyses.feedback.survey.scales import (
    Answers,
    as_numbers,
    read_scores,
)
from crm_analysis.analyses.feedback.survey.scores import survey_scores

__all__ = [
    "SPENT",
    "Answers",
    "LoyaltyOptions",
    "SurveyOptions",
    "SurveyScores",
    "as_groups",
    "as_numbers",
    "mix_of",
    "read_scores",
    "survey_scores",
    "worth_column",
]
