"""What is found in each result: an entry a type, and the one list of them.

To add a result: a function in the module of its subject, that takes it and a `Saying` and returns
its finding; a line in ENTRIES; its method in `phrases/report.toml`. What else a result says has an
entry of its own, by the type and a word: "Value.people". Its heading names it, and its function
takes what that heading is drawn from: the result, or several results as a tuple.
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

# By the name of the result's class, and maybe a word for what else it says: the page it is from,
# the module of its entry, its function.
ENTRIES: Mapping[str, tuple[str, str, str]] = {
    "Changes": ("overview", "business", "changes"),
    "BusinessState": ("value", "business", "business_state"),
    "Segments": ("segments", "customers", "segments"),
    "Value": ("value", "customers", "value"),
    "Value.people": ("value", "value", "people"),
    "Value.ahead": ("value", "value", "ahead"),
    "Tiers": ("value", "customers", "tiers"),
    "Scores": ("value", "customers", "scores"),
    "Scores.rfm": ("value", "value", "rfm"),
    "Drivers": ("value", "customers", "drivers"),
    "Contracts": ("value", "customers", "contracts"),
    "Contracts.renewal": ("value", "value", "renewal"),
    "Cohorts": ("value", "customers", "cohorts"),
    "Cohorts.later": ("value", "value", "later"),
    "Cohorts.payback": ("value", "value", "payback"),
    "Cohorts.lifetime": ("value", "value", "lifetime"),
    "ValueMovement": ("value", "customers", "movement"),
    "ValueMovement.who": ("value", "value", "who_moved"),
    "BusinessState.overdue": ("value", "value", "overdue"),
    "Rules": ("baskets", "products", "rules"),
    "Bundles": ("baskets", "products", "bundles"),
    "Offers": ("baskets", "products", "offers"),
    "Sequences": ("baskets", "products", "sequences"),
    "Differences": ("baskets", "products", "differences"),
    "Forecast": ("forecast", "products", "forecast"),
    "Forecast.accuracy": ("forecast", "ahead", "accuracy"),
    "Replenishment": ("forecast", "products", "replenishment"),
    "Scenario": ("forecast", "ahead", "scenario"),
    "ForecastScore": ("forecast", "ahead", "forecast_score"),
    "NewProduct": ("forecast", "ahead", "new_product"),
    "Decomposition": ("forecast", "products", "decomposition"),
    "Anomalies": ("forecast", "products", "anomalies"),
    "Churn": ("churn", "leavers", "churn"),
    "Churn.features": ("churn", "leavers", "features"),
    "Churn.models": ("churn", "leavers", "models"),
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
    "Feedback.aspects": ("feedback", "comments", "aspects"),
    "Feedback.changed": ("feedback", "comments", "changed"),
    "SurveyScores": ("feedback", "comments", "survey_scores"),
    "CustomerSatisfaction": ("feedback", "comments", "satisfaction"),
    "FeedbackAndValue": ("feedback", "comments", "feedback_and_value"),
    "Plan": ("strategy", "plans", "plan"),
    "Plan.worth": ("strategy", "plans", "worth"),
    "Front": ("strategy", "plans", "front"),
    "BudgetShares": ("strategy", "plans", "budget_shares"),
    "ServicePlan": ("strategy", "plans", "service_plan"),
    "ReadBack": ("strategy", "plans", "read_back"),
    "BrandModel": ("strategy", "plans", "brands"),
    "CellShares": ("strategy", "plans", "cells"),
}


def finding_of(result: object, language: Language, name: str = "") -> Finding:
    """The finding in a result: the main one, or the one of the entry of a name.

    Raises AnalysisError("report.no_entry") where none is made of results of its type.
    """
    called = type(result).__name__
    ours = type(result).__module__.startswith("crm_analysis.analyses.")
    name = name or called
    is_main = "." not in name
    if name not in ENTRIES or (is_main and not (ours and name == called)):
        raise AnalysisError("report.no_entry", name=called)
    word, module, function = ENTRIES[name]
    entry = getattr(importlib.import_module(f"{__name__}.{module}"), function)
    with units_in(
        current_units()
    ):  # an entry may say what its result is measured in
        finding: Finding = entry(result, Saying(language, word))
        return replace(finding, units=current_units())
