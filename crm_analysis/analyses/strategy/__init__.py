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
from crm_analysis.analyses.strategy.evolution import EvolveOptions, Optimum, evolve
from crm_analysis.analyses.strategy.front import Front, FrontOptions, pareto_front
from crm_analysis.analyses.strategy.inputs import (
    ActionOptions,
    EffectOptions,
    PossibleActions,
    measured_effects,
    possible_actions,
    recent_contacts,
)
from crm_analysis.analyses.strategy.options import PlanOptions
from crm_analysis.analyses.strategy.plan import Plan, plan_actions

__all__ = [
    "ActionOptions",
    "AllocateOptions",
    "BrandModel",
    "BudgetShares",
    "Buying",
    "BuyingOptions",
    "CellOptions",
    "CellShares",
    "EffectOptions",
    "EvolveOptions",
    "Front",
    "FrontOptions",
    "Optimum",
    "Plan",
    "PlanOptions",
    "PossibleActions",
    "allocate_budget",
    "brand_buying",
    "evolve",
    "fit_nbd_dirichlet",
    "measured_effects",
    "pareto_front",
    "plan_actions",
    "possible_actions",
    "recent_contacts",
    "share_cells",
]
