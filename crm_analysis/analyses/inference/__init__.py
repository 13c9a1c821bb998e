"""What a sample allows to say: intervals of shares, tests of one question, and of many at once."""

from crm_analysis.analyses.inference.intervals import (
    clopper_pearson,
    newcombe,
    share_interval,
    wilson,
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
    "benjamini_hochberg",
    "chi_square_p",
    "clopper_pearson",
    "equal_means",
    "equal_shares",
    "fourfold_chi_square",
    "general_association",
    "holm",
    "hypergeometric_p",
    "mantel_haenszel",
    "newcombe",
    "share_interval",
    "wilson",
]
