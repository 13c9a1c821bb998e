"""Why a group is a group and a prediction a prediction.

Shallow trees in words, importance by shuffling, the effect of one feature. Everything is keys and
numbers: a condition is (feature, op, value), which the phrases `explain.above`, `explain.at_most`,
`explain.is`, `explain.is_not`, `explain.is_missing`, `explain.is_known` say.
"""

from crm_analysis.analyses.explain.effects import effect_of, permutation_importance
from crm_analysis.analyses.explain.rules import (
    Condition,
    Explanation,
    Rule,
    shallow_rules,
)

__all__ = [
    "Condition",
    "Explanation",
    "Rule",
    "effect_of",
    "permutation_importance",
    "shallow_rules",
]
