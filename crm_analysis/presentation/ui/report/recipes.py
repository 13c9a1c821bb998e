"""Findings worth having, as their pages would ask for them before anybody set anything there.

A page that was looked at has noted what it asked, with its settings; that comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crm_analysis.analyses.baskets import (
    OfferOptions,
    RuleOptions,
    find_rules,
    next_products,
    possible_baskets,
    possible_levels,
)
from crm_analysis.analyses.churn import (
    ChurnOptions,
    WindowOptions,
    churn_examples,
    predict_churn,
)
from crm_analysis.analyses.engagement import (
    CampaignOptions,
    ContactOptions,
    campaign_result,
    contact_summary,
)
from crm_analysis.analyses.feedback import (
    FeedbackOptions,
    SurveyOptions,
    read_feedback,
    survey_scores,
)
from crm_analysis.analyses.forecast import ForecastOptions
from crm_analysis.analyses.forecast.series.periods import HORIZON
from crm_analysis.analyses.forecast.series.selection import (
    DemandOptions,
    measures_of,
    select_demand,
    usual_period,
)
from crm_analysis.analyses.overview import Changes, same_days, what_changed
from crm_analysis.analyses.segments import KMeansOptions
from crm_analysis.analyses.value import (
    CohortOptions,
    MovementOptions,
    TierOptions,
    business_state,
    cohorts,
    movement,
    tiers,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.report import ENTRIES
from crm_analysis.presentation.ui import (
    Answer,
    fitting,
    loaded,
    loaded_kinds,
    run,
    segments,
    table,
    value as of_value,
)
from crm_analysis.presentation.ui.asking import ask_again
from crm_analysis.presentation.ui.churn.settings import QUICK
from crm_analysis.presentation.ui.forecast.forecasting import forecast_demand
from crm_analysis.presentation.ui.forecast.settings import demand_table
from crm_analysis.presentation.ui.handing_on import Choice, asked
from crm_analysis.presentation.ui.questions import kinds_of


def answer_to(choice: Choice) -> Answer[Any]:
    """The answer of today to a choice; AnalysisError where there is none."""
    result = str(choice["result"])
    question = choice.get("question") or asked().get(result)
    if question:
        return ask_again(question)
    recipe = RECIPES.get(result)
    if recipe is None or not recipe.is_ready():
        raise AnalysisError("report.page.gone")
    return recipe.ask()


def offered() -> list[str]:
    """The results that can be had of the loaded tables, as the pages stand in the menu."""
    kinds, before = set(loaded_kinds()), asked()
    ready = {result for result, recipe in RECIPES.items() if recipe.is_ready()}
    ready |= {
        result
        for result, question in before.items()
        if set(kinds_of(question)) <= kinds
    }
    return [result for result in ENTRIES if result in ready]


def changes(orders: pd.DataFrame) -> Changes:
    """What changed from the month before to the last one, by the same days of both."""
    before, after = same_days(orders)
    return what_changed(before, after, history=orders)


@dataclass(frozen=True)
class _Recipe:
    """How a result is asked for, and of which tables: kinds with the columns they must have."""

    ask: Callable[[], Answer[Any]]
    needs: Mapping[str, tuple[str, ...]]
    page: str = ""

    def is_ready(self) -> bool:
        """Whether the tables are loaded."""
        there = any(loaded(kind, *names) for kind, names in self.needs.items())
        return there and (not self.page or self.page in fitting())


def _people_given(*columns: str) -> Answer[pd.DataFrame] | None:
    return table("customers") if loaded("customers", "customer", *columns) else None


def _orders_given() -> Answer[pd.DataFrame] | None:
    has_orders = loaded("transactions", "customer", "date")
    return table("transactions") if has_orders else None


def _segments() -> Answer[Any]:
    kind = "transactions"
    if not loaded(kind, "customer", "date"):
        kind = "customers"
    customers = segments.customers_of(segments.summary_of(kind))
    return segments.result(customers, KMeansOptions())


def _rules() -> Answer[Any]:
    orders = table("transactions")
    options = RuleOptions(
        basket=possible_baskets(orders.value)[0],
        level=possible_levels(orders.value)[0],
    )
    return run(find_rules, orders, options)


def _value() -> Answer[Any]:
    return of_value.result(table("transactions"), of_value.usual())


def _tiers() -> Answer[Any]:
    value = _value()
    measure: Any = (
        "revenue" if "revenue" in value.value.customers.columns else "value"
    )
    people = of_value.customers_of(value)
    return run(tiers, people, TierOptions(measure=measure), scores=None)


def _movement() -> Answer[Any]:
    orders = table("transactions")
    measure: Any = "revenue" if "amount" in orders.value.columns else "orders"
    return run(movement, orders, MovementOptions(measure=measure))


def _forecast() -> Answer[Any]:
    lines = table("transactions")
    measure: Any = (measures_of(lines.value) or ["quantity"])[0]
    selection = DemandOptions(measure=measure, every=usual_period(lines.value))
    measured = run(select_demand, lines, selection)
    every = measured.value.every
    options = ForecastOptions(horizon=HORIZON[every]).replace(every=selection.every)
    return forecast_demand(demand_table(measured), options, {}, measure)


def _churn() -> Answer[Any]:
    people = table("customers") if loaded("customers", "churned") else None
    if people is None:
        orders = table("transactions")
        people = run(churn_examples, orders, WindowOptions(), current=True)
    options = ChurnOptions().replace(model="auto", candidates=QUICK, repeats=1)
    return run(predict_churn, people, options)


def _feedback() -> Answer[Any]:
    beside = {"orders": _orders_given(), "customers": _people_given()}
    given: dict[str, Any] = {
        name: one for name, one in beside.items() if one is not None
    }
    return run(read_feedback, table("feedback"), FeedbackOptions(), **given)


_ORDERS = {"transactions": ("customer", "date")}
_MONEY = {"transactions": ("customer", "date", "amount")}

RECIPES: Mapping[str, _Recipe] = {
    "Changes": _Recipe(lambda: run(changes, table("transactions")), _MONEY),
    "BusinessState": _Recipe(
        lambda: run(business_state, table("transactions")), _ORDERS
    ),
    "Segments": _Recipe(_segments, {**_ORDERS, "customers": ("customer",)}),
    "Value": _Recipe(_value, _ORDERS),
    "Tiers": _Recipe(_tiers, _ORDERS),
    "Cohorts": _Recipe(
        lambda: run(cohorts, table("transactions"), CohortOptions()), _ORDERS
    ),
    "ValueMovement": _Recipe(_movement, _ORDERS),
    "Rules": _Recipe(_rules, {"transactions": ()}, "baskets"),
    "Offers": _Recipe(
        lambda: run(next_products, table("transactions"), OfferOptions()),
        {"transactions": ("customer",)},
        "baskets",
    ),
    "Forecast": _Recipe(_forecast, {"transactions": ("date",)}, "forecast"),
    "Churn": _Recipe(_churn, {**_ORDERS, "customers": ("churned",)}),
    "ContactSummary": _Recipe(
        lambda: run(
            contact_summary, table("contacts"), _orders_given(), ContactOptions()
        ),
        {"contacts": ("customer", "date", "channel")},
    ),
    "CampaignResult": _Recipe(
        lambda: run(
            campaign_result, table("contacts"), _orders_given(), CampaignOptions()
        ),
        {"contacts": ("customer", "date", "channel", "arm")},
    ),
    "Feedback": _Recipe(_feedback, {"feedback": ("text",)}),
    "SurveyScores": _Recipe(
        lambda: run(
            survey_scores, table("feedback"), SurveyOptions(), _people_given()
        ),
        {"feedback": ()},
        "feedback",
    ),
}
