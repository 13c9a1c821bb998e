"""Read back: after the campaign, what the plan promised beside what was measured."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from crm_analysis.analyses.strategy import ReadBack, ReadBackOptions, read_back
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import service as pictures
from crm_analysis.presentation.ui import (
    chart,
    controls,
    figures,
    headed,
    how,
    in_python,
    language,
    notes,
    plain,
    run,
    say,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.strategy import Planning, tables
from crm_analysis.presentation.ui.strategy.kept_plans import KeptPlan, chosen_plan
from crm_analysis.tables.sales import only_sales
from crm_analysis.tables.script import script


def draw(planning: Planning) -> None:
    """The plan to read, what it promised and what those left alone show, by action."""
    plan = chosen_plan(planning.action_options.margin)
    if plan is None:
        st.info(say("strategy.read_back.page.none"), icon=":material/info:")
        return
    orders = planning.source.orders
    if orders is None:
        raise AnalysisError("strategy.read_back.page.no_orders")
    last = _last(orders.value)
    if last is None:
        raise AnalysisError("strategy.read_back.page.no_days")
    if last <= plan.start:
        raise AnalysisError(
            "strategy.read_back.page.too_early", start=plan.start, last=last
        )
    options = controls(
        "strategy.read_back",
        ReadBackOptions,
        key=widget_key("strategy", "read_back", plan.name),
        only=("margin", "coverage"),
        start=ReadBackOptions(margin=plan.margin),
    )
    outcomes = run(_outcomes, orders, plan.start.isoformat(), plan.end.isoformat())
    asked = run(read_back, plan.chosen, outcomes, options)
    result = asked.value
    is_over = last >= plan.end
    verdict = say(result.verdict.key, **result.verdict.details)
    with starred(asked):
        headed(f"#### {verdict}" if is_over else f"#### :gray[{verdict}]")
    if not is_over:
        st.caption(say("strategy.read_back.page.not_over", end=plan.end, last=last))
    _figures(result)
    shown = _named(result.actions)
    chart(
        pictures.read_back(shown, language()),
        key=widget_key("strategy", "read_back", "chart"),
        alt=plain(result.verdict.key, **result.verdict.details),
        height=130 + 56 * len(shown),
    )
    notes(result.notes)
    table = shown.assign(
        action=shown["name"],
        verdict=[
            plain(f"strategy.read_back.says.{word}") for word in shown["verdict"]
        ],
    ).drop(columns="name")
    tables.listing("read_back", table, "table")
    _how(plan, options)


def _last(orders: pd.DataFrame) -> dt.date | None:
    """The last day of the orders."""
    if "date" not in orders.columns:
        return None
    last = pd.to_datetime(orders["date"]).max()
    return None if pd.isna(last) else last.date()


def _outcomes(orders: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """What customers brought on the days after the first, until the last: customer, amount."""
    if "amount" not in orders.columns:
        raise AnalysisError("data.missing_role", role="amount")
    sales = only_sales(orders)
    day = pd.to_datetime(sales["date"]).dt.normalize()
    during = (day > pd.Timestamp(first)) & (day <= pd.Timestamp(last))
    return sales.loc[during & sales["customer"].notna(), ["customer", "amount"]]


def _figures(result: ReadBack) -> None:
    facts = result.summary()
    label = "strategy.read_back.figure.{}"
    names = ("promised", "measured", "treated", "holdout")
    figures(
        [
            {"label": label.format(name), "value": facts[name]}
            for name in names
            if facts[name] is not None
        ]
    )


def _named(actions: pd.DataFrame) -> pd.DataFrame:
    """All first, then each action, where there are several."""
    every = plain("strategy.read_back.page.every")
    shown = actions.iloc[[-1, *range(len(actions) - 1)]]
    if len(actions) == 2:
        shown = actions.iloc[[0]]
    return shown.assign(name=[action or every for action in shown["action"]])


def _how(plan: KeptPlan, options: ReadBackOptions) -> None:
    lines, orders = in_python("transactions", "orders_")
    days = f'between("{plan.start + dt.timedelta(1)}", "{plan.end}T23:59:59")'
    code = [
        "from pandas import read_csv",
        *lines,
        "# The list as it was set down: customer, action, profit, cost, arm.",
        'chosen = read_csv("plan.csv")',
        f"orders = {orders}",
        f'outcomes = orders[orders["is_sale"] & orders["date"].{days}]',
        f"result = crm.read_back(chosen, outcomes, crm.{options.in_python()})",
        "print(result.actions)",
    ]
    how("strategy.how.read_back", script(code))
