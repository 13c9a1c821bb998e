"""Who churns, why, and whom it pays to keep."""

from crm_analysis.analyses.churn.data.examples import (
    Windows,
    churn_examples,
    current_customers,
    plan_windows,
)
from crm_analysis.analyses.churn.data.features import Feature, is_number
from crm_analysis.analyses.churn.data.purchases import (
    InterpurchaseTime,
    propose_window,
)
from crm_analysis.analyses.churn.data.target import Target, find_target
from crm_analysis.analyses.churn.explain.contributions import rows_explained
from crm_analysis.analyses.churn.explain.effects import effect, importance
from crm_analysis.analyses.churn.explain.readable_tree import (
    ReadableTree,
    readable_tree,
)
from crm_analysis.analyses.churn.explain.reasons import reasons_for, reasons_of
from crm_analysis.analyses.churn.explain.what_if import (
    RiskCard,
    WhatIf,
    best_changes,
    changeable_features,
    customer_features,
    risk_card,
    what_if,
)
from crm_analysis.analyses.churn.models.alarms import ALONE
from crm_analysis.analyses.churn.models.drift import Drift, drift
from crm_analysis.analyses.churn.models.evaluation import OneRule
from crm_analysis.analyses.churn.models.fitting import RiskModel, Stack
from crm_analysis.analyses.churn.models.measures import Curves, fairness_attributes
from crm_analysis.analyses.churn.models.methods import METHODS
from crm_analysis.analyses.churn.models.saved_model import (
    TRUSTED,
    ModelFile,
    SavedModel,
    drift_from_training,
    open_model,
    save_model,
)
from crm_analysis.analyses.churn.options import (
    MODELS,
    ChurnOptions,
    WindowOptions,
)
from crm_analysis.analyses.churn.predict import (
    FEW_CHURNERS,
    FEW_CUSTOMERS,
    predict_churn,
)
from crm_analysis.analyses.churn.result import Churn
from crm_analysis.analyses.churn.retention.actions import (
    ACTIONS,
    suggest_actions,
)
from crm_analysis.analyses.churn.retention.campaign import (
    CampaignPlan,
    MoneyOptions,
    break_even_risk,
    expected_profit,
    plan_campaign,
    profit_by_success,
)
from crm_analysis.analyses.churn.retention.contact_list import (
    RetentionList,
    RetentionListOptions,
    contact_columns,
    list_to_contact,
    with_contacts,
)
from crm_analysis.analyses.churn.retention.survival import (
    Survival,
    SurvivalOptions,
    survival,
    tenure_column,
)
from crm_analysis.analyses.churn.retention.worth import (
    RiskThreshold,
    best_threshold,
    customers_at_risk,
    people_at_risk,
    plan_in_hindsight,
    still_customers,
    worth_column,
)
from crm_analysis.analyses.churn.script import code

__all__ = [
    "ACTIONS",
    "ALONE",
    "FEW_CHURNERS",
    "FEW_CUSTOMERS",
    "METHODS",
    "MODELS",
    "TRUSTED",
    "CampaignPlan",
    "Churn",
    "ChurnOptions",
    "Curves",
    "Drift",
    "Feature",
    "InterpurchaseTime",
    "ModelFile",
    "MoneyOptions",
    "OneRule",
    "ReadableTree",
    "RetentionList",
    "RetentionListOptions",
    "RiskCard",
    "RiskModel",
    "RiskThreshold",
    "SavedModel",
    "Stack",
    "Survival",
    "SurvivalOptions",
    "Target",
    "WhatIf",
    "WindowOptions",
    "Windows",
    "best_changes",
    "best_threshold",
    "break_even_risk",
    "changeable_features",
    "churn_examples",
    "code",
    "contact_columns",
    "current_customers",
    "customer_features",
    "customers_at_risk",
    "drift",
    "drift_from_training",
    "effect",
    "expected_profit",
    "fairness_attributes",
    "find_target",
    "importance",
    "is_number",
    "list_to_contact",
    "open_model",
    "people_at_risk",
    "plan_campaign",
    "plan_in_hindsight",
    "plan_windows",
    "predict_churn",
    "profit_by_success",
    "propose_window",
    "readable_tree",
    "reasons_for",
    "reasons_of",
    "risk_card",
    "rows_explained",
    "save_model",
    "still_customers",
    "suggest_actions",
    "survival",
    "tenure_column",
    "what_if",
    "with_contacts",
    "worth_column",
]
