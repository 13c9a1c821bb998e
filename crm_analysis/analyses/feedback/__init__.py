"""What customers say: comments in English and Chinese read, counted and joined to what is known.

`read_feedback` reads them; each figure says by which rung: labels, few labels, the meaning or a
lexicon.
"""

from crm_analysis.analyses.feedback.aspects import aspect_table
from crm_analysis.analyses.feedback.joined import (
    FeedbackAndValue,
    JoinOptions,
    adjusted_sentence,
    effect_sentence,
    feedback_and_value,
)
from crm_analysis.analyses.feedback.labels import NEGATIVE, POSITIVE
from crm_analysis.analyses.feedback.loyalty import (
    CustomerSatisfaction,
    customer_satisfaction,
)
from crm_analysis.analyses.feedback.meaning import (
    ASKED_OVER,
    PER_SECOND,
    meaning_installed,
)
from crm_analysis.analyses.feedback.options import FeedbackOptions
from crm_analysis.analyses.feedback.read import comments_to_label, read_feedback
from crm_analysis.analyses.feedback.result import Feedback
from crm_analysis.analyses.feedback.script import code
from crm_analysis.analyses.feedback.survey import (
    LoyaltyOptions,
    SurveyOptions,
    SurveyScores,
    survey_scores,
)
from crm_analysis.analyses.feedback.words import words

__all__ = [
    "ASKED_OVER",
    "NEGATIVE",
    "PER_SECOND",
    "POSITIVE",
    "CustomerSatisfaction",
    "Feedback",
    "FeedbackAndValue",
    "FeedbackOptions",
    "JoinOptions",
    "LoyaltyOptions",
    "SurveyOptions",
    "SurveyScores",
    "adjusted_sentence",
    "aspect_table",
    "code",
    "comments_to_label",
    "customer_satisfaction",
    "effect_sentence",
    "feedback_and_value",
    "meaning_installed",
    "read_feedback",
    "survey_scores",
    "words",
]
