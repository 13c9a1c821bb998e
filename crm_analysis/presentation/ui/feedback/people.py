"""The customers that comments are joined to: who left, by what, and what each is worth."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crm_analysis.analyses.churn import (
    ChurnOptions,
    WindowOptions,
    churn_examples,
    predict_churn,
)
from crm_analysis.analyses.feedback import JoinOptions
from crm_analysis.analyses.feedback.worth import EXPECTED, with_risk, with_value
from crm_analysis.analyses.value import ValueOptions, estimate_value
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui import Answer, in_python, run


@dataclass(frozen=True)
class People:
    """The customers that comments are joined to, and the Python that makes them."""

    table: Answer[pd.DataFrame]
    options: JoinOptions
    lines: list[str]


def people_of(
    orders: Answer[pd.DataFrame] | None,
    customers: Answer[pd.DataFrame] | None,
    kind: str | None = None,
) -> People:
    """Who left by the orders, or as the table of customers says it; with what each is worth.

    Orders come first, as they say until when a customer was observed, unless `kind` is
    "customers". Raises AnalysisError("feedback.leaving.no_customers") without either.
    """
    if orders is not None and kind != "customers":
        try:
            return _with_value(orders, *_by_orders(orders))
        except AnalysisError:
            # Too short a record says nothing; the table of customers may.
            if customers is None:
                raise
    if customers is None:
        raise AnalysisError("feedback.leaving.no_customers")
    lines, name = in_python("customers", "people_")
    return _with_value(orders, customers, [*lines, f"people = {name}"])


def _by_orders(
    orders: Answer[pd.DataFrame],
) -> tuple[Answer[pd.DataFrame], list[str]]:
    """Customers at each day looked back from, and those of the last day with their risk."""
    lines, name = in_python("transactions", "lines_")
    people = run(churn_examples, orders, WindowOptions(), current=True)
    made = [*lines, f"people = crm.churn_examples({name}, current=True)"]
    options = ChurnOptions(model="logistic")
    try:
        churn = run(predict_churn, people, options)
    except AnalysisError:  # too few have left or stayed to learn from
        return people, made
    risky = run(with_risk, people, churn.part("customers"))
    made += [
        "from crm_analysis.analyses.feedback.worth import with_risk",
        f"churn = crm.predict_churn(people, crm.{options.in_python()})",
        "people = with_risk(people, churn.customers)",
    ]
    return risky, made


def _with_value(
    orders: Answer[pd.DataFrame] | None,
    people: Answer[pd.DataFrame],
    lines: list[str],
) -> People:
    """What each is expected to bring, where the orders are long enough a record to say it."""
    if orders is None:
        return People(people, JoinOptions(), lines)
    try:
        value = run(estimate_value, orders, ValueOptions())
    except AnalysisError:  # who leaves is said without what is at stake
        return People(people, JoinOptions(), lines)
    worth = run(with_value, people, value.part("customers"))
    loading, name = in_python("transactions", "lines_")
    made = [
        *(line for line in loading if line not in lines),
        "from crm_analysis.analyses.feedback.worth import with_value",
        f"value = crm.estimate_value({name}, crm.ValueOptions())",
        "people = with_value(people, value.customers)",
    ]
    return People(worth, JoinOptions(value=EXPECTED), [*lines, *made])
