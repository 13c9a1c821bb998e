"""The plan: who gets which action within the limits, proven best, and what each limit costs."""

from crm_analysis.analyses.strategy.options import PlanOptions
from crm_analysis.analyses.strategy.plan import Plan, plan_actions

__all__ = ["Plan", "PlanOptions", "plan_actions"]
