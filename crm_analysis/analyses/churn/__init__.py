"""Who is leaving, why, and whom it pays to keep."""

from crm_analysis.analyses.churn.acting import (
    ACTIONS,
    ActingOptions,
    ActionList,
    contact_columns,
    list_to_contact,
    suggest_actions,
    with_contacts,
)
from crm_analysis.analyses.churn.alarms import ALONE
from crm_analysis.analyses.churn.bound import Bound, best_bound
from crm_analysis.analyses.churn.drift import Drift, drift
from crm_analysis.analyses.churn.effects import ReadableTree, effect, importance, readable_tree
from crm_analysis.analyses.churn.examples import (
    Windows,
    churn_examples,
    current_customers,
    plan_windows,
)
from crm_analysis.analyses.churn.features import Feature
from crm_analysis.analyses.churn.keeping import (
    TRUSTED,
    Kept,
    KeptModel,
    drift_of,
    keep_model,
    open_model,
)
from crm_analysis.analyses.churn.models import Stack
from crm_analysis.analyses.churn.money import (
    CampaignPlan,
    MoneyOptions,
    break_even_risk,
    expected_profit,
    plan_campaign,
    profit_by_success,
)
from crm_analysis.analyses.churn.options import MODELS, ChurnOptions, WindowOptions
from crm_analysis.analyses.churn.predict import FEW_CHURNERS, FEW_CUSTOMERS, predict_churn
from crm_analysis.analyses.churn.reasons import (
    explain_risk,
    reasons_for,
    reasons_of,
    strongest_reasons,
)
from crm_analysis.analyses.churn.result import Churn, Curves, Rule
from crm_analysis.analyses.churn.rhythm import Rhythm, propose_window
from crm_analysis.analyses.churn.risk import RiskModel
from crm_analysis.analyses.churn.script import code
from crm_analysis.analyses.churn.survival import Survival, SurvivalOptions, survival, tenure_column
from crm_analysis.analyses.churn.target import Target, find_target
from crm_analysis.analyses.churn.uplift import CampaignOutcome, measure_campaign
from crm_analysis.analyses.churn.whatif import WhatIf, best_changes, changeable_features, what_if

__all__ = [
    "ACTIONS",
    "ALONE",
    "FEW_CHURNERS",
    "FEW_CUSTOMERS",
    "MODELS",
    "TRUSTED",
    "ActingOptions",
    "ActionList",
    "Bound",
    "CampaignOutcome",
    "CampaignPlan",
    "Churn",
    "ChurnOptions",
    "Curves",
    "Drift",
    "Feature",
    "Kept",
    "KeptModel",
    "MoneyOptions",
    "ReadableTree",
    "Rhythm",
    "RiskModel",
    "Rule",
    "Stack",
    "Survival",
    "SurvivalOptions",
    "Target",
    "WhatIf",
    "WindowOptions",
    "Windows",
    "best_bound",
    "best_changes",
    "break_even_risk",
    "changeable_features",
    "churn_examples",
    "code",
    "contact_columns",
    "current_customers",
    "drift",
    "drift_of",
    "effect",
    "expected_profit",
    "explain_risk",
    "find_target",
    "importance",
    "keep_model",
    "list_to_contact",
    "measure_campaign",
    "open_model",
    "plan_campaign",
    "plan_windows",
    "predict_churn",
    "profit_by_success",
    "propose_window",
    "readable_tree",
    "reasons_for",
    "reasons_of",
    "strongest_reasons",
    "suggest_actions",
    "survival",
    "tenure_column",
    "what_if",
    "with_contacts",
]
