"""The plan: who gets which action within the limits, proven best, and what each limit costs."""

from crm_analysis.analyses.strategy.brands import (
    BrandModel,
    Buying,
    BuyingOptions,
    brand_buying,
    fit_nbd_dirichlet,
)
from crm_analysis.analyses.strategy.budget import (
    AllocateOptions,
    BudgetShares,
    allocate_budget,
)
from crm_analysis.analyses.strategy.cells import (
    CellOptions,
    CellShares,
    share_cells,
)
from crm_analysis.analyses.strategy.curves import response_curves
from crm_analysis.analyses.strategy.evolution import EvolveOptions, Optimum, evolve
from crm_analysis.analyses.strategy.fairness import fairness_costs
from crm_analysis.analyses.strategy.front import Front, FrontOptions, pareto_front
from crm_analysis.analyses.strategy.honesty import (
    Honesty,
    HonestyOptions,
    judge_plan,
)
from crm_analysis.analyses.strategy.inputs import (
    SPENDING,
    TIERS,
    ActionOptions,
    EffectOptions,
    PossibleActions,
    arm_trials,
    campaign_effects,
    join_customers,
    measured_effects,
    possible_actions,
    recent_contacts,
    spending_tiers,
    suggested_actions,
)
from crm_analysis.analyses.strategy.options import PlanOptions
from crm_analysis.analyses.strategy.people import Why, left_out, why_customer
from crm_analysis.analyses.strategy.plan import Plan, plan_actions
from crm_analysis.analyses.strategy.read_back import (
    ReadBack,
    ReadBackOptions,
    read_back,
)
from crm_analysis.analyses.strategy.saying import round_step, say_prices
from crm_analysis.analyses.strategy.searched import (
    CompareOptions,
    MethodComparison,
    compare_methods,
)
from crm_analysis.analyses.strategy.service import (
    ServiceOptions,
    ServicePlan,
    service_levels,
)

__all__ = [
    "SPENDING",
    "TIERS",
    "ActionOptions",
    "AllocateOptions",
    "BrandModel",
    "BudgetShares",
    "Buying",
    "BuyingOptions",
    "CellOptions",
    "CellShares",
    "CompareOptions",
    "EffectOptions",
    "EvolveOptions",
    "Front",
    "FrontOptions",
    "Honesty",
    "HonestyOptions",
    "MethodComparison",
    "Optimum",
    "Plan",
    "PlanOptions",
    "PossibleActions",
    "ReadBack",
    "ReadBackOptions",
    "ServiceOptions",
    "ServicePlan",
    "Why",
    "allocate_budget",
    "arm_trials",
    "brand_buying",
    "campaign_effects",
    "compare_methods",
    "evolve",
    "fairness_costs",
    "fit_nbd_dirichlet",
    "join_customers",
    "judge_plan",
    "left_out",
    "measured_effects",
    "pareto_front",
    "plan_actions",
    "possible_actions",
    "read_back",
    "recent_contacts",
    "response_curves",
    "round_step",
    "say_prices",
    "service_levels",
    "share_cells",
    "spending_tiers",
    "suggested_actions",
    "why_customer",
]
