"""Products bought together: exact rules, fast, that lead to an offer.

`find_rules` finds itemsets and rules, and `estimate_rules` says beforehand how much would come out.
From there: `next_products` for each customer, `offer_bundles`, `find_sequences` of what follows in
the next orders, `compare_groups` for rules that differ.
"""

from crm_analysis.analyses.baskets.differences import (
    Differences,
    compare_groups,
)
from crm_analysis.analyses.baskets.estimate import RuleEstimate, estimate_rules
from crm_analysis.analyses.baskets.frequencies import PairFrequencies, Probabilities
from crm_analysis.analyses.baskets.groups import (
    grouping_columns,
    item_names,
    possible_baskets,
    possible_levels,
)
from crm_analysis.analyses.baskets.offers.bundles import Bundles, offer_bundles
from crm_analysis.analyses.baskets.offers.next_products import (
    Offers,
    next_products,
)
from crm_analysis.analyses.baskets.options import (
    BasketOptions,
    BundleOptions,
    DifferenceOptions,
    OfferOptions,
    RuleOptions,
    SequenceOptions,
    code,
)
from crm_analysis.analyses.baskets.rules import Rules, find_rules
from crm_analysis.analyses.baskets.sequences import Sequences, find_sequences

__all__ = [
    "BasketOptions",
    "BundleOptions",
    "Bundles",
    "DifferenceOptions",
    "Differences",
    "OfferOptions",
    "Offers",
    "PairFrequencies",
    "Probabilities",
    "RuleEstimate",
    "RuleOptions",
    "Rules",
    "SequenceOptions",
    "Sequences",
    "code",
    "compare_groups",
    "estimate_rules",
    "find_rules",
    "find_sequences",
    "grouping_columns",
    "item_names",
    "next_products",
    "offer_bundles",
    "possible_baskets",
    "possible_levels",
]
