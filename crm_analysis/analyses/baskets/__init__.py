"""Products bought together: exact rules, fast, that lead to an offer.

`find_rules` finds itemsets and rules; `estimate_rules` says beforehand how much would come out.
"""

from crm_analysis.analyses.baskets.estimate import RuleEstimate, estimate_rules
from crm_analysis.analyses.baskets.found import Rules, find_rules
from crm_analysis.analyses.baskets.options import BasketOptions, BundleOptions, DifferenceOptions, OfferOptions, RuleOptions, SequenceOptions

__all__ = [
    "BasketOptions",
    "BundleOptions",
    "DifferenceOptions",
    "OfferOptions",
    "RuleEstimate",
    "RuleOptions",
    "Rules",
    "SequenceOptions",
    "estimate_rules",
    "find_rules",
]
