"""What can be had of several aims together: the front, exact or searched."""

from crm_analysis.analyses.strategy.front.front import Front, pareto_front
from crm_analysis.analyses.strategy.front.options import FrontOptions

__all__ = ["Front", "FrontOptions", "pareto_front"]
