"""What customers say: scores and comments, and how they go with leaving and value."""

from crm_analysis.analyses.feedback.survey import (
    SurveyOptions,
    SurveyScores,
    survey_scores,
)

__all__ = ["SurveyOptions", "SurveyScores", "survey_scores"]
