"""From a forecast to plans: stock, sums, values by hand, scenarios, scores, new products, files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from crm_analysis.analyses.forecast import (
    Forecast,
    ForecastOptions,
    demand,
    forecast,
)
from crm_analysis.analyses.forecast.distribution import Distribution
from crm_analysis.analyses.forecast.planning.coherence import shrunk_covariance
from crm_analysis.analyses.forecast.planning.inventory import (
    InventoryOptions,
    critical_ratio,
    filled_up,
    order_urgency,
    replenish,
)
from crm_analysis.analyses.forecast.planning.new_product import (
    NewProductOptions,
    categories_of,
    demand_by_product,
    new_product,
    orders_by_segment,
    orders_per_customer,
    with_segments,
)
from crm_analysis.analyses.forecast.planning.overrides import (
    override,
    overrides_from_records,
    overrides_to_records,
    period_edges,
    replace_overrides,
)
from crm_analysis.analyses.forecast.planning.reconciliation import (
    ReconcileOptions,
    reconcile,
    with_total,
)
from crm_analysis.analyses.forecast.planning.scenarios import (
    ScenarioOptions,
    scenario,
)
from crm_analysis.analyses.forecast.planning.scoring import (
    forecast_to_keep,
    has_actuals,
    long_form,
    score_forecast,
    wide_form,
)
from crm_analysis.analyses.forecast.planning.stock_levels import (
    demand_between,
    whole_packs,
)
from crm_analysis.analyses.forecast.series.anomalies import find_anomalies
from crm_analysis.analyses.forecast.verdicts import (
    against_naive,
    interval_fit,
    outlook,
    season_kind,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.wording import LANGUAGES, say

FIGURES = ["value", "lo_80", "hi_80", "lo_95", "hi_95"]
Values = Mapping[str, Any]


def forecast_of(
    means: Values,
    spreads: Values,
    past: Values | None = None,
    errors: Values | None = None,
    season: int = 12,
    paths: Values | None = None,
) -> Forecast:
    """What `forecast` gives, by month from January 2024 on.

    It is made from means and spreads a step (normal, or the paths themselves), a past, and errors
    of a back-test.
    """
    ahead, history, backtest, distributions = [], [], [], {}
    for name, mean in means.items():
        mean = np.asarray(mean, dtype=float)
        spread = np.broadcast_to(np.asarray(spreads[name], dtype=float), mean.shape)
        distribution = Distribution(mean, spread, persistence=0.0)
        distributions[name] = distribution
        dates = pd.date_range("2024-01-01", periods=len(mean), freq="MS")
        rows = pd.DataFrame({"series": name, "date": dates, "value": mean})
        for level in (80, 95):
            rows[f"lo_{level}"], rows[f"hi_{level}"] = distribution.interval(level)
        ahead.append(rows)
        before = np.asarray((past or {}).get(name, np.full(24, mean[0])), dtype=float)
        table = pd.DataFrame(
            {
                "series": name,
                "date": months_before(len(before)),
                "value": before,
            }
        )
        history.append(table.assign(fitted=np.nan, mark=""))
        if errors is not None:
            missed = np.asarray(errors[name], dtype=float)
            days = months_before(len(missed))
            tested = pd.DataFrame({"series": name, "date": days, "value": missed})
            backtest.append(
                tested.assign(model="auto", cutoff=days[0], step=1, forecast=0.0),
            )
    names = list(means)
    return Forecast(
        history=pd.concat(history, ignore_index=True),
        ahead=pd.concat(ahead, ignore_index=True)[["series", "date", *FIGURES]],
        backtest=pd.concat(backtest, ignore_index=True) if backtest else pd.DataFrame(),
        accuracy=pd.DataFrame({"series": names, "model": "auto", "chosen": True}),
        series=pd.DataFrame({"series": names, "season": season, "label": "Theta"}),
        notes=(),
        options=ForecastOptions(),
        every="month",
        horizon=len(means[names[0]]),
        distributions={name: only(paths[name]) for name in names}
        if paths
        else distributions,
    )


def months_before(count: int) -> pd.DatetimeIndex:
    """The months before January 2024."""
    return pd.date_range(end="2023-12-01", periods=count, freq="MS")


def only(paths: np.ndarray) -> Any:
    """A distribution of just these paths."""
    periods = np.shape(paths)[1]
    return SimpleNamespace(paths=lambda count, seed: np.resize(paths, (count, periods)))


def names_of(notes: Iterable[Message]) -> list[str]:
    """What the notes are called; each can be said in every language."""
    notes = list(notes)
    for key, details in notes:
        for language in LANGUAGES:
            assert say(key, language, **details)
    return [note.key.rpartition(".")[2] for note in notes]


def refused(key: str, verb: Any, *arguments: Any, **named: Any) -> AnalysisError:
    """The trouble a verb has with these arguments; it can be said in every language."""
    with pytest.raises(AnalysisError) as caught:
        verb(*arguments, **named)
    assert caught.value.key == key
    for language in LANGUAGES:
        assert caught.value.sentence(language)
    return caught.value


def by_hand(series: str, date: str, value: float, note: str = "") -> pd.DataFrame:
    """One value set by hand."""
    return pd.DataFrame(
        {"series": [series], "date": [date], "value": [value], "note": [note]}
    )


def side_by_side(ahead: pd.DataFrame) -> pd.DataFrame:
    """The values of a forecast, a column a series."""
    return ahead.pivot(index="date", columns="series", values="value")


# Inventory


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
        lead, cycle = demand_between(paths, edges, zero, zero + 0.25, zero + 1.5, rng)
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
    options = InventoryOptions(unit="day", lead_time=20, review=10, as_of="2024-01-15")
    result = replenish(four_series, stock.iloc[[0]].drop(columns="lead_time"), options)
    expected = 10 * 17 / 31 + 10 * 3 / 29
    assert result.orders["expected_lead"].iloc[0] == pytest.approx(expected, rel=0.03)


def test_orders_follow_the_plan_and_say_when_it_is_not_of_pieces(
    four_series: Forecast, stock: pd.DataFrame
) -> None:
    options = InventoryOptions(review=1)
    doubled = scenario(four_series.ahead, ScenarioOptions(growth=1.0)).ahead
    twice = replenish(four_series, stock.iloc[[0]], options, ahead=doubled).orders.iloc[
        0
    ]
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


# Totals and parts


def forecast_with_parts(seed: int = 0) -> Forecast:
    """A total of four parts whose errors go together, forecast half a year ahead."""
    rng = np.random.default_rng(seed)
    names = ["p0", "p1", "p2", "p3"]
    past = {name: rng.gamma(9, 10, 36) for name in names}
    past["all"] = np.sum([past[name] for name in names], axis=0)
    means = {"all": rng.uniform(60, 140, 6) * 4}
    means |= {name: rng.uniform(40, 120, 6) for name in names}
    common = rng.normal(0, 5, 40)
    errors = {name: 2 * common + rng.normal(0, 8, 40) for name in names}
    total_error = np.sum([errors[name] for name in names], axis=0)
    errors["all"] = total_error * 0.4 + rng.normal(0, 4, 40)
    spreads = {name: 20.0 if name == "all" else 9.0 for name in means}
    return forecast_of(means, spreads, past, errors)


@pytest.mark.parametrize("method", ["mint", "bottom_up"])
def test_reconciled_forecasts_add_up_and_are_not_negative(method: Any) -> None:
    base = forecast_with_parts()
    result = reconcile(base, options=ReconcileOptions(method=method))
    wide = side_by_side(result.ahead)
    assert np.allclose(wide["all"], wide.drop(columns="all").sum(axis=1), rtol=1e-12)
    ordered = result.ahead[["lo_95", "lo_80", "value", "hi_80", "hi_95"]].to_numpy()
    assert (ordered >= 0).all()
    assert (np.diff(ordered, axis=1) >= 0).all()
    assert list(result.ahead["series"].unique()) == list(base.ahead["series"].unique())
    before = base.ahead.set_index(["series", "date"])
    after = result.ahead.set_index(["series", "date"])
    assert (after["base_value"] == before["value"]).all()
    if method == "mint":
        assert result.weights == "backtest"
        assert result.shrinkage is not None
        assert 0 <= result.shrinkage <= 1
        return
    parts = ["p0", "p1", "p2", "p3"]
    assert np.allclose(after.loc[parts, FIGURES], before.loc[parts, FIGURES])
    assert result.weights == "none"
    assert result.summary()["shrinkage"] is None
    # Errors that go together make the total less sure than errors that cancel.
    width = (after["hi_95"] - after["lo_95"]).loc["all"].mean()
    assert width > 1.1 * np.sqrt(4) * 2 * 1.96 * 9


def mint(base: np.ndarray, sums: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """MinT as the textbook has it."""
    inverse = np.linalg.inv(covariance)
    weights = np.linalg.solve(sums.T @ inverse @ sums, sums.T @ inverse)
    return base @ (sums @ weights).T


@pytest.mark.slow
def test_mint_is_its_textbook_formula_and_that_of_the_package() -> None:
    result = forecast_with_parts(3)
    order = ["all", "p0", "p1", "p2", "p3"]
    errors = side_by_side(result.backtest)[order].to_numpy()
    base = side_by_side(result.ahead)[order].to_numpy()
    sums = np.vstack([np.ones(4), np.eye(4)])
    covariance, _ = shrunk_covariance(errors)
    ours = side_by_side(reconcile(result).ahead)[order].to_numpy()
    assert np.allclose(ours, mint(base, sums, covariance), rtol=1e-9)

    # The package takes errors about their mean, and refuses errors whose mean is zero: hence the 1.
    methods = pytest.importorskip("hierarchicalforecast.methods")
    centred = errors - errors.mean(axis=0)
    insample = {
        "y_insample": 1 + centred.T,
        "y_hat_insample": np.zeros_like(centred.T),
    }
    whole = methods.MinTrace("mint_cov", nonnegative=False)
    theirs = whole.fit_predict(S=sums, y_hat=base.T, **insample)["mean"].T
    assert np.allclose(theirs, mint(base, sums, centred.T @ centred), rtol=1e-6)
    shrunk = methods.MinTrace("mint_shrink", nonnegative=False)
    shrunk.fit(S=sums, y_hat=base.T, **insample)
    mine, shrinkage = shrunk_covariance(centred)
    assert 0 < shrinkage < 1
    assert np.allclose(correlation(shrunk.W), correlation(mine), atol=0.02)


def correlation(covariance: np.ndarray) -> np.ndarray:
    """A covariance on the scale of correlations."""
    deviation = np.sqrt(np.diag(covariance))
    return covariance / np.outer(deviation, deviation)


@pytest.mark.slow
def test_a_total_that_knows_better_moves_its_parts_toward_the_truth() -> None:
    """In the mean over many cases of parts that are noisy and a total that is good."""
    rng = np.random.default_rng(1)
    before, after = [], []
    parts = ["p0", "p1", "p2"]
    for _ in range(15):
        truth = dict(zip(parts, rng.uniform(50, 100, (3, 4)), strict=True))
        errors = {name: rng.normal(0, 15, 60) for name in parts}
        errors["all"] = rng.normal(0, 3, 60)
        noisy = {
            name: np.maximum(truth[name] + rng.normal(0, 15, 4), 0) for name in parts
        }
        means = {"all": sum(truth.values()) + rng.normal(0, 3, 4), **noisy}
        past = {name: np.full(24, 10.0) for name in parts} | {"all": np.full(24, 30.0)}
        result = forecast_of(means, dict.fromkeys(means, 15.0), past, errors)
        ahead = reconcile(result, options=ReconcileOptions(samples=200)).ahead
        for name in parts:
            reconciled = ahead.loc[ahead["series"] == name, "value"].to_numpy()
            before.append(np.mean((means[name] - truth[name]) ** 2))
            after.append(np.mean((reconciled - truth[name]) ** 2))
    assert np.mean(after) < 0.85 * np.mean(before)


@pytest.fixture(scope="module")
def two_levels() -> Forecast:
    """T is A and B, A is a1 and a2, B is b1; solo is in none."""
    rng = np.random.default_rng(0)
    means = {name: rng.uniform(10, 20, 3) for name in ("a1", "a2", "b1")}
    means |= {
        name: np.full(3, mean) for name, mean in (("A", 40.0), ("B", 12.0), ("T", 60.0))
    }
    means["solo"] = np.full(3, 1.0)
    past = {name: np.full(24, 5.0) for name in ("a1", "a2", "b1", "B")}
    past |= {"A": np.full(24, 10.0), "T": np.full(24, 15.0)}
    return forecast_of(means, dict.fromkeys(means, 2.0), past)


def test_totals_may_be_parts_of_others(two_levels: Forecast) -> None:
    hierarchy = pd.DataFrame(
        {
            "series": ["a1", "a2", "b1", "A", "B", "T"],
            "parent": ["A", "A", "B", "T", "T", None],
        }
    )
    result = reconcile(two_levels, hierarchy)
    wide = side_by_side(result.ahead)
    assert np.allclose(wide["T"], wide["A"] + wide["B"])
    assert np.allclose(wide["A"], wide["a1"] + wide["a2"])
    assert np.allclose(wide["B"], wide["b1"])
    assert result.weights == "structure"
    assert names_of(result.notes) == ["structure", "not_in_hierarchy"]
    levels = result.totals.set_index("series")["level"].to_dict()
    assert levels == {"T": 2, "A": 1, "B": 1, "a1": 0, "a2": 0, "b1": 0}


@pytest.mark.parametrize(
    ("hierarchy", "key"),
    [
        ({"series": ["a1"], "parent": ["Z"]}, "planning.hierarchy_unknown"),
        (
            {"series": ["A", "T"], "parent": ["T", "A"]},
            "planning.hierarchy_loop",
        ),
        ({"series": ["a1"], "parent": ["T"]}, "planning.parts_do_not_sum"),
        ({"series": ["a1"]}, "data.missing_role"),
        (None, "planning.no_hierarchy"),
    ],
)
def test_hierarchies_that_are_wrong_are_refused(
    two_levels: Forecast, hierarchy: dict[str, Any] | None, key: str
) -> None:
    refused(
        key,
        reconcile,
        two_levels,
        None if hierarchy is None else pd.DataFrame(hierarchy),
    )


def test_the_total_of_the_parts_can_be_made() -> None:
    parts = pd.DataFrame(
        {
            "series": ["a", "b", "a"],
            "date": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-02-01"]),
            "value": [1.0, 2.0, np.nan],
        }
    )
    whole = with_total(parts)
    assert whole["series"].tolist() == ["all", "all", "a", "b", "a"]
    assert whole["value"].iloc[0] == 3
    assert np.isnan(whole["value"].iloc[1])
    assert with_total(whole).equals(whole)
    # A total is of a period not yet over where any part is.
    partial = with_total(parts.assign(partial=[False, True, False]))["partial"]
    assert partial.tolist() == [True, False, False, True, False]


# Values by hand, scenarios


@st.composite
def aheads(draw: st.DrawFn) -> pd.DataFrame:
    """The `ahead` of a forecast of one to six months."""
    value = np.array(draw(st.lists(st.floats(0, 1e6), min_size=1, max_size=6)))
    return pd.DataFrame(
        {
            "series": "a",
            "date": pd.date_range("2024-01-01", periods=len(value), freq="MS"),
            "value": value,
            "lo_80": value * 0.8,
            "hi_80": value * 1.2 + 1,
            "lo_95": value * 0.5,
            "hi_95": value * 1.5 + 2,
        }
    )


@pytest.mark.slow
@settings(max_examples=25)
@given(
    ahead=aheads(),
    new=st.floats(0, 1e6),
    month=st.integers(0, 5),
    intervals=st.sampled_from(["scale", "shift"]),
)
def test_an_override_taken_back_leaves_no_trace(
    ahead: pd.DataFrame, new: float, month: int, intervals: Any
) -> None:
    month %= len(ahead)
    own = by_hand("a", ahead["date"].iloc[month], new, "fair")
    result = override(ahead, own, intervals=intervals)
    row = result.ahead.iloc[month]
    assert row[["value", "model_value", "note"]].tolist() == [
        new,
        ahead["value"].iloc[month],
        "fair",
    ]
    assert (result.ahead[FIGURES] >= 0).all().all()
    room = result.ahead["value"] * 1e-9 + 1e-6
    assert (result.ahead["lo_80"] <= result.ahead["value"] + room).all()
    assert (result.ahead["hi_80"] >= result.ahead["value"] - room).all()

    back = override(result.ahead, own.iloc[:0])
    pd.testing.assert_frame_equal(back.ahead[ahead.columns.tolist()], ahead)
    assert not back.ahead["overridden"].any()
    assert back.summary()["overridden"] == 0
    again = override(result.ahead, own, intervals=intervals)
    pd.testing.assert_frame_equal(again.ahead, result.ahead)
    saved = overrides_from_records(json.loads(json.dumps(overrides_to_records(own))))
    from_saved = override(ahead, saved, intervals=intervals)
    pd.testing.assert_frame_equal(from_saved.ahead, result.ahead)


def test_overrides_that_meet_no_period_are_told() -> None:
    ahead = forecast_of({"a": [10.0, 10.0]}, {"a": 1.0}).ahead
    own = pd.DataFrame(
        {
            "series": ["a", "a", "b"],
            "date": ["2024-01-01", "2023-01-01", "2024-01-01"],
            "value": [5, 5, 5],
        }
    )
    result = override(ahead, own)
    assert (len(result.applied), len(result.unmatched)) == (1, 2)
    assert names_of(result.notes) == ["override_unmatched"]
    assert result.summary()["change"] == pytest.approx(-0.25)
    assert overrides_from_records([]).empty


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_impossible_overrides_are_refused(value: float) -> None:
    ahead = forecast_of({"a": [10.0, 10.0]}, {"a": 1.0}).ahead
    refused(
        "planning.override_value",
        override,
        ahead,
        by_hand("a", "2024-01-01", value),
    )


def test_editing_one_series_leaves_the_values_of_others_and_other_periods() -> None:
    before = pd.concat(
        [
            by_hand("a", "2024-01-01", 1.0),
            by_hand("a", "2024-03-01", 3.0),
            by_hand("b", "2024-01-01", 9.0),
        ]
    )
    edited = pd.DataFrame(
        {
            "date": pd.to_datetime(["2024-01-01", "2024-02-01"]),
            "value": [np.nan, 2.0],
            "note": [None, "fair"],
        }
    )
    after = overrides_to_records(replace_overrides(before, "a", edited))
    assert [
        (row["series"], row["date"], row["value"], row["note"]) for row in after
    ] == [
        ("a", "2024-03-01", 3.0, ""),
        ("b", "2024-01-01", 9.0, ""),
        ("a", "2024-02-01", 2.0, "fair"),
    ]


@settings(max_examples=25)
@given(
    ahead=aheads(),
    elasticity=st.floats(-5, 0),
    measure=st.sampled_from(["quantity", "revenue"]),
)
def test_a_scenario_of_nothing_changes_nothing(
    ahead: pd.DataFrame, elasticity: float, measure: Any
) -> None:
    result = scenario(ahead, ScenarioOptions(elasticity=elasticity), measure=measure)
    pd.testing.assert_frame_equal(result.ahead[ahead.columns.tolist()], ahead)
    assert result.assumption == ()
    assert result.summary()["change"] == 0


@pytest.fixture(scope="module")
def four_months() -> pd.DataFrame:
    """Four months of two series."""
    means = {"a": np.full(4, 100.0), "b": np.full(4, 10.0)}
    return forecast_of(means, {"a": 10.0, "b": 1.0}).ahead


def test_scenarios_multiply_by_what_they_assume(
    four_months: pd.DataFrame,
) -> None:
    cheaper = ScenarioOptions(price=-0.1, elasticity=-2.0)
    pieces = scenario(four_months, cheaper)
    assert pieces.ahead["factor"].tolist() == pytest.approx([0.9**-2] * 8)
    wider = pieces.ahead["hi_95"] / four_months["hi_95"]
    assert wider.tolist() == pytest.approx([0.9**-2] * 8)
    money = scenario(four_months, cheaper, measure="revenue")
    assert money.summary()["share"] == pytest.approx(0.9**-1 - 1)

    days = ("2024-02-14", "2024-02-20", "2024-04-30")
    fair = ScenarioOptions(promotion=0.5, promotion_dates=days)
    promoted = scenario(four_months, fair, series=["a"])
    assert promoted.ahead["factor"].tolist() == [1, 1.5, 1, 1.5, 1, 1, 1, 1]
    assert promoted.totals.set_index("series")["change"].to_dict() == {
        "a": 100,
        "b": 0,
    }

    slowly = ScenarioOptions(growth=0.2, growth_form="gradual", start="2024-02-15")
    grown = scenario(four_months, slowly, series=["a"])
    assert grown.ahead["factor"].tolist()[:4] == pytest.approx([1, 1, 1.1, 1.2])


def test_each_assumption_is_said(four_months: pd.DataFrame) -> None:
    everything = ScenarioOptions(
        growth=0.1,
        price=0.2,
        promotion=1.0,
        promotion_dates=("2024-01-01",),
        start="2024-01-01",
    )
    assumption = scenario(four_months, everything, measure="revenue").assumption
    assert names_of(assumption) == [
        "growth",
        "price",
        "revenue",
        "promotion",
        "start",
    ]


def test_promotions_and_series_outside_the_forecast_are_refused(
    four_months: pd.DataFrame,
) -> None:
    late = ScenarioOptions(promotion=0.5, promotion_dates=("2025-01-01",))
    refused("planning.promotion_outside", scenario, four_months, late)
    refused("planning.no_series", scenario, four_months, series=["x"])


# The outlook, verdicts


def test_the_outlook_moves_with_the_plan() -> None:
    months = pd.date_range("2020-01-01", periods=48, freq="MS")
    values = [100.0 + 20 * (month % 12 == 11) + month for month in range(48)]
    options = ForecastOptions(horizon=6, model="seasonal_naive")
    result = forecast(pd.DataFrame({"date": months, "value": values}), options)
    row = result.series.iloc[0]
    modelled = outlook(result).iloc[0]
    assert modelled["total"] == pytest.approx(row["total_ahead"])
    assert modelled["change"] == pytest.approx(row["change"])
    doubled = outlook(
        result, result.ahead.assign(value=2 * result.ahead["value"])
    ).iloc[0]
    for name in ("total", "lo_80", "hi_80", "lo_95", "hi_95"):
        assert doubled[name] == pytest.approx(2 * modelled[name])
    assert 1 + doubled["change"] == pytest.approx(2 * (1 + modelled["change"]))
    assert doubled["direction"] == "up"
    nothing = outlook(result, result.ahead.assign(value=0.0)).iloc[0]
    assert nothing["direction"] is None


@pytest.mark.parametrize(
    ("own", "naive", "points", "kind", "repeated"),
    [
        (1.19, 1.0, 19, "worse", "last"),
        (1.19, 1.0, 25, "unseen", "season"),
        (1.19, 1.0, 26, "worse", "season"),
        (0.8, 1.0, 60, "better", "season"),
        (1.0, 1.0, 60, "same", "season"),
    ],
)
def test_a_forecast_stands_beside_repeating_what_was(
    own: float, naive: float, points: int, kind: str, repeated: str
) -> None:
    row = {"mase": own, "mase_naive": naive, "points": points, "season": 12}
    assert against_naive(row) == (
        kind,
        pytest.approx(abs(own / naive - 1)),
        repeated,
    )
    assert against_naive({**row, "mase": None}) is None


def test_intervals_and_seasons_are_judged_by_their_thresholds() -> None:
    assert [interval_fit(held) for held in (0.6, 0.7, 0.9, 0.95)] == [
        "narrow",
        "right",
        "right",
        "wide",
    ]
    assert season_kind({"season_strength": 0.64, "peak": 3}) == "strong"
    assert season_kind({"season_strength": 0.6, "peak": 3}) == "weak"
    assert season_kind({"season_strength": np.nan, "peak": np.nan}) == "unseen"


# Scores


def test_a_saved_forecast_is_scored_by_hand() -> None:
    past = {"a": np.array([10.0, 20.0, 12.0, 22.0])}
    result = forecast_of({"a": [14.0, 24.0, 16.0]}, {"a": 1.0}, past, season=2)
    own = override(result.ahead, by_hand("a", "2024-02-01", 30.0, "fair"))
    saved = forecast_to_keep(result, own)
    assert saved["naive"].tolist() == [12, 22, 12]
    assert saved["scale"].tolist() == [2, 2, 2]
    assert saved["step"].tolist() == [1, 2, 3]
    assert (saved["made"] == pd.Timestamp("2023-12-01")).all()

    actual = pd.DataFrame(
        {
            "series": "a",
            "date": pd.to_datetime(["2024-01-15", "2024-02-01", "2024-03-01"]),
            "value": [15.0, 28.0, 3.0],
            "partial": [False, False, True],
        }
    )
    score = score_forecast(saved, actual)
    assert score.periods["error"].tolist() == [-1, 2]
    assert score.periods["inside_80"].tolist() == [True, False]
    assert len(score.waiting) == 1
    assert names_of(score.notes) == ["partial", "waiting"]
    scores = score.scores[score.scores["series"] == "a"].set_index("forecaster")
    assert scores["mae"].to_dict() == {
        "final": 1.5,
        "model": 2.5,
        "seasonal_naive": 4.5,
    }
    assert scores["mase"].to_dict() == {
        "final": 0.75,
        "model": 1.25,
        "seasonal_naive": 2.25,
    }
    final = scores.loc["final"]
    assert final["mape"] == pytest.approx(50 * (1 / 15 + 2 / 28))
    assert final["smape"] == pytest.approx(100 * (1 / 29 + 2 / 58))
    assert final["rmse"] == pytest.approx(np.sqrt(2.5))
    assert final["bias"] == 0.5
    added = score.added[score.added["series"] == "a"].set_index("by")["added"]
    assert added["model"] == pytest.approx(1 - 2.5 / 4.5)
    assert added["hand"] == pytest.approx(1 - 2 / 4)
    assert score.summary()["inside_95"] == 1.0
    assert score.summary()["added_by_hand"] == pytest.approx(0.5)

    later = actual.assign(date=actual["date"] + pd.DateOffset(years=1))
    refused("planning.no_actuals", score_forecast, saved, later)
    refused("planning.not_kept", score_forecast, actual, actual)
    earlier = actual.assign(date=actual["date"] - pd.DateOffset(years=1))
    assert has_actuals(saved, actual)
    assert not has_actuals(saved, earlier)


@pytest.mark.parametrize("second", ["b", ""])
def test_without_hands_the_plan_is_the_model_and_all_series_are_scored_together(
    second: str,
) -> None:
    """Lines that name nothing are the series ""."""
    result = forecast_of(
        {"a": [10.0, 10.0], second: [0.0, 4.0]},
        {"a": 1.0, second: 1.0},
        {"a": np.full(24, 9.0), second: np.arange(24.0)},
    )
    actual = pd.DataFrame(
        {
            "series": ["a", "a", second, second],
            "date": list(result.ahead["date"].iloc[:2]) * 2,
            "value": [8.0, 12.0, 0.0, 4.0],
        }
    )
    score = score_forecast(forecast_to_keep(result), actual)
    summary = score.summary()
    assert summary["mae"] == summary["mae_model"] == 1
    assert summary["added_by_hand"] is None
    assert summary["waiting"] == 0
    assert score.notes == ()
    # A past that never changed has no scale.
    scores = score.scores[score.scores["series"] == "a"].set_index("forecaster")
    assert np.isnan(scores.loc["final", "mase"])


# New products


def launches(
    count: int, rng: np.random.Generator, periods: int = 30, spread: float = 0.3
) -> tuple[pd.DataFrame, pd.DatetimeIndex, np.ndarray]:
    """Demand of an old product and of so many that began later, the months, and their curve."""
    months = pd.date_range("2020-01-01", periods=periods, freq="MS")
    curve = np.array([5, 10, 20, 30, 28, 25] + [24] * 40, dtype=float)
    products = [pd.DataFrame({"series": "old", "date": months, "value": 100.0})]
    for number in range(count):
        born = 2 + number % 10
        value = curve[: periods - born] * rng.lognormal(0, spread)
        value = value * rng.lognormal(0, 0.1, periods - born)
        launch = pd.DataFrame(
            {"series": f"s{number}", "date": months[born:], "value": value}
        )
        products.append(launch)
    return pd.concat(products), months, curve


def test_a_new_product_begins_as_its_category_did() -> None:
    products, months, curve = launches(12, np.random.default_rng(0))
    categories = pd.DataFrame(
        {
            "series": [*(f"s{number}" for number in range(12)), "old"],
            "category": ["tea"] * 12 + ["mugs"],
        }
    )
    tea: Any = {"name": "new", "category": "tea"}
    result = new_product(
        products, categories, **tea, options=NewProductOptions(horizon=8)
    )
    assert result.ahead["date"].iloc[0] == pd.Timestamp("2022-07-01")
    assert (len(result.ahead), len(result.siblings)) == (8, 12)
    assert np.abs(result.ahead["value"] / curve[:8] - 1).max() < 0.4
    assert "old" not in set(result.siblings["series"])
    assert (result.ahead["lo_95"] <= result.ahead["lo_80"]).all()
    assert (result.ahead["hi_80"] <= result.ahead["hi_95"]).all()
    assert names_of(result.notes) == ["borrowed"]
    assert result.category == "tea"
    assert result.observed.empty
    later = new_product(products, categories, **tea, start="2023-01-10")
    assert later.ahead["date"].iloc[0] == pd.Timestamp("2023-01-01")

    # Two months of its own, twice the usual: the rest twice the usual too, and surer than without.
    newborn = pd.DataFrame(
        {"series": "new", "date": months[-2:], "value": [10.0, 20.0]}
    )
    scaled = new_product(
        pd.concat([products, newborn]),
        categories,
        **tea,
        options=NewProductOptions(horizon=4),
    )
    assert np.abs(scaled.ahead["value"] / (2 * curve[2:6]) - 1).max() < 0.15
    assert len(scaled.observed) == 2
    assert names_of(scaled.notes) == ["borrowed", "scaled"]
    third_unsure, third_surer = (
        (ahead["hi_80"] - ahead["lo_80"]).iloc[2] / ahead["value"].iloc[2]
        for ahead in (result.ahead, scaled.ahead)
    )
    assert third_surer < 0.7 * third_unsure

    alone = new_product(products, categories, name="new", category="mugs")
    assert alone.category == ""
    assert names_of(alone.notes) == ["borrowed", "all_categories"]
    twice = new_product(products, name="new", options=NewProductOptions(level=2.0))
    assert twice.ahead["value"].iloc[0] == pytest.approx(
        2 * result.ahead["value"].iloc[0]
    )
    two = products[products["series"].isin(["old", "s0"])]
    refused("planning.too_few_siblings", new_product, two, name="new")
    no_categories = pd.DataFrame({"series": ["s0"]})
    refused("data.missing_role", new_product, products, no_categories, name="new")


@pytest.mark.slow
def test_intervals_of_new_products_cover_what_they_say() -> None:
    rng = np.random.default_rng(5)
    inside = {80: 0, 95: 0}
    rounds = 100
    for _ in range(rounds):
        count = int(rng.integers(5, 14))
        products, _, curve = launches(count, rng, periods=16, spread=0.5)
        truth = curve[3] * rng.lognormal(0, 0.5) * rng.lognormal(0, 0.1)
        result = new_product(products, name="new", options=NewProductOptions(horizon=4))
        fourth = result.ahead.iloc[3]
        for level in inside:
            inside[level] += fourth[f"lo_{level}"] <= truth <= fourth[f"hi_{level}"]
    assert 0.72 <= inside[80] / rounds <= 0.92
    assert inside[95] / rounds >= 0.90


def test_products_are_what_has_a_name_and_is_no_fee() -> None:
    lines = pd.DataFrame(
        {
            "product": ["tea", None, "postage"],
            "category": ["b", "a", None],
            "date": pd.to_datetime(["2024-01-01"] * 3),
            "quantity": [1.0, 2.0, 4.0],
            "is_product": [True, True, False],
        }
    )
    measured = demand_by_product(pd.concat([lines] * 2), "day", "quantity")
    assert measured.table[["series", "value"]].to_numpy().tolist() == [["tea", 2.0]]
    assert categories_of(lines).to_numpy().tolist() == [["tea", "b"]]
    several = pd.DataFrame({"product": ["x", "x", "x"], "category": ["b", "a", None]})
    assert categories_of(several).to_numpy().tolist() == [["x", "a"]]


# Customers, files


def test_segments_of_customers_become_series_and_orders_a_customer() -> None:
    table = pd.DataFrame(
        {
            "customer": ["a", "b", None, "z"],
            "order": ["1", "2", "3", "4"],
            "date": pd.to_datetime(["2024-01-01"] * 4),
        }
    )
    members = pd.DataFrame(
        {"customer": ["a", "b", "c"], "segment": ["loyal", "new", "new"]}
    )
    joined = with_segments(table, members)
    assert joined["segment"].iloc[:2].tolist() == ["loyal", "new"]
    assert joined["segment"].isna().tolist() == [False, False, True, True]
    assert "segment" not in table
    counted = orders_by_segment(table, members, "day")
    assert counted[["series", "value"]].to_numpy().tolist() == [
        ["loyal", 1.0],
        ["new", 1.0],
    ]
    refused("planning.no_members", with_segments, table.iloc[3:], members)
    refused("data.missing_role", with_segments, table, members[["customer"]])

    means = {"loyal": np.full(4, 30.0), "new": np.full(4, 10.0)}
    result = forecast_of(means, {"loyal": 3.0, "new": 1.0})
    orders = orders_per_customer(result, members)
    assert orders["segment"].tolist() == ["loyal", "new"]
    assert orders["per_customer"].tolist() == [120, 20]
    assert orders["share"].tolist() == [0.75, 0.25]
    assert (orders["lo_95"] < orders["lo_80"]).all()
    assert (orders["hi_80"] > orders["expected"]).all()
    other = result.ahead.assign(series="other")
    refused("planning.no_series", orders_per_customer, result, members, ahead=other)


def test_long_and_wide_files_hold_forecast_hand_and_sums() -> None:
    base = forecast_with_parts()
    hand = override(base.ahead, by_hand("p0", "2024-02-01", 500.0, "=fair"))
    agreed = reconcile(base, ahead=hand.ahead)
    long = long_form(base, overridden=hand, reconciled=agreed, history=True)
    assert long.columns.tolist()[:8] == ["series", "date", "kind", *FIGURES]
    assert {"model_value", "note", "reconciled", "reconciled_hi_95"} <= set(
        long.columns
    )
    row = long.set_index(["series", "date"]).loc[("p0", pd.Timestamp("2024-02-01"))]
    assert row[["value", "note"]].tolist() == [500, "=fair"]
    assert row["model_value"] != 500
    assert 0 < row["reconciled"] <= 500 * 1.2
    assert (long["kind"] == "history").sum() == 5 * 36
    assert long["note"].notna().all()
    assert long["series"].drop_duplicates().tolist() == [
        "all",
        "p0",
        "p1",
        "p2",
        "p3",
    ]

    future = long[long["kind"] == "ahead"]
    wide = wide_form(future, ("value", "lo_80", "hi_80", "absent"))
    dates = pd.date_range("2024-01-01", periods=6, freq="MS").strftime("%Y-%m-%d")
    assert wide.columns.tolist() == ["series", "figure", *dates]
    assert wide["figure"].tolist()[:3] == ["value", "lo_80", "hi_80"]
    assert len(wide) == 15
    assert wide.loc[3, "2024-02-01"] == 500
    assert long_form(base)["value"].tolist() == base.ahead["value"].tolist()
    with pytest.raises(ValueError, match="none of the figures absent"):
        wide_form(future, ("absent",))
    refused("data.missing_role", wide_form, future.drop(columns="date"))


@pytest.mark.slow
def test_from_orders_to_an_order_list_and_a_score() -> None:
    """The whole way with a real forecast, from order lines to packs and to the actuals."""
    rng = np.random.default_rng(0)
    days = pd.date_range("2021-01-01", "2023-12-31", freq="D")
    sold = {"tea": rng.poisson(5, len(days)), "mug": rng.poisson(2, len(days))}
    products = [
        pd.DataFrame({"product": name, "date": days, "quantity": count})
        for name, count in sold.items()
    ]
    lines = pd.concat(products).assign(customer="c1", order="o")
    may = lines["date"].between("2022-05-01", "2022-05-31")
    lines = lines[~((lines["product"] == "tea") & may) & (lines["quantity"] > 0)]
    whole = with_total(demand(lines, every="month", by="product"))
    past = whole[whole["date"] < "2023-10-01"]
    stock_outs = find_anomalies(past).leave_out()
    assert ("tea", "2022-05-01") in stock_outs
    options = ForecastOptions(horizon=3, model="theta", left_out=stock_outs)
    result = forecast(past, options)
    assert (result.history["mark"] == "left_out").sum() == len(stock_outs)

    hand = override(
        result.ahead, by_hand("tea", "2023-11-01", 160.0, "as in every year")
    )
    agreed = reconcile(result, ahead=hand.ahead)
    wide = side_by_side(agreed.ahead)
    assert np.allclose(wide["all"], wide["tea"] + wide["mug"])

    stock = pd.DataFrame(
        {"series": ["tea", "mug"], "on_hand": [100, 500], "pack": [24, 10]}
    )
    in_days = InventoryOptions(unit="day", lead_time=20, review=10)
    orders = replenish(result, stock, in_days, ahead=agreed.ahead).orders.set_index(
        "series"
    )
    assert orders.loc["mug", "order"] == 0
    assert orders.loc["tea", "order"] % 24 == 0
    assert orders.loc["tea", "expected_cycle"] == pytest.approx(150, rel=0.1)
    assert 155 <= orders.loc["tea", "order_up_to"] <= 240

    summary = score_forecast(forecast_to_keep(result, hand), whole).summary()
    assert summary["periods"] == 9
    assert summary["waiting"] == 0
    assert summary["mape"] is not None
    assert summary["mape"] < 15
    assert summary["added_by_hand"] is not None
    long = long_form(result, overridden=hand, reconciled=agreed, history=True)
    future = long[long["kind"] == "ahead"]
    assert len(future) == 9
    assert future["reconciled"].notna().all()
