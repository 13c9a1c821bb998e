"""From a forecast to orders: the level of stock, packs, lead times, what is on its way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from crm_analysis.analyses.forecast import Forecast
from crm_analysis.analyses.forecast.planning.inventory import (
    InventoryOptions,
    critical_ratio,
    filled_up,
    order_urgency,
    replenish,
)
from crm_analysis.analyses.forecast.planning.overrides import period_edges
from crm_analysis.analyses.forecast.planning.scenarios import (
    ScenarioOptions,
    scenario,
)
from crm_analysis.analyses.forecast.planning.stock_levels import (
    demand_between,
    whole_packs,
)
from tests.made_forecasts import forecast_of, names_of, refused

# Inventory


def test_what_an_order_avoids_is_counted_path_by_path() -> None:
    # Nothing until the order can arrive, then 0, 1, 2 or 3 with chances .1, .3, .4, .2.
    sold = np.array([0] + [1] * 3 + [2] * 4 + [3] * 2, dtype=float)[:, None]
    paths = {"a": np.hstack([np.zeros_like(sold), sold])}
    forecast = forecast_of({"a": [0.0, 1.7]}, {"a": 1.0}, paths=paths)
    stock = pd.DataFrame({"series": ["a"], "on_hand": [0], "price": [4.0]})
    options = InventoryOptions(lead_time=1, review=1, service=0.8)
    row = replenish(forecast, stock, options).orders.iloc[0]
    assert row["order"] == 2
    # Of 1.7 wanted, .2 are above the two that come.
    assert row["avoided"] == pytest.approx(1.5)
    assert row["avoided"] == row["shortage_without"] - row["shortage_with"]
    assert (row["avoided_lo"], row["avoided_hi"]) == (pytest.approx(0.9), 2)
    assert row["price"] == 4


def test_a_newsvendor_by_hand() -> None:
    # Demand 0, 1, 2, 3 with chances .1, .3, .4, .2: at most 0, 1, 2, 3 with .1, .4, .8, 1.
    sold = np.array([0] + [1] * 3 + [2] * 4 + [3] * 2, dtype=float)[:, None]
    one_period = forecast_of({"a": [1.7]}, {"a": 1.0}, paths={"a": sold})
    stock = pd.DataFrame({"series": ["a"], "on_hand": [0]})
    for service, level in ((0.75, 2), (0.8, 2), (0.81, 3), (0.5, 2)):
        options = InventoryOptions(lead_time=1, review=0, service=service)
        row = replenish(one_period, stock, options).orders.iloc[0]
        assert (row["reorder_point"], row["order_up_to"], row["order"]) == (
            level,
            level,
            level,
        )
    assert row["expected_lead"] == pytest.approx(1.7)
    assert row["risk_without"] == pytest.approx(0.9)
    assert row["risk_with"] == pytest.approx(0.9)

    # Nothing ordered now arrives before the lead time is over; with review 1 there is a second
    # period it can serve.
    paths = {"a": np.hstack([np.zeros_like(sold), sold])}
    two_periods = forecast_of({"a": [0.0, 1.7]}, {"a": 1.0}, paths=paths)
    options = InventoryOptions(lead_time=1, review=1, service=0.8)
    row = replenish(two_periods, stock, options).orders.iloc[0]
    assert (row["order"], row["risk_before_arrival"]) == (2, 0)
    assert row["risk_with"] == pytest.approx(0.2)
    assert row["risk_without"] == pytest.approx(0.9)
    assert row["shortage_with"] == pytest.approx(0.2 * 1)
    assert row["shortage_without"] == pytest.approx(1.7)


def test_the_critical_ratio_weighs_a_shortage_against_a_unit_left_over() -> None:
    # Price 5, cost 1, worthless afterwards: a shortage costs 4, a unit left over 1.
    assert critical_ratio(4, 1) == 0.8
    with pytest.raises(ValueError, match="not both 0"):
        critical_ratio(0, 0)


def test_on_normal_demand_the_levels_are_those_of_the_formula() -> None:
    result = forecast_of({"a": np.full(12, 1000.0)}, {"a": 50.0})
    stock = pd.DataFrame({"series": ["a"], "on_hand": [4000]})
    certain = InventoryOptions(lead_time=4, review=0, samples=20000, whole=False)
    row = replenish(result, stock, certain).orders.iloc[0]
    assert row["safety_stock"] == pytest.approx(1.645 * 50 * 2, rel=0.04)
    assert row["normal_safety_stock"] == pytest.approx(1.645 * 50 * 2, rel=0.02)
    assert row["reorder_point"] == pytest.approx(4000 + 1.645 * 100, rel=0.003)

    varying = certain.replace(lead_time_sd=0.5, review=2)
    row = replenish(result, stock, varying).orders.iloc[0]
    by_formula = 1.645 * np.sqrt(4 * 50**2 + 1000**2 * 0.25)
    assert row["normal_safety_stock"] == pytest.approx(by_formula, rel=0.02)
    assert row["safety_stock"] == pytest.approx(by_formula, rel=0.05)
    assert row["expected_cycle"] == pytest.approx(6000, rel=0.01)


def test_part_of_a_period_has_its_part_of_mean_and_variance() -> None:
    rng = np.random.default_rng(0)
    normal = rng.normal(100, 10, (40000, 2))
    rare = rng.poisson(0.3, (40000, 2)).astype(float) * 5
    edges = np.array([0.0, 1.0, 2.0])
    for paths in (normal, rare):
        zero = np.zeros(len(paths))
        lead, cycle = demand_between(
            paths, edges, zero, zero + 0.25, zero + 1.5, rng
        )
        assert lead.min() >= 0
        assert (cycle >= lead).all()
        variance = paths[:, 0].var()
        for sold, periods in ((lead, 0.25), (cycle, 1.5)):
            assert sold.mean() == pytest.approx(periods * paths.mean(), rel=0.03)
            assert sold.var() == pytest.approx(periods * variance, rel=0.06)
        _, both = demand_between(paths, edges, zero, zero + 0.4, zero + 2, rng)
        assert np.allclose(both, paths.sum(axis=1))


@settings(max_examples=150)
@given(
    need=st.floats(0, 1e6),
    pack=st.sampled_from([0.1, 0.3, 1.0, 6.0, 12.0, 1000.0]),
    minimum=st.floats(0, 1e4),
)
def test_packs_hold_the_need_and_no_more_than_needed(
    need: float, pack: float, minimum: float
) -> None:
    packs = whole_packs(np.array([need]), np.array([pack]), np.array([minimum]))[0]
    assert packs == int(packs) >= 0
    if need == 0:
        assert packs == 0
    else:
        units = max(need, minimum)
        assert (packs - 1) * pack < units <= packs * pack


@pytest.fixture(scope="module")
def four_series() -> Forecast:
    """Half a year of a large series, a small one, one of zeros and one that is certain."""
    means = {
        "a": np.full(6, 100.0),
        "b": np.full(6, 10.0),
        "c": np.zeros(6),
        "d": np.full(6, 1.0),
    }
    return forecast_of(means, {"a": 10.0, "b": 3.0, "c": 0.0, "d": 0.0})


@pytest.fixture(scope="module")
def stock() -> pd.DataFrame:
    """The stock of three of them, and of one that is not forecast."""
    return pd.DataFrame(
        {
            "series": ["b", "a", "c", "x"],
            "on_hand": [5, 500, 3, 1],
            "on_order": [0, 100, None, 0],
            "pack": [12, 12, 1, 1],
            "minimum": [60, 0, 0, 0],
            "lead_time": [0.5, None, None, None],
            "cost": [2.0, 1.0, 1.0, 1.0],
        }
    )


def test_orders_keep_to_packs_minimum_and_their_own_lead_time(
    four_series: Forecast, stock: pd.DataFrame
) -> None:
    result = replenish(four_series, stock, InventoryOptions(lead_time=2, review=1))
    assert list(result.orders["series"]) == ["b", "a", "c"]
    orders = result.orders.set_index("series")
    assert orders.loc["b", ["order", "packs", "order_cost"]].tolist() == [
        60,
        5,
        120,
    ]
    assert orders.loc["b", "lead_time"] == 0.5
    assert orders.loc["b", "risk_before_arrival"] > 0.3
    assert orders.loc["a", ["order", "risk_without"]].tolist() == [0, 0]
    assert orders.loc["a", "days_of_cover"] == pytest.approx(
        31 + 29 + 31 + 30 + 31, abs=1
    )
    assert orders.loc["c", "order"] == 0
    assert np.isnan(orders.loc["c", "days_of_cover"])
    assert orders.loc["c", "runs_out"] is pd.NaT
    assert names_of(result.notes) == ["not_forecast", "no_stock", "too_late"]
    summary = result.summary()
    figures = ("to_order", "units", "packs", "cost", "at_risk")
    assert [summary[name] for name in figures] == [1, 60, 5, 120, 1]
    urgency = [order_urgency(row) for row in result.orders.to_dict("records")]
    assert urgency == ["late", "enough", "enough"]


def test_stock_goes_on_from_today_with_and_without_the_order(
    four_series: Forecast, stock: pd.DataFrame
) -> None:
    result = replenish(four_series, stock, InventoryOptions(lead_time=2, review=1))
    projection = result.projection[result.projection["series"] == "b"]
    assert (projection["with_order"] >= projection["without"]).all()
    assert (projection["without_lo"] <= projection["without_hi"]).all()
    first = projection.iloc[0]
    assert first["date"] == pd.Timestamp("2024-02-01")
    assert first["with_order"] == pytest.approx(55, abs=1)
    today = pd.Timestamp("2024-01-01")
    shown = result.projection_of("b", today)
    assert shown["date"].iloc[0] == today
    assert shown["with_order"].iloc[0] == 5
    assert (
        len(result.projection_of("c", today)) == 7
    )  # of what is never sold nothing runs out
    full = filled_up(stock.iloc[:1], result.orders)
    assert full["on_hand"].tolist() == [result.orders["order_up_to"].iloc[0]]


def test_lead_times_may_be_days_from_the_day_the_stock_was_counted(
    four_series: Forecast, stock: pd.DataFrame
) -> None:
    # A fortnight into January, an order that is 20 days away.
    options = InventoryOptions(
        unit="day", lead_time=20, review=10, as_of="2024-01-15"
    )
    result = replenish(
        four_series, stock.iloc[[0]].drop(columns="lead_time"), options
    )
    expected = 10 * 17 / 31 + 10 * 3 / 29
    assert result.orders["expected_lead"].iloc[0] == pytest.approx(
        expected, rel=0.03
    )


def test_orders_follow_the_plan_and_say_when_it_is_not_of_pieces(
    four_series: Forecast, stock: pd.DataFrame
) -> None:
    options = InventoryOptions(review=1)
    doubled = scenario(four_series.ahead, ScenarioOptions(growth=1.0)).ahead
    twice = replenish(
        four_series, stock.iloc[[0]], options, ahead=doubled
    ).orders.iloc[0]
    once = replenish(four_series, stock.iloc[[0]], options).orders.iloc[0]
    assert twice["expected_cycle"] == pytest.approx(
        2 * once["expected_cycle"], rel=0.02
    )
    of_money = replenish(replace(four_series, measure="revenue"), stock.iloc[[1]])
    assert names_of(of_money.notes)[-1] == "not_quantity"


def test_watched_all_the_time_an_order_waits_for_the_reorder_point() -> None:
    result = forecast_of({"a": np.full(6, 100.0)}, {"a": 10.0})
    watched = InventoryOptions(lead_time=1, review=2, rule="at_reorder_point")

    def order(on_hand: float, options: InventoryOptions) -> pd.Series:
        table = pd.DataFrame({"series": ["a"], "on_hand": [on_hand]})
        return replenish(result, table, options).orders.iloc[0]

    above, below = order(130, watched), order(110, watched)
    assert above["order"] == 0
    assert above["reorder_point"] < 130
    assert below["order"] == below["order_up_to"] - 110
    assert below["order_up_to"] > 300
    assert order(130, watched.replace(rule="every_review"))["order"] > 0


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"series": ["a"], "on_hand": [None]}, "planning.stock_number"),
        (
            {"series": ["a"], "on_hand": [1], "pack": [0]},
            "planning.stock_number",
        ),
        (
            {"series": ["a"], "on_hand": [1], "service": [1.0]},
            "planning.stock_number",
        ),
        (
            {"series": ["a"], "on_hand": [1], "pack": ["a dozen"]},
            "planning.stock_number",
        ),
        ({"series": ["a", "a"], "on_hand": [1, 2]}, "planning.stock_twice"),
        ({"series": ["b"], "on_hand": [1]}, "planning.no_stock_match"),
        (
            {"series": ["a"], "on_hand": [1], "lead_time": [4]},
            "planning.horizon_too_short",
        ),
        ({"series": ["a"]}, "data.missing_role"),
    ],
)
def test_what_is_wrong_with_a_stock_table_is_said(
    table: dict[str, Any], key: str
) -> None:
    result = forecast_of({"a": np.full(3, 100.0)}, {"a": 10.0})
    problem = refused(key, replenish, result, pd.DataFrame(table))
    if key == "planning.horizon_too_short":
        assert (problem.details["needed"], problem.details["horizon"]) == (5, 3)


def test_periods_end_where_the_calendar_says() -> None:
    def edges(*dates: str, every: str | None = None) -> list[str]:
        ends = period_edges(np.array(dates, dtype="datetime64[ns]"), every)
        return ends.astype("datetime64[D]").astype(str).tolist()

    assert edges("2024-02-01", every="month") == ["2024-02-01", "2024-03-01"]
    assert edges("2024-01-01", "2024-01-08") == [
        "2024-01-01",
        "2024-01-08",
        "2024-01-15",
    ]
    assert edges("2024-01-01", "2024-04-01") == [
        "2024-01-01",
        "2024-04-01",
        "2024-07-01",
    ]
