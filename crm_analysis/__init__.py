"""Customer analytics: a file of orders or customers goes in, a decision a manager can act on comes out.

The way through, from a file to a picture:

    read_table → RawTable       the file as text: encoding, delimiter, header, what is not part of the table
    guess_roles → Roles         the kind of table, and which column is what
    clean → Cleaned             a typed table, every change accounted for
    describe_customers          one row per customer as of a day
    segment → Segments          RFM, k-means, DBSCAN, HDBSCAN, Gaussian mixture, agglomerative
    find_rules → Rules          what is bought together; from there offer_bundles, next_products, find_sequences, compare_groups
    estimate_value → Value      what each customer will bring, how sure that is, and how it would have done last time

Functions take tables and frozen options and return frozen results: tables are fields, headline numbers are `.summary()`. What the
reader can mend is an AnalysisError; a setting out of bounds is a ValueError.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

# Threads that spin while they wait cost more than they bring on small machines; this must be said before NumPy and scikit-learn are loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

_HOMES = {
    "crm_analysis.errors": ("AnalysisError", "Cancelled"),
    "crm_analysis.tables.reading": ("RawTable", "ReadOptions", "Reading", "read_table"),
    "crm_analysis.tables.roles": ("Roles", "guess_roles"),
    "crm_analysis.tables.cleaning": ("CleanOptions", "Cleaned", "clean"),
    "crm_analysis.analyses.customers": ("describe_customers",),
    "crm_analysis.analyses.segments": (
        "AgglomerativeOptions",
        "DBSCANOptions",
        "GaussianMixtureOptions",
        "HDBSCANOptions",
        "KMeansOptions",
        "MiniBatchKMeansOptions",
        "RFMOptions",
        "Segments",
        "segment",
    ),
    "crm_analysis.analyses.value": (
        "BusinessOptions",
        "CohortOptions",
        "ContractOptions",
        "DriverOptions",
        "MovementOptions",
        "ScoreOptions",
        "TierOptions",
        "Value",
        "ValueOptions",
        "ahp_weights",
        "business_state",
        "cohorts",
        "customer_dimensions",
        "entropy_weights",
        "estimate_contracts",
        "estimate_from_fit",
        "estimate_value",
        "first_order_attributes",
        "fit_bgbb",
        "fit_bgnbd",
        "fit_gamma_gamma",
        "fit_mbgnbd",
        "fit_pareto_nbd",
        "fit_sbg",
        "fit_value",
        "movement",
        "purchase_chances",
        "purchase_summary",
        "rfm_scores",
        "scores",
        "tiers",
        "value_drivers",
        "value_ranges",
    ),
    "crm_analysis.analyses.churn": (
        "RetentionListOptions",
        "RetentionList",
        "CampaignOutcome",
        "CampaignPlan",
        "Churn",
        "ChurnOptions",
        "MoneyOptions",
        "RiskModel",
        "Survival",
        "SurvivalOptions",
        "WindowOptions",
        "best_changes",
        "churn_examples",
        "current_customers",
        "drift",
        "importance",
        "save_model",
        "list_to_contact",
        "measure_campaign",
        "open_model",
        "plan_campaign",
        "predict_churn",
        "propose_window",
        "readable_tree",
        "reasons_for",
        "reasons_of",
        "survival",
        "what_if",
    ),
    "crm_analysis.analyses.forecast": (
        "Anomalies",
        "AnomalyOptions",
        "Decomposition",
        "DecompositionOptions",
        "Demand",
        "Forecast",
        "ForecastOptions",
        "ForecastScore",
        "InventoryOptions",
        "NewProductOptions",
        "ReconcileOptions",
        "Reconciled",
        "Replenishment",
        "Scenario",
        "ScenarioOptions",
        "decompose",
        "demand",
        "find_anomalies",
        "forecast",
        "forecast_to_keep",
        "measure_demand",
        "new_product",
        "orders_per_customer",
        "override",
        "reconcile",
        "replenish",
        "scenario",
        "score_forecast",
        "with_segments",
        "with_total",
    ),
    "crm_analysis.analyses.baskets": (
        "BasketOptions",
        "BundleOptions",
        "Bundles",
        "DifferenceOptions",
        "Differences",
        "OfferOptions",
        "Offers",
        "RuleEstimate",
        "RuleOptions",
        "Rules",
        "SequenceOptions",
        "Sequences",
        "compare_groups",
        "estimate_rules",
        "find_rules",
        "find_sequences",
        "next_products",
        "offer_bundles",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    # Modules are loaded when first used, so that the app opens before scikit-learn is needed.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
