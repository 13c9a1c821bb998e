"""What each customer is worth, and will be: history, future, cohorts, movement."""

from crm_analysis.analyses.value.bgbb import BetaGeometricBetaBernoulli, fit_bgbb
from crm_analysis.analyses.value.bgnbd import BetaGeometric, fit_bgnbd, fit_mbgnbd
from crm_analysis.analyses.value.estimate import Value, estimate_value
from crm_analysis.analyses.value.gamma_gamma import GammaGamma, fit_gamma_gamma
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.analyses.value.pareto_nbd import ParetoNBD, fit_pareto_nbd
from crm_analysis.analyses.value.purchases import purchase_chances, purchase_summary
from crm_analysis.analyses.value.sbg import ShiftedBetaGeometric, contracts_of, fit_sbg
from crm_analysis.analyses.value.simulation import simulate_purchases, simulate_spend

__all__ = [
    "BetaGeometric",
    "BetaGeometricBetaBernoulli",
    "GammaGamma",
    "ParetoNBD",
    "ShiftedBetaGeometric",
    "Value",
    "ValueOptions",
    "contracts_of",
    "estimate_value",
    "fit_bgbb",
    "fit_bgnbd",
    "fit_gamma_gamma",
    "fit_mbgnbd",
    "fit_pareto_nbd",
    "fit_sbg",
    "purchase_chances",
    "purchase_summary",
    "simulate_purchases",
    "simulate_spend",
]
