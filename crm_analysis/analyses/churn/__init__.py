"""Who is leaving, why, and whom it pays to keep."""

from crm_analysis.analyses.churn.data.examples import (
    Windows,
    churn_examples,
    current_customers,
    plan_windows,
)
from crm_analysis.analyses.churn.data.features import Feature
from crm_analysis.analyses.churn.data.interpurchase import Rhythm, propose_window
from crm_analysis.analyses.churn.data.target import Target, find_target
from crm_analysis.analyses.churn.explain.effects import (
    ReadableTree,
    effect,
    importance,
    readable_tree,
)
from crm_analysis.analyses.churn.explain.reasons import (
    explain_risk,
    reasons_for,
    reasons_of,
    strongest_reasons,
)
from crm_analysis.analyses.churn.explain.what_if import (
    WhatIf,
    best_changes,
    changeable_features,
    what_if,
)
from crm_analysis.analyses.churn.models.alarms import ALONE
from crm_analysis.analyses.churn.models.drift import Drift, drift
from crm_analysis.analyses.churn.models.estimators import Stack
from crm_analysis.analyses.churn.models.risk_model import RiskModel
from crm_analysis.analyses.churn.models.saved_model import (
    TRUSTED,
    Kept,
    KeptModel,
    drift_of,
    keep_model,
    open_model,
)
from crm_analysis.analyses.churn.options import MODELS, ChurnOptions, WindowOptions
from crm_analysis.analyses.churn.predict import FEW_CHURNERS, FEW_CUSTOMERS, predict_churn
from crm_analysis.analyses.churn.result import Churn, Curves, Rule
from crm_analysis.analyses.churn.retention.break_even import Bound, best_bound
from crm_analysis.analyses.churn.retention.campaign import (
    CampaignPlan,
    MoneyOptions,
    break_even_risk,
    expected_profit,
    plan_campaign,
    profit_by_success,
)
from crm_analysis.analyses.churn.retention.campaign_outcome import CampaignOutcome, measure_campaign
from crm_analysis.analyses.churn.retention.contact_list import (
    ACTIONS,
    ActingOptions,
    ActionList,
    contact_columns,
    list_to_contact,
    suggest_actions,
    with_contacts,
)
from crm_analysis.analyses.churn.retention.survival import (
    Survival,
    SurvivalOptions,
    survival,
    tenure_column,
)
from crm_analysis.analyses.churn.script import code

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
