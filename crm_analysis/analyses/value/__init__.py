"""What each customer is worth and will be; cohorts, movement, the state of the business."""

from crm_analysis.analyses.value.business import (
    BusinessMeasure,
    BusinessOptions,
    BusinessState,
    business_state,
)
from crm_analysis.analyses.value.cohorts import (
    CohortMeasure,
    CohortOptions,
    Cohorts,
    cohorts,
)
from crm_analysis.analyses.value.contracts import (
    ContractOptions,
    Contracts,
    estimate_contracts,
)
from crm_analysis.analyses.value.daily_revenue import (
    UnnamedSales,
    unnamed_sales,
)
from crm_analysis.analyses.value.drivers import (
    DriverOptions,
    Drivers,
    customer_attributes,
    first_order_attributes,
    value_drivers,
)
from crm_analysis.analyses.value.estimate import (
    Value,
    estimate_from_fit,
    estimate_value,
)
from crm_analysis.analyses.value.fitted import FittedValue, fit_value
from crm_analysis.analyses.value.lost import lost_for_good
from crm_analysis.analyses.value.models import MODELS, ModelEntry
from crm_analysis.analyses.value.models.bgbb import (
    BetaGeometricBetaBernoulli,
    fit_bgbb,
)
from crm_analysis.analyses.value.models.bgnbd import (
    BetaGeometric,
    ModifiedBetaGeometric,
    fit_bgnbd,
    fit_mbgnbd,
)
from crm_analysis.analyses.value.models.gamma_gamma import (
    GammaGamma,
    fit_gamma_gamma,
)
from crm_analysis.analyses.value.models.pareto_nbd import (
    ParetoNBD,
    fit_pareto_nbd,
)
from crm_analysis.analyses.value.models.sbg import (
    ShiftedBetaGeometric,
    contracts_of,
    fit_sbg,
)
from crm_analysis.analyses.value.models.simulation import (
    simulate_purchases,
    simulate_spend,
)
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.analyses.value.purchase_summary import (
    purchase_chances,
    purchase_summary,
)
from crm_analysis.analyses.value.ranges import Ranges, value_ranges
from crm_analysis.analyses.value.remarks import Remark
from crm_analysis.analyses.value.scores import (
    ScoreOptions,
    Scores,
    customer_dimensions,
    known_dimensions,
    rfm_scores,
    scores,
)
from crm_analysis.analyses.value.script import code, contracts_code
from crm_analysis.analyses.value.suitability import Check
from crm_analysis.analyses.value.tiers import (
    MovementOptions,
    TierOptions,
    Tiers,
    ValueMovement,
    gini,
    movement,
    tiers,
)
from crm_analysis.analyses.value.weights import (
    PairwiseWeights,
    ahp_weights,
    entropy_weights,
)

__all__ = [
    "MODELS",
    "BetaGeometric",
    "BetaGeometricBetaBernoulli",
    "BusinessMeasure",
    "BusinessOptions",
    "BusinessState",
    "Check",
    "CohortMeasure",
    "CohortOptions",
    "Cohorts",
    "ContractOptions",
    "Contracts",
    "DriverOptions",
    "Drivers",
    "FittedValue",
    "GammaGamma",
    "ModelEntry",
    "ModifiedBetaGeometric",
    "MovementOptions",
    "PairwiseWeights",
    "ParetoNBD",
    "Ranges",
    "Remark",
    "ScoreOptions",
    "Scores",
    "ShiftedBetaGeometric",
    "TierOptions",
    "Tiers",
    "UnnamedSales",
    "Value",
    "ValueMovement",
    "ValueOptions",
    "ahp_weights",
    "business_state",
    "code",
    "cohorts",
    "contracts_code",
    "contracts_of",
    "customer_attributes",
    "customer_dimensions",
    "entropy_weights",
    "estimate_contracts",
    "estimate_from_fit",
    "estimate_value",
    "first_order_attributes",
    "fit_bgbb",
    "fit_bgnbd",
    "fit_gamma_gamma",
    "fit_mbgnbd",
    "fit_pareto_nbd",
    "fit_sbg",
    "fit_value",
    "gini",
    "known_dimensions",
    "lost_for_good",
    "movement",
    "purchase_chances",
    "purchase_summary",
    "rfm_scores",
    "scores",
    "simulate_purchases",
    "simulate_spend",
    "tiers",
    "unnamed_sales",
    "value_drivers",
    "value_ranges",
]
