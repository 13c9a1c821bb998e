"""Whom to contact: profit by hand, the best list under a budget, what it is expected to earn."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from crm_analysis.analyses.churn import (
    MoneyOptions,
    break_even_risk,
    expected_profit,
    plan_campaign,
    profit_by_success,
)
from crm_analysis.errors import AnalysisError
from tests.churn_people import money_and_risk

# Money


def test_profit_and_break_even_by_hand() -> None:
    offer = MoneyOptions(contact_cost=2, incentive=20, success=0.25, take_up=0.5)
    # p = .4, V = 300: .4 · .25 · (300 − 20) − .6 · .5 · 20 − 2 = 28 − 6 − 2
    assert expected_profit(np.array([0.4]), 300.0, offer)[0] == pytest.approx(20)
    # Σ costs 2 + 10 = 12; slope .25 · 280 + 10 = 80.
    assert break_even_risk(300.0, offer) == pytest.approx(12 / 80)


@given(
    st.floats(0, 1),
    st.floats(0, 5000),
    st.floats(0, 50),
    st.floats(0, 200),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_contacting_pays_exactly_above_the_break_even_risk(
    risk: float,
    value: float,
    contact: float,
    incentive: float,
    success: float,
    take_up: float,
) -> None:
    offer = MoneyOptions(
        contact_cost=contact,
        incentive=incentive,
        success=success,
        take_up=take_up,
    )
    profit = float(expected_profit(np.array([risk]), value, offer)[0])
    edge = float(break_even_risk(value, offer))
    if math.isnan(edge):
        assert profit <= 1e-6
    elif abs(risk - edge) > 1e-6:
        assert (profit > -1e-9) if risk > edge else (profit < 1e-9)


@given(st.integers(1, 9), st.integers(0, 1000), st.integers(1, 6))
def test_no_other_list_of_so_many_earns_more(
    count: int, seed: int, wanted: int
) -> None:
    people = money_and_risk(count, seed)
    options = MoneyOptions(value_column="worth", count=wanted)
    plan = plan_campaign(people, options)
    profit = plan.customers["expected_profit"].to_numpy()
    best = max(
        profit[list(some)].sum()
        for size in range(min(wanted, count) + 1)
        for some in itertools.combinations(range(count), size)
    )
    assert (
        plan.summary()["profit"] == pytest.approx(best, abs=1e-9)
        and plan.summary()["contacted"] <= wanted
    )


@given(st.integers(1, 9), st.integers(0, 1000), st.floats(0, 60))
def test_a_budget_is_spent_in_the_best_of_all_ways(
    count: int, seed: int, budget: float
) -> None:
    plan = plan_campaign(
        money_and_risk(count, seed),
        MoneyOptions(value_column="worth", budget=budget),
    )
    table = plan.customers
    profit, cost = table["expected_profit"].to_numpy(), table["cost"].to_numpy()
    assert cost[table["contact"]].sum() <= budget * (1 + 1e-9)
    sets = [
        list(some)
        for size in range(count + 1)
        for some in itertools.combinations(range(count), size)
    ]
    best = max(profit[some].sum() for some in sets if cost[some].sum() <= budget)
    assert plan.summary()["profit"] == pytest.approx(best, abs=1e-6)
    if "retention.note.budget_too_small" in dict(plan.notes):
        assert best == 0


def test_with_equal_costs_a_budget_is_spent_in_the_best_way() -> None:
    people = money_and_risk(8, 3)
    options = MoneyOptions(
        value_column="worth", budget=3.5, incentive=0, contact_cost=1
    )
    plan = plan_campaign(people, options)
    best = plan.customers["expected_profit"].nlargest(3)
    assert (
        plan.summary()["contacted"] == 3
        and plan.summary()["profit"] == pytest.approx(best.sum())
        and not plan.notes
    )


def test_the_curve_adds_up() -> None:
    plan = plan_campaign(money_and_risk(1000), MoneyOptions(value_column="worth"))
    curve, table = plan.curve, plan.customers
    assert (
        curve["contacted"].iloc[0] == 0
        and curve["contacted"].iloc[-1] == 1000
        and curve["profit"].iloc[0] == 0
    )
    for name in ("profit", "by_risk", "at_random"):
        assert curve[name].iloc[-1] == pytest.approx(table["expected_profit"].sum())
    assert (
        curve["profit"].max()
        == pytest.approx(plan.summary()["profit"])
        == pytest.approx(table.loc[table["contact"], "expected_profit"].sum())
    )
    assert (curve["profit"] >= curve["by_risk"] - 1e-9).all() and (
        curve["profit"] >= curve["at_random"] - 1e-9
    ).all()
    happened = expected_profit(
        money_and_risk(1000)["churned"].to_numpy(dtype=float),
        table["value"].to_numpy(),
        plan.options,
    )
    assert plan.summary()["realised"] == pytest.approx(
        happened[table["contact"]].sum()
    )
    assert (
        table["contact"] == (table["risk"] > table["break_even"])
    ).all()  # with its own value each has its own threshold


@pytest.mark.parametrize("count", [800, 6000])
def test_the_interval_of_the_outcomes_is_as_wide_as_theory_says(
    count: int,
) -> None:
    people = money_and_risk(count)
    plan = plan_campaign(people, MoneyOptions(value_column="worth", coverage=0.9))
    happened = (
        expected_profit(
            people["churned"].to_numpy(dtype=float),
            plan.customers["value"].to_numpy(),
            plan.options,
        )
        * plan.customers["contact"]
    )
    width = 2 * 1.645 * np.sqrt(count) * happened.std()
    result = plan.summary()
    assert plan.basis == "outcomes" and result["profit_hi"] - result[
        "profit_lo"
    ] == pytest.approx(width, rel=0.15)
    assert result["profit_lo"] < result["realised"] < result["profit_hi"]


@pytest.mark.slow
def test_the_interval_of_the_risks_covers_what_chance_does() -> None:
    people = money_and_risk(500).drop(columns="churned")
    plan = plan_campaign(people, MoneyOptions(value_column="worth", coverage=0.9))
    assert plan.basis == "risks" and plan.summary()["realised"] is None
    told, table = plan.options, plan.customers[plan.customers["contact"]]
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        churned = rng.random(len(table)) < table["risk"]
        taken = np.where(
            churned,
            rng.random(len(table)) < told.success,
            rng.random(len(table)) < told.take_up,
        )
        earned = (
            taken * (churned * table["value"] - told.incentive) - told.contact_cost
        ).sum()
        inside += (
            plan.summary()["profit_lo"] <= earned <= plan.summary()["profit_hi"]
        )
    assert 0.86 <= inside / 400 <= 0.94


def test_the_plan_breaks_even_where_it_says() -> None:
    plan = plan_campaign(money_and_risk(300), MoneyOptions(value_column="worth"))
    chosen = plan.customers[plan.customers["contact"]]
    number = plan.options.replace(success=plan.summary()["break_even_success"])
    assert expected_profit(
        chosen["risk"].to_numpy(), chosen["value"].to_numpy(), number
    ).sum() == pytest.approx(0, abs=1e-6)


def test_more_success_never_earns_less() -> None:
    plan = plan_campaign(
        money_and_risk(300),
        MoneyOptions(value_column="worth", incentive=30, count=50),
    )
    table = profit_by_success(plan)
    assert table["contacted"].max() <= 50 and table["profit"].iloc[0] == 0
    assert (np.diff(table["profit"]) >= -1e-9).all()
    assert table.loc[table["chosen"], "profit"].tolist() == pytest.approx(
        [plan.summary()["profit"]]
    )


def test_one_value_for_everybody_makes_it_a_threshold_of_risk() -> None:
    plan = plan_campaign(money_and_risk(200), MoneyOptions(value=200))
    table = plan.customers
    assert (
        table["contact"]
        == (table["risk"] > float(break_even_risk(200.0, plan.options)))
    ).all()
    assert plan.curve["profit"].to_numpy() == pytest.approx(
        plan.curve["by_risk"].to_numpy()
    )


def test_money_trouble_is_said() -> None:
    people = money_and_risk(5)
    with pytest.raises(AnalysisError, match="no column “x”"):
        plan_campaign(people, MoneyOptions(value_column="x"))
    with pytest.raises(AnalysisError, match="no numbers"):
        plan_campaign(people.assign(x="a"), MoneyOptions(value_column="x"))
    with pytest.raises(AnalysisError, match="no customers"):
        plan_campaign(people.iloc[:0])
    with pytest.raises(ValueError, match="from 0 to 1"):
        plan_campaign(people.assign(risk=2.0))
    with pytest.raises(AnalysisError, match="no column risk"):
        plan_campaign(people.drop(columns="risk"))
    with pytest.raises(AnalysisError, match="2 rows repeat customers"):
        plan_campaign(pd.concat([people, people[:2]]))
    poor = plan_campaign(people, MoneyOptions(value=1.0, contact_cost=10))
    assert (
        poor.summary()["contacted"] == 0
        and poor.notes[0][0] == "retention.note.nobody_pays"
    )
    gap = plan_campaign(
        people.assign(worth=[100.0, np.nan, 300.0, 200.0, 400.0]),
        MoneyOptions(value_column="worth", margin=0.5),
    )
    assert gap.customers["value"].tolist() == [
        50,
        125,
        150,
        100,
        200,
    ] and gap.notes == (
        ("retention.note.value_unknown", {"count": 1, "column": "worth"}),
    )
