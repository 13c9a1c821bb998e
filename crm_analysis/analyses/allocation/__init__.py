"""The exact plan under limits: which option each customer gets, and what each limit costs."""

from crm_analysis.analyses.allocation.allocate import (
    Allocation,
    Infeasible,
    allocate,
)
from crm_analysis.analyses.allocation.fill import fill_by
from crm_analysis.analyses.allocation.hull import Steps, steps
from crm_analysis.analyses.allocation.problem import Limit, Priced, Problem
from crm_analysis.analyses.allocation.relaxed import Relaxed, relax
from crm_analysis.analyses.allocation.sensitivity import (
    PriceOfLimit,
    price_limits,
)
from crm_analysis.analyses.allocation.solver import quiet

__all__ = [
    "Allocation",
    "Infeasible",
    "Limit",
    "PriceOfLimit",
    "Priced",
    "Problem",
    "Relaxed",
    "Steps",
    "allocate",
    "fill_by",
    "price_limits",
    "quiet",
    "relax",
    "steps",
]
