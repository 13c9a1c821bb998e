"""Who is leaving, why, and whom it pays to keep."""

from crm_analysis.analyses.churn.alarms import ALONE
from crm_analysis.analyses.churn.examples import Windows, churn_examples, current_customers, plan_windows
from crm_analysis.analyses.churn.features import Feature
from crm_analysis.analyses.churn.models import Stack
from crm_analysis.analyses.churn.options import MODELS, ChurnOptions, WindowOptions
from crm_analysis.analyses.churn.predict import FEW_CHURNERS, FEW_CUSTOMERS, predict_churn
from crm_analysis.analyses.churn.result import Churn, Curves, Rule
from crm_analysis.analyses.churn.rhythm import Rhythm, propose_window
from crm_analysis.analyses.churn.risk import RiskModel
from crm_analysis.analyses.churn.script import code
from crm_analysis.analyses.churn.target import Target, find_target

__all__ = [
    "ALONE",
    "FEW_CHURNERS",
    "FEW_CUSTOMERS",
    "MODELS",
    "Churn",
    "ChurnOptions",
    "Curves",
    "Feature",
    "Rhythm",
    "RiskModel",
    "Rule",
    "Stack",
    "Target",
    "WindowOptions",
    "Windows",
    "churn_examples",
    "code",
    "current_customers",
    "find_target",
    "plan_windows",
    "predict_churn",
    "propose_window",
]
