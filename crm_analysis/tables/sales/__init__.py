"""Which lines of a table of orders are sales, and which of its money columns counts."""

from crm_analysis.tables.sales.guessing import guess_rules
from crm_analysis.tables.sales.lines import only_sales
from crm_analysis.tables.sales.rules import MEANINGS, Meaning, SalesRules
from crm_analysis.tables.sales.sampled import SampledTable
from crm_analysis.tables.sales.statuses import (
    is_unclear,
    meaning_of,
    plain_word,
    settling_words,
)

__all__ = [
    "MEANINGS",
    "Meaning",
    "SalesRules",
    "SampledTable",
    "guess_rules",
    "is_unclear",
    "meaning_of",
    "only_sales",
    "plain_word",
    "settling_words",
]
