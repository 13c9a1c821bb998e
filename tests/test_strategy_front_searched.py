"""The front as NSGA-II and SPEA2 find it: near the exact one, never beyond, within limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis import (
    AnalysisError,
    Cancelled,
    Front,
    FrontOptions,
    PlanOptions,
    pareto_front,
)
from crm_analysis.analyses.strategy.evolution import hypervolume
from tests.plans import BY_HAND

SEARCHES = ("nsga2", "spea2")
_THREE = pytest.param(("profit", "fatigue", "leavers"), marks=pytest.mark.slow)
SIGN = {"profit": -1.0, "reach": -1.0, "cost": 1.0, "leavers": 1.0, "fatigue": 1.0}


def _options(customers: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    count = 2 * customers
    return pd.DataFrame(
        {
            "customer": np.repeat(np.arange(customers), 2),
            "action": np.tile(["call", "mail"], customers),
            "channel": np.tile(["phone", "post"], customers),
            "segment": np.repeat(rng.choice(["a", "b"], customers), 2),
            "profit": rng.normal(10, 12, count).round(2),
            "cost": rng.integers(0, 9, count) / 4,
            "points": rng.integers(0, 4, count).astype(float),
            "kept": rng.random(count) / 5,
        }
    )


def _front(
    table: pd.DataFrame,
    method: str,
    limits: PlanOptions | None = None,
    **named: Any,
) -> Front:
    options = FrontOptions(
        method=method, **{"evaluations": 1_500, "points": 100_000, **named}
    )
    return pareto_front(table, options, limits)


def _lost(front: Front) -> np.ndarray:
    """The aims of each point, all to be small."""
    names = front.options.objectives
    return front.points[list(names)].to_numpy() * [SIGN[name] for name in names]


@pytest.mark.parametrize("method", SEARCHES)
def test_the_searched_front_covers_nearly_as_much_and_never_more(
    method: str,
) -> None:
    table = _options(60)
    exact, result = _front(table, "exact"), _front(table, method, evaluations=3_000)
    reference = np.array([0.0, exact.points["cost"].max() * 1.1])
    best, reached = (
        hypervolume(_lost(front), reference) for front in (exact, result)
    )
    assert 0.99 * best < reached <= best * (1 + 1e-12)
    assert not result.complete and len(result.points) > 50


@pytest.mark.parametrize("method", SEARCHES)
@pytest.mark.parametrize(
    "aims",
    [("profit", "cost"), ("cost", "profit"), _THREE],
)
def test_no_point_of_the_search_betters_an_exact_one(
    method: str, aims: tuple[str, ...]
) -> None:
    table = _options(25, 3)
    exact = _front(table, "exact", objectives=aims)
    result = _lost(_front(table, method, objectives=aims))
    assert len(result) > 10
    if exact.complete:
        better = (result[:, None] <= _lost(exact) + 1e-9).all(axis=2)
        strictly = (result[:, None] < _lost(exact) - 1e-6).any(axis=2)
        assert not (better & strictly).any()
    dominated = (result[:, None] <= result).all(axis=2) & (
        result[:, None] < result
    ).any(axis=2)
    assert not dominated.any()


@pytest.mark.parametrize("method", SEARCHES)
def test_points_are_what_their_plans_come_to(method: str) -> None:
    result = _front(_options(30), method, objectives=("profit", "cost", "reach"))
    for number in (0, len(result.points) // 2, len(result.points) - 1):
        plan, point = result.plan(number), result.points.iloc[number]
        assert not plan["customer"].duplicated().any()
        assert plan["profit"].sum() == pytest.approx(point["profit"])
        assert plan["cost"].sum() == pytest.approx(point["cost"])
        assert len(plan) == point["reach"]


@pytest.mark.parametrize("method", SEARCHES)
def test_every_point_holds_the_limits(method: str) -> None:
    limits = PlanOptions(budget=20.0, capacity={"phone": 8}, contact_limit=None)
    result = _front(_options(40), method, limits)
    assert len(result.points) > 10
    for number in range(len(result.points)):
        plan = result.plan(number)
        assert plan["cost"].sum() <= 20.0 + 1e-9
        assert (plan["channel"] == "phone").sum() <= 8


@pytest.mark.parametrize("method", SEARCHES)
def test_a_minimum_holds_at_every_point(method: str) -> None:
    limits = PlanOptions(least=30)
    result = _front(_options(40), method, limits)
    assert all(len(result.plan(point)) >= 30 for point in result.points["point"])


@pytest.mark.parametrize("method", SEARCHES)
def test_limits_that_clash_are_named(method: str) -> None:
    limits = PlanOptions(least=30, capacity={"phone": 5, "post": 5})
    with pytest.raises(AnalysisError) as refused:
        _front(_options(40), method, limits, evaluations=200)
    assert refused.value.key == "strategy.infeasible"


@pytest.mark.parametrize("method", SEARCHES)
def test_the_small_front_is_searched_too(method: str) -> None:
    result = _front(BY_HAND, method, evaluations=500)
    points = set(
        result.points[["profit", "cost"]].itertuples(index=False, name=None)
    )
    everything = {
        (0, 0),
        (60, 10),
        (100, 20),
        (160, 30),
        (180, 40),
        (220, 50),
        (280, 60),
    }
    assert {(0.0, 0.0), (280.0, 60.0)} <= points <= everything | {(120.0, 30.0)}


@pytest.mark.parametrize("method", SEARCHES)
def test_the_same_seed_gives_the_same_front(method: str) -> None:
    once, again, other = (
        _front(_options(30), method, seed=seed, evaluations=400).points
        for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(once, again)
    assert not once.equals(other)


@pytest.mark.parametrize("method", SEARCHES)
def test_nothing_that_pays_leaves_the_plan_of_doing_nothing(method: str) -> None:
    table = _options(10).assign(profit=-1.0)
    assert _front(table, method, evaluations=200).points["profit"].tolist() == [0.0]


@pytest.mark.parametrize("method", SEARCHES)
def test_customers_contacted_enough_leave_an_empty_plan(method: str) -> None:
    table = _options(10).assign(contacts=2)
    limits = PlanOptions(contact_limit=2)
    assert _front(table, method, limits).points["cost"].tolist() == [0.0]


@pytest.mark.parametrize("method", SEARCHES)
def test_the_search_can_be_cancelled(method: str) -> None:
    def progress(share: float, step: str) -> None:
        if share > 0.3:
            raise Cancelled

    options = FrontOptions(method=method, evaluations=1_000)
    with pytest.raises(Cancelled):
        pareto_front(_options(20), options, progress=progress)
