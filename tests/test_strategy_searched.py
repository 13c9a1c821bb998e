"""The exact plan beside searches over the prices of its limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis import (
    Cancelled,
    CompareOptions,
    Plan,
    PlanOptions,
    compare_methods,
    plan_actions,
)
from crm_analysis.analyses.strategy import searched
from tests.plans import BY_HAND

ALL = ("ga", "pso", "nsga2", "spea2")


def _table(customers: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    count = 2 * customers
    return pd.DataFrame(
        {
            "customer": np.repeat(np.arange(customers), 2),
            "action": np.tile(["call", "mail"], customers),
            "channel": np.tile(["phone", "post"], customers),
            "profit": rng.normal(10, 12, count).round(2),
            "cost": rng.gamma(2, 3, count).round(2),
        }
    )


def _plan(customers: int, **limits: Any) -> Plan:
    table = _table(customers)
    limits = {"budget": float(table["cost"].sum()) * 0.05, **limits}
    return plan_actions(table, PlanOptions(draws=5, **limits))


@pytest.mark.slow
def test_the_plan_by_hand_is_found_by_every_search() -> None:
    plan = plan_actions(BY_HAND, PlanOptions(budget=50))
    compared = compare_methods(plan, CompareOptions(methods=ALL, evaluations=200))
    methods = compared.methods.set_index("method")
    assert methods.loc[["exact", *ALL], "value"].tolist() == [220.0] * 5
    assert methods.loc[list(ALL), "gap"].tolist() == [0.0] * 4
    assert methods.loc["greedy", "value"] == 160.0
    assert compared.summary()["shortest"] == 0.0


@pytest.mark.parametrize(
    "customers", [200, pytest.param(1_000, marks=pytest.mark.slow)]
)
def test_searches_over_prices_end_within_a_few_thousandths(customers: int) -> None:
    plan = _plan(
        customers, capacity={"phone": customers * 0.1, "post": customers * 0.07}
    )
    options = CompareOptions(methods=("pso",), evaluations=600, seeds=1)
    methods = compare_methods(plan, options).methods.set_index("method")
    assert 0.0 <= methods.loc["pso", "gap"] < 0.01
    assert methods.loc["pso", "within"]
    assert methods.loc["pso", "value"] > methods.loc["random", "value"]


@pytest.mark.slow
def test_a_genetic_search_of_ten_thousand_ends_within_four_thousandths() -> None:
    options = CompareOptions(evaluations=1_000, seeds=1)
    gaps = compare_methods(_plan(10_000), options).methods.set_index("method")[
        "gap"
    ]
    assert (gaps[["ga", "pso"]] < 0.004).all()


def test_each_search_has_a_sentence_in_both_languages() -> None:
    compared = compare_methods(_plan(50), CompareOptions(evaluations=60, seeds=2))
    english = [note.sentence() for note in compared.notes]
    chinese = [note.sentence("zh") for note in compared.notes]
    assert english[0].startswith("Exact in ")
    assert "genetic algorithm" in english[1] and "遗传算法" in chinese[1]
    assert len(english) == len(chinese) == 3
    row = compared.methods.set_index("method").loc["ga"]
    assert row["evaluations"] == 60 and row["spread"] >= 0 and row["cpu"] >= 0


def test_a_plan_without_limits_is_searched_too() -> None:
    plan = plan_actions(_table(30), PlanOptions(draws=5))
    compared = compare_methods(plan, CompareOptions(evaluations=100))
    assert compared.methods.set_index("method").loc["ga", "gap"] == 0.0


def test_a_minimum_that_no_search_holds_gives_no_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        searched.Prices, "plans", lambda _, tried: [None] * len(tried)
    )
    compared = compare_methods(_plan(30), CompareOptions(evaluations=40))
    row = compared.methods.set_index("method").loc["ga"]
    assert np.isnan(row["gap"]) and not row["within"] and row["customers"] == 0
    assert len(compared.notes) == 1
    assert compared.summary()["shortest"] is None


def test_minima_are_held_where_a_price_can_hold_them() -> None:
    plan = plan_actions(_table(40), PlanOptions(least=35, draws=5))
    compared = compare_methods(plan, CompareOptions(evaluations=400, seeds=1))
    row = compared.methods.set_index("method").loc["pso"]
    assert row["within"] and row["customers"] >= 35 and row["gap"] < 0.02


def test_nobody_to_be_planned_for_is_no_trouble() -> None:
    table = _table(5).assign(contacts=3)
    plan = plan_actions(table, PlanOptions(contact_limit=3, draws=5))
    compared = compare_methods(plan, CompareOptions(methods=ALL))
    assert (compared.methods["value"] == 0.0).all()


def test_the_same_seed_gives_the_same_plan() -> None:
    once, again = (
        compare_methods(_plan(60), CompareOptions(evaluations=60)).methods["value"]
        for _ in range(2)
    )
    assert once.tolist() == again.tolist()


def test_a_search_above_the_bound_fails_loudly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def everyone(prices: searched.Prices, tried: np.ndarray) -> list[np.ndarray]:
        return [np.ones(prices.problem.size, dtype=bool)] * len(tried)

    monkeypatch.setattr(searched.Prices, "plans", everyone)
    plan = plan_actions(_table(30).assign(profit=5.0), PlanOptions(budget=10.0))
    with pytest.raises(RuntimeError, match="above the bound"):
        compare_methods(plan, CompareOptions(evaluations=40))


def test_searches_can_be_cancelled() -> None:
    heard: list[float] = []

    def progress(share: float, step: str) -> None:
        heard.append(share)
        if share > 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        compare_methods(_plan(30), CompareOptions(evaluations=100), progress)
    assert heard == sorted(heard) and heard[-1] < 0.7
