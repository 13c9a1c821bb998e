"""The exact front: by hand, against trying everything, of every aim, under limits."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import crm_analysis as crm
from crm_analysis.analyses.strategy.evolution import hypervolume
from crm_analysis.analyses.strategy.front import front as fronts
from tests.plans import BY_HAND, many, options_of


def front(
    table: pd.DataFrame,
    *aims: str,
    limits: crm.PlanOptions | None = None,
    **named: object,
) -> crm.Front:
    objectives = aims or ("profit", "cost")
    options = crm.FrontOptions(objectives=objectives, **named)
    return crm.pareto_front(table, options, limits)


def some(customers: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    count = 2 * customers
    return pd.DataFrame(
        {
            "customer": np.repeat(np.arange(customers), 2),
            "action": np.tile(["call", "mail"], customers),
            "profit": rng.normal(10, 12, count).round(2),
            "cost": rng.integers(0, 9, count) / 4,
            "points": rng.integers(0, 4, count),
            "kept": rng.random(count) / 5,
            "risk": np.repeat(rng.random(customers), 2),
            "contacts": np.repeat(rng.integers(0, 2, customers), 2),
        }
    )


SIGN = {"profit": 1, "cost": -1, "fatigue": -1, "leavers": -1, "reach": 1}


def every_plan(table: pd.DataFrame, aims: tuple[str, ...]) -> np.ndarray:
    """What every plan there is comes to, more being better."""
    ways = [[-1, *rows] for rows in table.groupby("customer").indices.values()]
    columns = {"fatigue": "points", "leavers": "kept"}
    totals = []
    for way in product(*ways):
        part = table.iloc[[row for row in way if row >= 0]]
        total = []
        for aim in aims:
            column = columns.get(aim, aim)
            amount = len(part) if aim == "reach" else part[column].sum()
            total.append(amount if aim == "leavers" else SIGN[aim] * amount)
        totals.append(total)
    return np.array(totals, dtype=float)


def efficient(totals: np.ndarray) -> np.ndarray:
    rounded = np.unique(totals.round(6), axis=0)
    better = (rounded[:, None] >= rounded[None]).all(axis=2)
    np.fill_diagonal(better, False)
    return rounded[~better.any(axis=0)]


def gained(result: crm.Front, table: pd.DataFrame) -> np.ndarray:
    """The points as gains, more being better."""
    points = result.points.copy()
    if "leavers" in points:
        points["leavers"] -= table.drop_duplicates("customer")["risk"].sum()
    names = list(result.options.objectives)
    return points[names].to_numpy() * [SIGN[name] for name in names]


def test_the_front_by_hand() -> None:
    points = front(BY_HAND).points
    pairs = [*zip(points["profit"], points["cost"], strict=True)]
    assert pairs == [
        *((0, 0), (60, 10), (100, 20), (160, 30)),
        *((180, 40), (220, 50), (280, 60)),
    ]
    assert points.loc[points["supported"], "cost"].tolist() == [0, 10, 30, 60]
    smaller = points[["profit", "cost"]].to_numpy() * [-1, 1]
    assert hypervolume(smaller, np.array([0, 70])) == 10_000


@settings(max_examples=5)
@given(
    st.integers(1, 5),
    st.integers(0, 1000),
    st.sampled_from(
        [
            ("profit", "cost"),
            ("cost", "profit"),
            ("profit", "fatigue"),
            ("profit", "reach"),
        ]
    ),
)
def test_two_aims_give_every_point_there_is(
    customers: int, seed: int, aims: tuple[str, ...]
) -> None:
    table = some(customers, seed)
    result = front(table, *aims)
    assert result.complete
    gains = gained(result, table)
    expected = efficient(every_plan(table, aims))
    assert np.unique(gains.round(6), axis=0) == pytest.approx(expected)
    for point in result.points["point"]:
        picked = result.plan(point)
        assert not picked["customer"].duplicated().any()
        row = result.points.loc[point]
        for name, column in (
            ("profit", "profit"),
            ("cost", "cost"),
            ("fatigue", "points"),
        ):
            if name in aims:
                assert row[name] == pytest.approx(picked[column].sum())


@pytest.mark.parametrize(
    "aims",
    [
        ("profit", "leavers"),
        pytest.param(("profit", "cost", "fatigue"), marks=pytest.mark.slow),
        pytest.param(
            ("profit", "cost", "leavers", "reach"), marks=pytest.mark.slow
        ),
    ],
)
def test_points_of_other_aims_are_efficient(aims: tuple[str, ...]) -> None:
    table = some(5, seed=4)
    result = front(table, *aims, grid=4)
    every = every_plan(table, aims)
    gains = gained(result, table)
    best = efficient(every)
    assert len(gains) > 3 and not result.complete
    for point in gains:
        assert np.isclose(best, point, atol=1e-5).all(axis=1).any()
    # The best of each aim is there.
    assert gains.max(axis=0) == pytest.approx(every.max(axis=0))


@pytest.mark.slow
def test_supported_points_are_best_for_some_weights() -> None:
    table = some(6, seed=1)
    result = front(table, "profit", "cost", "fatigue", grid=6)
    gains = gained(result, table)
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(3), 20_000) / np.ptp(gains, axis=0)
    best = np.unique((weights @ gains.T).argmax(axis=1))
    supported = result.points["supported"].to_numpy()
    assert supported[best].all() and supported.sum() < len(gains)


def test_the_curve_of_many_customers_is_one_sort() -> None:
    problem = many(2_000)
    result = front(options_of(problem), points=50)
    points = result.points
    assert len(points) == 50 and points["supported"].all() and not result.complete
    budget = float(points["cost"].iloc[20])
    plan = crm.plan_actions(
        options_of(problem), crm.PlanOptions(budget=budget + 1e-6)
    )
    assert plan.summary()["profit"] == pytest.approx(points["profit"].iloc[20])
    assert result.plan(20)["profit"].sum() == pytest.approx(
        points["profit"].iloc[20]
    )


def test_of_many_customers_points_are_a_step_of_one_of_them_apart() -> None:
    """So that there need be none between, also where costs are whole."""
    table = some(301, seed=2)
    result = front(table)
    gains = gained(result, table)
    assert result.points["supported"].all()
    step = table.groupby("customer")[["profit", "cost"]].max().max()
    assert (np.diff(gains[:, 0]) <= step["profit"]).all()
    assert (np.diff(result.points["cost"]) <= step["cost"]).all()
    few = front(table[table["customer"] < 100])
    assert few.complete and not few.points["supported"].all()


@settings(max_examples=5)
@given(st.integers(1, 5), st.integers(0, 1000))
def test_the_curve_of_two_aims_is_all_that_some_weighting_makes_best(
    customers: int, seed: int
) -> None:
    """As of many customers, and against trying everything."""
    table = some(customers, seed)
    table["profit"] *= np.pi  # no whole numbers of anything
    aims = ("profit", "leavers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fronts, "_MANY", 0)
        result = front(table, *aims)
    gains = gained(result, table)
    best = efficient(every_plan(table, aims))
    corners = best[fronts._on_hull(best)]
    for point in gains:
        assert np.isclose(corners, point, atol=1e-5).all(axis=1).any()
    assert gains.max(axis=0) == pytest.approx(best.max(axis=0), abs=1e-5)
    assert result.points["supported"].all() and not result.complete
    picked = [result.plan(point) for point in result.points["point"]]
    assert all(not plan["customer"].duplicated().any() for plan in picked)
    profits = [plan["profit"].sum() for plan in picked]
    assert profits == pytest.approx(result.points["profit"].tolist(), abs=1e-9)
    kept = [plan["kept"].sum() for plan in picked]
    assert kept == pytest.approx(gains[:, 1].tolist(), abs=1e-9)


@pytest.mark.parametrize("limits", [None, crm.PlanOptions(capacity={"call": 2})])
def test_levels_of_many_customers_give_plans_that_are_best_by_some_weights(
    limits: crm.PlanOptions | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = some(6, seed=4)
    aims = ("profit", "cost", "leavers")
    exact = gained(front(table, *aims, limits=limits, grid=5), table)
    monkeypatch.setattr(fronts, "_MANY", 0)
    result = front(table, *aims, limits=limits, grid=5)
    gains = gained(result, table)
    assert len(gains) > 3 and result.points["supported"].all()
    assert gains.max(axis=0) == pytest.approx(exact.max(axis=0))
    # No point of the exact levels betters one of these.
    better = (exact[:, None] >= gains[None] - 1e-9).all(axis=2)
    equal = np.isclose(exact[:, None], gains[None], atol=1e-6).all(axis=2)
    assert not (better & ~equal).any()


def test_limits_hold_at_every_point() -> None:
    table = some(12, seed=5)
    limits = crm.PlanOptions(capacity={"call": 5}, contact_limit=1)
    result = front(table, limits=limits)
    assert len(result.points) > 10
    for point in result.points["point"]:
        picked = result.plan(point)
        assert (picked["action"] == "call").sum() <= 5
        assert (picked["contacts"] == 0).all()
    best = crm.plan_actions(table, limits).summary()["profit"]
    assert result.summary()["profit_most"] == pytest.approx(best)
    with pytest.raises(crm.AnalysisError, match="cannot be held"):
        front(table, limits=crm.PlanOptions(least=13))


def test_a_front_that_is_watched_can_be_cancelled() -> None:
    def stop(share: float, step: str) -> None:
        if share > 0.1:
            raise crm.Cancelled

    options = crm.FrontOptions(objectives=("profit", "leavers"))
    with pytest.raises(crm.Cancelled):
        crm.pareto_front(some(10), options, None, stop)


def test_an_aim_that_the_table_does_not_say_is_said() -> None:
    with pytest.raises(crm.AnalysisError) as error:
        front(BY_HAND, "profit", "fatigue")
    assert "points" in error.value.sentence("en")
    with pytest.raises(crm.AnalysisError):
        front(BY_HAND.drop(columns="profit"))
    with pytest.raises(ValueError, match="two or more"):
        crm.FrontOptions(objectives=("profit",))


@pytest.mark.parametrize(
    ("table", "aims"),
    [
        (BY_HAND.assign(cost=0.0), ("profit", "cost")),
        (BY_HAND.assign(points=0), ("profit", "fatigue")),
        (BY_HAND.assign(kept=0.0), ("profit", "leavers")),
    ],
)
def test_where_one_aim_costs_nothing_of_another_there_is_one_point(
    table: pd.DataFrame, aims: tuple[str, ...]
) -> None:
    result = front(table, *aims)
    assert result.points["profit"].tolist() == [280]


def test_where_nothing_pays_the_front_is_nothing() -> None:
    result = front(BY_HAND.assign(profit=-1.0))
    assert result.points[["profit", "cost"]].to_numpy().tolist() == [[0, 0]]
    assert result.plan(0).empty


def test_every_point_of_a_long_curve_can_be_clicked() -> None:
    from crm_analysis.presentation.pictures import fronts

    points = pd.DataFrame({"point": range(500)}).assign(
        cost=lambda table: table["point"] / 10,
        profit=lambda table: np.sqrt(table["point"]),
        supported=True,
    )
    for count in (5, 500):
        aims = ("profit", "cost")
        figure = fronts.front(points.head(count), aims, "en", picked=0)
        # Plotly selects no point of a line that has no markers.
        assert figure.data[0].mode == "lines+markers"
        assert len(figure.data[0].customdata) == count
    between = points.head(5).assign(supported=[True, False, True, True, True])
    figure = fronts.front(between, aims, "en", picked=0)
    assert figure.data[0].marker.symbol[:3] == ("circle", "circle-open", "circle")
