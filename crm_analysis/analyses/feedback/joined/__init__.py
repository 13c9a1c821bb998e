"""Comments joined to who leaves and what customers are worth."""

from crm_analysis.analyses.feedback.joined.join import feedback_and_value
from crm_analysis.analyses.feedback.joined.options import JoinOptions
from crm_analysis.analyses.feedback.joined.result import (
    FeedbackAndValue,
    adjusted_sentence,
    effect_sentence,
)

__all__ = [
    "FeedbackAndValue",
    "JoinOptions",
    "adjusted_sentence",
    "effect_sentence",
    "feedback_and_value",
]
