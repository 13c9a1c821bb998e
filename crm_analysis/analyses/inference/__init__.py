"""What a sample allows to say: intervals, differences, tests of one question and of many."""

from crm_analysis.analyses.inference.differences import (
    Estimate,
    Moments,
    effective_size,
    five_by_two,
    mean_interval,
    means_differ,
    moments,
    shares_differ,
)
from crm_analysis.analyses.inference.intervals import (
    clopper_pearson,
    net_share,
    newcombe,
    share_interval,
    share_ratio,
    square_and_add,
    wilson,
)
from crm_analysis.analyses.inference.standardised import (
    UNKNOWN,
    Standardised,
    standardised,
)
from crm_analysis.analyses.inference.tests import (
    benjamini_hochberg,
    chi_square_p,
    equal_means,
    equal_shares,
    fourfold_chi_square,
    general_association,
    holm,
    hypergeometric_p,
    mantel_haenszel,
)

__all__ = [
    "UNKNOWN",
    "Estimate",
    "Moments",
    "Standardised",
    "benjamini_hochberg",
    "chi_square_p",
    "clopper_pearson",
    "effective_size",
    "equal_means",
    "equal_shares",
    "five_by_two",
    "fourfold_chi_square",
    "general_association",
    "holm",
    "hypergeometric_p",
    "mantel_haenszel",
    "mean_interval",
    "means_differ",
    "moments",
    "net_share",
    "newcombe",
    "share_interval",
    "share_ratio",
    "shares_differ",
    "square_and_add",
    "standardised",
    "wilson",
]
