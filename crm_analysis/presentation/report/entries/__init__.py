"""What is found in each result: an entry a type, and the one list of them.

To add a result: a function in the module of its subject, that takes it and a `Saying` and returns
its finding; a line in ENTRIES; its method in `phrases/report.toml`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.report.finding import Finding
from crm_analysis.presentation.report.saying import Saying
from crm_analysis.units import current_units, units_in
from crm_analysis.wording import Language

# The result, by the name of its class: the page it is from, the module of its entry, its function.
ENTRIES: Mapping[str, tuple[str, str, str]] = {
    "Changes": ("overview", "business", "changes"),
    "BusinessState": ("value", "business", "business_state"),
    "Segments": ("segments", "customers", "segments"),
    "Value": ("value", "customers", "value"),
    "Tiers": ("value", "customers", "tiers"),
    "Scores": ("value", "customers", "scores"),
    "Drivers": ("value", "customers", "drivers"),
    "Contracts": ("value", "customers", "contracts"),
    "Cohorts": ("value", "customers", "cohorts"),
    "ValueMovement": ("value", "customers", "movement"),
    "Rules": ("baskets", "products", "rules"),
    "Bundles": ("baskets", "products", "bundles"),
    "Offers": ("baskets", "products", "offers"),
    "Sequences": ("baskets", "products", "sequences"),
    "Differences": ("baskets", "products", "differences"),
    "Forecast": ("forecast", "products", "forecast"),
    "Replenishment": ("forecast", "products", "replenishment"),
    "Scenario": ("forecast", "ahead", "scenario"),
    "ForecastScore": ("forecast", "ahead", "forecast_score"),
    "NewProduct": ("forecast", "ahead", "new_product"),
    "Decomposition": ("forecast", "products", "decomposition"),
    "Anomalies": ("forecast", "products", "anomalies"),
    "Churn": ("churn", "leavers", "churn"),
    "CampaignPlan": ("churn", "leavers", "campaign_plan"),
    "RetentionList": ("churn", "leavers", "retention_list"),
    "Survival": ("churn", "leavers", "survival"),
    "ContactSummary": ("engagement", "contacts", "contact_summary"),
    "TestReading": ("engagement", "contacts", "test_reading"),
    "CampaignResult": ("engagement", "contacts", "campaign_result"),
    "Uplift": ("engagement", "contacts", "uplift"),
    "ContactList": ("engagement", "contacts", "contact_list"),
    "BestTime": ("engagement", "contacts", "best_time"),
    "ContactPressure": ("engagement", "contacts", "contact_pressure"),
    "TestPlan": ("engagement", "contacts", "test_plan"),
    "Feedback": ("feedback", "comments", "feedback"),
    "SurveyScores": ("feedback", "comments", "survey_scores"),
    "CustomerSatisfaction": ("feedback", "comments", "satisfaction"),
    "FeedbackAndValue": ("feedback", "comments", "feedback_and_value"),
    "Plan": ("strategy", "plans", "plan"),
    "Front": ("strategy", "plans", "front"),
    "BudgetShares": ("strategy", "plans", "budget_shares"),
    "ServicePlan": ("strategy", "plans", "service_plan"),
    "ReadBack": ("strategy", "plans", "read_back"),
    "BrandModel": ("strategy", "plans", "brands"),
    "CellShares": ("strategy", "plans", "cells"),
}


def finding_of(result: object, language: Language) -> Finding:
    """The finding in a result.

    Raises AnalysisError("report.no_entry") where none is made of results of its type.
    """
    name = type(result).__name__
    ours = type(result).__module__.startswith("crm_analysis.analyses.")
    if not ours or name not in ENTRIES:
        raise AnalysisError("report.no_entry", name=name)
    word, module, function = ENTRIES[name]
    entry = getattr(importlib.import_module(f"{__name__}.{module}"), function)
    with units_in(
        current_units()
    ):  # an entry may say what its result is measured in
        finding: Finding = entry(result, Saying(language, word))
        return replace(finding, units=current_units())
