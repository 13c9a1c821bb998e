"""From a forecast to plans: stock, totals and parts, values by hand, scenarios, scores, odd values, decomposition, new products, files."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_analysis.analyses.forecast import Forecast, ForecastOptions, demand, forecast
from crm_analysis.analyses.forecast.distribution import Distribution
from crm_analysis.analyses.forecast.planning.coherence import shrunk_covariance
from crm_analysis.analyses.forecast.planning.export import long_form, wide_form
from crm_analysis.analyses.forecast.planning.inventory import (
    InventoryOptions,
    critical_ratio,
    replenish,
    whole_packs,
)
from crm_analysis.analyses.forecast.planning.lead_time import demand_between
from crm_analysis.analyses.forecast.planning.new_product import (
    NewProductOptions,
    categories_of,
    new_product,
)
from crm_analysis.analyses.forecast.planning.overrides import (
    override,
    overrides_from_records,
    overrides_to_records,
)
from crm_analysis.analyses.forecast.planning.reconciliation import (
    ReconcileOptions,
    reconcile,
    with_total,
)
from crm_analysis.analyses.forecast.planning.sample_paths import period_edges
from crm_analysis.analyses.forecast.planning.scenarios import ScenarioOptions, scenario
from crm_analysis.analyses.forecast.planning.scoring import forecast_to_keep, score_forecast
from crm_analysis.analyses.forecast.planning.segment_demand import (
    orders_per_customer,
    with_segments,
)
from crm_analysis.analyses.forecast.series.anomalies import AnomalyOptions, find_anomalies
from crm_analysis.analyses.forecast.series.decomposition import DecompositionOptions, decompose
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import say

FIGURES = ["value", "lo_80", "hi_80", "lo_95", "hi_95"]


def a_forecast(
    means,
    spreads,
    past=None,
    errors=None,
    start="2024-01-01",
    freq="MS",
    every="month",
    season=12,
    paths=None,
):
    """What `forecast` gives, from means and spreads a step (normal, or the paths themselves), a past, and errors of a back-test."""
    rows, histories, held = [], [], []
    drawn = {}
    for name, mean in means.items():
        mean = np.asarray(mean, dtype=float)
        one = Distribution(
            mean,
            np.broadcast_to(np.asarray(spreads[name], dtype=float), mean.shape),
            persistence=0.0,
        )
        drawn[name] = one
        dates = pd.date_range(start, periods=len(mean), freq=freq)
        ends = {
            f"{side}_{level}": end
            for level in (80, 95)
            for side, end in zip(("lo", "hi"), one.interval(level), strict=True)
        }
        rows.append(pd.DataFrame({"series": name, "date": dates, "value": mean, **ends}))
        before = np.asarray((past or {}).get(name, np.full(24, mean[0])), dtype=float)
        days = pd.date_range(end=dates[0], periods=len(before) + 1, freq=freq)[:-1]
        histories.append(
            pd.DataFrame(
                {"series": name, "date": days, "value": before, "fitted": np.nan, "mark": ""}
            )
        )
        if errors is not None:
            gone = np.asarray(errors[name], dtype=float)
            when = pd.date_range(end=dates[0], periods=len(gone) + 1, freq=freq)[:-1]
            held.append(
                pd.DataFrame(
                    {
                        "series": name,
                        "model": "auto",
                        "cutoff": when[0],
                        "date": when,
                        "step": 1,
                        "value": gone,
                        "forecast": 0.0,
                    }
                )
            )
    names = list(means)
    return Forecast(
        history=pd.concat(histories, ignore_index=True),
        ahead=pd.concat(rows, ignore_index=True)[["series", "date", *FIGURES]],
        backtest=pd.concat(held, ignore_index=True) if held else pd.DataFrame(),
        accuracy=pd.DataFrame({"series": names, "model": "auto", "chosen": True}),
        series=pd.DataFrame({"series": names, "season": season, "label": "Theta"}),
        notes=(),
        options=ForecastOptions(),
        every=every,
        horizon=len(means[names[0]]),
        distributions={name: given_paths(paths[name]) for name in names} if paths else drawn,
    )


def given_paths(paths):
    """A distribution of just these paths."""
    return SimpleNamespace(paths=lambda count, seed: np.resize(paths, (count, np.shape(paths)[1])))


def said(notes):
    """Every note can be said in both languages."""
    for key, details in notes:
        assert say(key, "en", **details) and say(key, "zh", **details)
    return [key.removeprefix("planning.note.") for key, _ in notes]


# Inventory


def test_a_newsvendor_by_hand():
    # Demand 0, 1, 2, 3 with chances .1, .3, .4, .2: at most 0, 1, 2, 3 with .1, .4, .8, 1.
    demand = np.array([0] + [1] * 3 + [2] * 4 + [3] * 2, dtype=float)[:, None]
    one = a_forecast({"a": [1.7]}, {"a": 1.0}, paths={"a": demand})
    stock = pd.DataFrame({"series": ["a"], "on_hand": [0]})
    for service, level in ((0.75, 2), (0.8, 2), (0.81, 3), (0.5, 2)):
        got = replenish(
            one, stock, InventoryOptions(lead_time=1, review=0, service=service)
        ).orders.iloc[0]
        assert (got["reorder_point"], got["order_up_to"], got["order"]) == (level, level, level)
    assert (
        got["expected_lead"] == pytest.approx(1.7)
        and got["risk_without"] == pytest.approx(0.9)
        and got["risk_with"] == pytest.approx(0.9)
    )
    # Nothing ordered now arrives before the lead time is over; with review 1 there is a second period it can serve.
    two = a_forecast(
        {"a": [0.0, 1.7]}, {"a": 1.0}, paths={"a": np.hstack([np.zeros_like(demand), demand])}
    )
    got = replenish(two, stock, InventoryOptions(lead_time=1, review=1, service=0.8)).orders.iloc[0]
    assert (got["order"], got["risk_before_arrival"]) == (2, 0)
    assert got["risk_with"] == pytest.approx(0.2) and got["risk_without"] == pytest.approx(0.9)
    assert got["shortage_with"] == pytest.approx(0.2 * 1) and got[
        "shortage_without"
    ] == pytest.approx(1.7)
    # Price 5, cost 1, worthless afterwards: a shortage costs 4, a unit left over 1.
    assert critical_ratio(4, 1) == 0.8
    with pytest.raises(ValueError, match="not both 0"):
        critical_ratio(0, 0)


def test_on_normal_demand_the_levels_are_those_of_the_formula():
    one = a_forecast({"a": np.full(12, 1000.0)}, {"a": 50.0})
    stock = pd.DataFrame({"series": ["a"], "on_hand": [4000]})
    certain = replenish(
        one, stock, InventoryOptions(lead_time=4, review=0, samples=20000, whole=False)
    ).orders.iloc[0]
    assert certain["safety_stock"] == pytest.approx(1.645 * 50 * 2, rel=0.04)
    assert certain["normal_safety_stock"] == pytest.approx(1.645 * 50 * 2, rel=0.02)
    assert certain["reorder_point"] == pytest.approx(4000 + 1.645 * 100, rel=0.003)
    late = replenish(
        one,
        stock,
        InventoryOptions(lead_time=4, lead_time_sd=0.5, review=2, samples=20000, whole=False),
    ).orders.iloc[0]
    by_formula = 1.645 * np.sqrt(4 * 50**2 + 1000**2 * 0.25)
    assert late["normal_safety_stock"] == pytest.approx(by_formula, rel=0.02) and late[
        "safety_stock"
    ] == pytest.approx(by_formula, rel=0.05)
    assert late["expected_cycle"] == pytest.approx(6000, rel=0.01)


def test_part_of_a_period_has_its_part_of_mean_and_variance():
    rng = np.random.default_rng(0)
    for paths in (rng.normal(100, 10, (40000, 2)), rng.poisson(0.3, (40000, 2)).astype(float) * 5):
        zero, edges = np.zeros(len(paths)), np.array([0.0, 1.0, 2.0])
        lead, whole = demand_between(paths, edges, zero, zero + 0.25, zero + 1.5, rng)
        assert lead.min() >= 0 and (whole >= lead).all()
        assert lead.mean() == pytest.approx(
            0.25 * paths.mean(), rel=0.03
        ) and whole.mean() == pytest.approx(1.5 * paths.mean(), rel=0.03)
        assert lead.var() == pytest.approx(
            0.25 * paths[:, 0].var(), rel=0.06
        ) and whole.var() == pytest.approx(1.5 * paths[:, 0].var(), rel=0.06)
        _, both = demand_between(paths, edges, zero, zero + 0.4, zero + 2, rng)
        assert np.allclose(both, paths.sum(axis=1))


@settings(max_examples=150)
@given(
    need=st.floats(0, 1e6),
    pack=st.sampled_from([0.1, 0.3, 1.0, 6.0, 12.0, 1000.0]),
    minimum=st.floats(0, 1e4),
)
def test_packs_hold_the_need_and_no_more_than_needed(need, pack, minimum):
    packs = whole_packs(np.array([need]), np.array([pack]), np.array([minimum]))[0]
    assert packs == int(packs) and packs >= 0
    if need == 0:
        assert packs == 0
    else:
        wanted = max(need, minimum)
        assert packs * pack >= wanted and (packs - 1) * pack < wanted


def test_orders_of_several_series_keep_to_packs_minimum_and_their_own_lead_time():
    one = a_forecast(
        {"a": np.full(6, 100.0), "b": np.full(6, 10.0), "c": np.zeros(6), "d": np.full(6, 1.0)},
        {"a": 10.0, "b": 3.0, "c": 0.0, "d": 0.0},
    )
    stock = pd.DataFrame(
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
    found = replenish(one, stock, InventoryOptions(lead_time=2, review=1))
    orders = found.orders.set_index("series")
    assert list(found.orders["series"]) == ["b", "a", "c"]
    assert (
        orders.loc["b", "order"] == 60
        and orders.loc["b", "packs"] == 5
        and orders.loc["b", "order_cost"] == 120
    )
    assert orders.loc["b", "lead_time"] == 0.5 and orders.loc["b", "risk_before_arrival"] > 0.3
    assert orders.loc["a", "order"] == 0 and orders.loc["a", "risk_without"] == 0
    assert (
        orders.loc["c", "order"] == 0
        and np.isnan(orders.loc["c", "days_of_cover"])
        and orders.loc["c", "runs_out"] is pd.NaT
    )
    assert orders.loc["a", "days_of_cover"] == pytest.approx(31 + 29 + 31 + 30 + 31, abs=1)
    assert said(found.notes) == ["not_forecast", "no_stock", "too_late"]
    summary = found.summary()
    assert (
        summary["to_order"],
        summary["units"],
        summary["packs"],
        summary["cost"],
        summary["at_risk"],
    ) == (1, 60, 5, 120, 1)
    projection = found.projection[found.projection["series"] == "b"]
    assert (projection["with_order"] >= projection["without"]).all() and (
        projection["without_lo"] <= projection["without_hi"]
    ).all()
    assert projection["date"].iloc[0] == pd.Timestamp("2024-02-01") and projection[
        "with_order"
    ].iloc[0] == pytest.approx(55, abs=1)
    # In days, counted a fortnight into January, an order that is 20 days away.
    days = replenish(
        one,
        stock.iloc[[0]].drop(columns="lead_time"),
        InventoryOptions(unit="day", lead_time=20, review=10, as_of="2024-01-15"),
    )
    assert days.orders["expected_lead"].iloc[0] == pytest.approx(
        10 * 17 / 31 + 10 * 3 / 29, rel=0.03
    )
    # Doubled by hand, the paths double.
    twice = replenish(
        one,
        stock.iloc[[0]],
        InventoryOptions(review=1),
        ahead=scenario(one.ahead, ScenarioOptions(growth=1.0)).ahead,
    )
    once = replenish(one, stock.iloc[[0]], InventoryOptions(review=1))
    assert twice.orders["expected_cycle"].iloc[0] == pytest.approx(
        2 * once.orders["expected_cycle"].iloc[0], rel=0.02
    )
    assert (
        said(replenish(replace(one, measure="revenue"), stock.iloc[[1]]).notes)[-1]
        == "not_quantity"
    )


def test_watched_all_the_time_an_order_waits_for_the_reorder_point():
    one = a_forecast({"a": np.full(6, 100.0)}, {"a": 10.0})
    watched = InventoryOptions(lead_time=1, review=2, rule="at_reorder_point")
    above, below = (
        replenish(one, pd.DataFrame({"series": ["a"], "on_hand": [stock]}), watched).orders.iloc[0]
        for stock in (130, 110)
    )
    assert above["order"] == 0 and above["reorder_point"] < 130
    assert below["order"] == below["order_up_to"] - 110 and below["order_up_to"] > 300
    assert (
        replenish(
            one,
            pd.DataFrame({"series": ["a"], "on_hand": [130]}),
            watched.replace(rule="every_review"),
        )
        .orders["order"]
        .iloc[0]
        > 0
    )


def test_what_is_wrong_with_a_stock_table_is_said():
    one = a_forecast({"a": np.full(3, 100.0)}, {"a": 10.0})
    for table, key in (
        ({"series": ["a"], "on_hand": [None]}, "planning.stock_number"),
        ({"series": ["a"], "on_hand": [1], "pack": [0]}, "planning.stock_number"),
        ({"series": ["a"], "on_hand": [1], "service": [1.0]}, "planning.stock_number"),
        ({"series": ["a"], "on_hand": [1], "pack": ["a dozen"]}, "planning.stock_number"),
        ({"series": ["a", "a"], "on_hand": [1, 2]}, "planning.stock_twice"),
        ({"series": ["b"], "on_hand": [1]}, "planning.no_stock_match"),
        ({"series": ["a"], "on_hand": [1], "lead_time": [4]}, "planning.horizon_too_short"),
        ({"series": ["a"]}, "data.missing_role"),
    ):
        with pytest.raises(AnalysisError) as problem:
            replenish(one, pd.DataFrame(table))
        assert (
            problem.value.key == key
            and problem.value.sentence("en")
            and problem.value.sentence("zh")
        )
    assert (problem.value.key, key) == ("data.missing_role", "data.missing_role")
    with pytest.raises(AnalysisError) as problem:
        replenish(one, pd.DataFrame({"series": ["a"], "on_hand": [1], "lead_time": [4]}))
    assert problem.value.details["needed"] == 5 and problem.value.details["horizon"] == 3


def test_periods_end_where_the_calendar_says():
    def edges(dates, every=None):
        return (
            period_edges(np.array(dates, dtype="datetime64[ns]"), every)
            .astype("datetime64[D]")
            .astype(str)
            .tolist()
        )

    assert edges(["2024-02-01"], "month") == ["2024-02-01", "2024-03-01"]
    assert edges(["2024-01-01", "2024-01-08"]) == ["2024-01-01", "2024-01-08", "2024-01-15"]
    assert edges(["2024-01-01", "2024-04-01"]) == ["2024-01-01", "2024-04-01", "2024-07-01"]


# Totals and parts


def hierarchy_case(seed=0, parts=4, steps=6, errors=40):
    rng = np.random.default_rng(seed)
    names = [f"p{at}" for at in range(parts)]
    past = {name: rng.gamma(9, 10, 36) for name in names}
    past["all"] = np.sum([past[name] for name in names], axis=0)
    means = {
        "all": rng.uniform(60, 140, steps) * parts,
        **{name: rng.uniform(40, 120, steps) for name in names},
    }
    common = rng.normal(0, 5, errors)
    missed = {name: 2 * common + rng.normal(0, 8, errors) for name in names}
    missed["all"] = np.sum([missed[name] for name in names], axis=0) * 0.4 + rng.normal(
        0, 4, errors
    )
    return a_forecast(
        means,
        {name: np.full(steps, 9.0 if name != "all" else 20.0) for name in means},
        past,
        missed,
    )


@pytest.mark.parametrize("method", ["mint", "bottom_up"])
def test_reconciled_forecasts_add_up_and_are_not_negative(method):
    case = hierarchy_case()
    found = reconcile(case, options=ReconcileOptions(method=method))
    wide = found.ahead.pivot(index="date", columns="series", values="value")
    assert np.allclose(wide["all"], wide.drop(columns="all").sum(axis=1), rtol=1e-12)
    assert (found.ahead[FIGURES] >= 0).all().all()
    assert (found.ahead["lo_95"] <= found.ahead["lo_80"]).all() and (
        found.ahead["lo_80"] <= found.ahead["value"]
    ).all()
    assert (found.ahead["value"] <= found.ahead["hi_80"]).all() and (
        found.ahead["hi_80"] <= found.ahead["hi_95"]
    ).all()
    assert list(found.ahead["series"].unique()) == list(case.ahead["series"].unique())
    base = case.ahead.set_index(["series", "date"])
    ours = found.ahead.set_index(["series", "date"])
    assert (ours["base_value"] == base["value"]).all()
    if method == "bottom_up":
        parts = [name for name in base.index.levels[0] if name != "all"]
        assert np.allclose(ours.loc[parts, FIGURES], base.loc[parts, FIGURES])
        assert found.weights == "none" and found.summary()["shrinkage"] is None
    else:
        assert found.weights == "backtest" and 0 <= found.shrinkage <= 1
    # Errors that go together make the total less sure than errors that cancel.
    width = (ours["hi_95"] - ours["lo_95"]).loc["all"].mean()
    alone = np.sqrt(4) * 2 * 1.96 * 9
    assert method == "mint" or width > 1.1 * alone


def test_mint_is_its_textbook_formula_and_that_of_the_package():
    case = hierarchy_case(3)
    found = reconcile(case)
    order = ["all", "p0", "p1", "p2", "p3"]
    errors = case.backtest.pivot(index="date", columns="series", values="value")[order].to_numpy()
    covariance, _ = shrunk_covariance(errors)
    sums = np.vstack([np.ones(4), np.eye(4)])
    inverse = np.linalg.inv(covariance)
    base = case.ahead.pivot(index="date", columns="series", values="value")[order].to_numpy()
    by_book = base @ (sums @ np.linalg.solve(sums.T @ inverse @ sums, sums.T @ inverse)).T
    ours = found.ahead.pivot(index="date", columns="series", values="value")[order].to_numpy()
    assert np.allclose(ours, by_book, rtol=1e-9)
    # The package takes errors about their mean, and refuses errors whose mean is zero: hence the 1.
    methods = pytest.importorskip("hierarchicalforecast.methods")
    centred = errors - errors.mean(axis=0)
    hers = (
        methods.MinTrace("mint_cov", nonnegative=False)
        .fit_predict(
            S=sums, y_hat=base.T, y_insample=1 + centred.T, y_hat_insample=np.zeros_like(centred.T)
        )["mean"]
        .T
    )
    whole = np.linalg.inv(centred.T @ centred)
    assert np.allclose(
        hers, base @ (sums @ np.linalg.solve(sums.T @ whole @ sums, sums.T @ whole)).T, rtol=1e-6
    )
    shrunk = methods.MinTrace("mint_shrink", nonnegative=False)
    shrunk.fit(
        S=sums, y_hat=base.T, y_insample=1 + centred.T, y_hat_insample=np.zeros_like(centred.T)
    )
    mine, how_much = shrunk_covariance(centred)
    deviation = np.sqrt(np.diag(shrunk.W))
    theirs = shrunk.W / np.outer(deviation, deviation)
    kept = np.diag(1 / np.sqrt(np.diag(mine))) @ mine @ np.diag(1 / np.sqrt(np.diag(mine)))
    assert np.allclose(theirs, kept, atol=0.02) and 0 < how_much < 1


def test_reconciling_brings_the_total_nearer_when_it_knows_better():
    """Parts that are noisy and a total that is good: MinT moves the parts toward the truth, in the mean over many cases."""
    rng = np.random.default_rng(1)
    before, after = [], []
    for _ in range(15):
        truth = rng.uniform(50, 100, (3, 4))
        errors = {f"p{at}": rng.normal(0, 15, 60) for at in range(3)} | {
            "all": rng.normal(0, 3, 60)
        }
        means = {f"p{at}": np.maximum(truth[at] + rng.normal(0, 15, 4), 0) for at in range(3)}
        means = {"all": truth.sum(axis=0) + rng.normal(0, 3, 4), **means}
        past = {name: np.full(24, 10.0) for name in means} | {"all": np.full(24, 30.0)}
        case = a_forecast(means, dict.fromkeys(means, 15.0), past, errors)
        got = reconcile(case, options=ReconcileOptions(samples=200)).ahead
        for at in range(3):
            before.append(np.mean((means[f"p{at}"] - truth[at]) ** 2))
            after.append(
                np.mean((got.loc[got["series"] == f"p{at}", "value"].to_numpy() - truth[at]) ** 2)
            )
    assert np.mean(after) < 0.85 * np.mean(before)


def test_two_levels_and_hierarchies_that_are_wrong():
    rng = np.random.default_rng(0)
    means = {name: rng.uniform(10, 20, 3) for name in ("a1", "a2", "b1")} | {
        "A": np.full(3, 40.0),
        "B": np.full(3, 12.0),
        "T": np.full(3, 60.0),
        "solo": np.full(3, 1.0),
    }
    past = {name: np.full(24, 5.0) for name in ("a1", "a2", "b1", "B")} | {
        "A": np.full(24, 10.0),
        "T": np.full(24, 15.0),
    }
    case = a_forecast(means, dict.fromkeys(means, 2.0), past)
    tree = pd.DataFrame(
        {"series": ["a1", "a2", "b1", "A", "B", "T"], "parent": ["A", "A", "B", "T", "T", None]}
    )
    found = reconcile(case, tree)
    wide = found.ahead.pivot(index="date", columns="series", values="value")
    assert (
        np.allclose(wide["T"], wide["A"] + wide["B"])
        and np.allclose(wide["A"], wide["a1"] + wide["a2"])
        and np.allclose(wide["B"], wide["b1"])
    )
    assert found.weights == "structure" and said(found.notes) == ["structure", "not_in_hierarchy"]
    assert found.totals.set_index("series")["level"].to_dict() == {
        "T": 2,
        "A": 1,
        "B": 1,
        "a1": 0,
        "a2": 0,
        "b1": 0,
    }
    for wrong, key in (
        (pd.DataFrame({"series": ["a1"], "parent": ["Z"]}), "planning.hierarchy_unknown"),
        (pd.DataFrame({"series": ["A", "T"], "parent": ["T", "A"]}), "planning.hierarchy_loop"),
        (pd.DataFrame({"series": ["a1"], "parent": ["T"]}), "planning.parts_do_not_sum"),
        (None, "planning.no_hierarchy"),
    ):
        with pytest.raises(AnalysisError) as problem:
            reconcile(case, wrong)
        assert (
            problem.value.key == key
            and problem.value.sentence("en")
            and problem.value.sentence("zh")
        )


def test_the_total_of_the_parts_can_be_made():
    parts = pd.DataFrame(
        {
            "series": ["a", "b", "a"],
            "date": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-02-01"]),
            "value": [1.0, 2.0, np.nan],
        }
    )
    got = with_total(parts)
    assert (
        got["series"].tolist() == ["all", "all", "a", "b", "a"]
        and got["value"].tolist()[0] == 3
        and np.isnan(got["value"].tolist()[1])
    )
    assert with_total(got).equals(got[["series", "date", "value"]])
    # A total is of a period not yet over where any part is.
    parts["partial"] = [False, True, False]
    assert with_total(parts)["partial"].tolist() == [True, False, False, True, False]


# Values by hand, scenarios


@st.composite
def aheads(draw):
    count = draw(st.integers(1, 6))
    values = draw(st.lists(st.floats(0, 1e6), min_size=count, max_size=count))
    value = np.array(values)
    return pd.DataFrame(
        {
            "series": "a",
            "date": pd.date_range("2024-01-01", periods=count, freq="MS"),
            "value": value,
            "lo_80": value * 0.8,
            "hi_80": value * 1.2 + 1,
            "lo_95": value * 0.5,
            "hi_95": value * 1.5 + 2,
        }
    )


@settings(max_examples=25)
@given(
    ahead=aheads(),
    new=st.floats(0, 1e6),
    place=st.integers(0, 5),
    intervals=st.sampled_from(["scale", "shift"]),
)
def test_an_override_taken_back_leaves_no_trace(ahead, new, place, intervals):
    ours = pd.DataFrame(
        {
            "series": ["a"],
            "date": [ahead["date"].iloc[place % len(ahead)]],
            "value": [new],
            "note": ["fair"],
        }
    )
    done = override(ahead, ours, intervals=intervals)
    row = done.ahead.iloc[place % len(ahead)]
    assert (
        row["value"] == new
        and row["model_value"] == ahead["value"].iloc[place % len(ahead)]
        and row["note"] == "fair"
    )
    assert (done.ahead[FIGURES] >= 0).all().all()
    assert (done.ahead["lo_80"] <= done.ahead["value"] * (1 + 1e-9) + 1e-6).all() and (
        done.ahead["value"] <= done.ahead["hi_80"] * (1 + 1e-9) + 1e-6
    ).all()
    back = override(done.ahead, ours.iloc[:0])
    pd.testing.assert_frame_equal(back.ahead[ahead.columns.tolist()], ahead)
    assert not back.ahead["overridden"].any() and back.summary()["overridden"] == 0
    again = override(done.ahead, ours, intervals=intervals)
    pd.testing.assert_frame_equal(again.ahead, done.ahead)
    kept = overrides_from_records(json.loads(json.dumps(overrides_to_records(ours))))
    pd.testing.assert_frame_equal(override(ahead, kept, intervals=intervals).ahead, done.ahead)


def test_overrides_that_meet_no_period_are_told_and_impossible_ones_refused():
    ahead = a_forecast({"a": [10.0, 10.0]}, {"a": 1.0}).ahead
    ours = pd.DataFrame(
        {
            "series": ["a", "a", "b"],
            "date": ["2024-01-01", "2023-01-01", "2024-01-01"],
            "value": [5, 5, 5],
        }
    )
    done = override(ahead, ours)
    assert (
        len(done.applied) == 1
        and len(done.unmatched) == 2
        and said(done.notes) == ["override_unmatched"]
    )
    assert done.summary()["change"] == pytest.approx(-0.25)
    for value in (-1.0, np.nan, np.inf):
        with pytest.raises(AnalysisError) as problem:
            override(
                ahead, pd.DataFrame({"series": ["a"], "date": ["2024-01-01"], "value": [value]})
            )
        assert problem.value.key == "planning.override_value" and problem.value.sentence("zh")
    assert overrides_from_records([]).empty


@settings(max_examples=25)
@given(
    ahead=aheads(), elasticity=st.floats(-5, 0), measure=st.sampled_from(["quantity", "revenue"])
)
def test_a_scenario_of_nothing_changes_nothing(ahead, elasticity, measure):
    got = scenario(ahead, ScenarioOptions(elasticity=elasticity), measure=measure)
    pd.testing.assert_frame_equal(got.ahead[ahead.columns.tolist()], ahead)
    assert got.assumption == () and got.summary()["change"] == 0


def test_scenarios_multiply_by_what_they_assume():
    ahead = a_forecast({"a": np.full(4, 100.0), "b": np.full(4, 10.0)}, {"a": 10.0, "b": 1.0}).ahead
    price = scenario(ahead, ScenarioOptions(price=-0.1, elasticity=-2.0))
    assert price.ahead["factor"].tolist() == pytest.approx([0.9**-2] * 8)
    assert (price.ahead["hi_95"] / ahead["hi_95"]).tolist() == pytest.approx([0.9**-2] * 8)
    assert scenario(
        ahead, ScenarioOptions(price=-0.1, elasticity=-2.0), measure="revenue"
    ).summary()["share"] == pytest.approx(0.9**-1 - 1)
    fair = scenario(
        ahead,
        ScenarioOptions(promotion=0.5, promotion_dates=("2024-02-14", "2024-02-20", "2024-04-30")),
        series=["a"],
    )
    assert fair.ahead["factor"].tolist() == [1, 1.5, 1, 1.5, 1, 1, 1, 1]
    assert fair.totals.set_index("series")["change"].to_dict() == {"a": 100, "b": 0}
    slow = scenario(
        ahead, ScenarioOptions(growth=0.2, growth_form="gradual", start="2024-02-15"), series=["a"]
    )
    assert slow.ahead["factor"].tolist()[:4] == pytest.approx([1, 1, 1.1, 1.2])
    both = scenario(
        ahead,
        ScenarioOptions(
            growth=0.1,
            price=0.2,
            promotion=1.0,
            promotion_dates=("2024-01-01",),
            start="2024-01-01",
        ),
        measure="revenue",
    )
    assert [key.rpartition(".")[2] for key, _ in both.assumption] == [
        "growth",
        "price",
        "revenue",
        "promotion",
        "start",
    ]
    assert all(
        say(key, language, **details)
        for key, details in both.assumption
        for language in ("en", "zh")
    )
    with pytest.raises(AnalysisError) as problem:
        scenario(ahead, ScenarioOptions(promotion=0.5, promotion_dates=("2025-01-01",)))
    assert problem.value.key == "planning.promotion_outside" and problem.value.sentence("zh")
    with pytest.raises(AnalysisError):
        scenario(ahead, series=["x"])


# Scores


def test_a_kept_forecast_is_scored_by_hand():
    past = {"a": np.array([10.0, 20.0, 12.0, 22.0])}
    one = a_forecast({"a": [14.0, 24.0, 16.0]}, {"a": 1.0}, past, season=2)
    ours = override(
        one.ahead,
        pd.DataFrame({"series": ["a"], "date": ["2024-02-01"], "value": [30.0], "note": ["fair"]}),
    )
    kept = forecast_to_keep(one, ours)
    assert (
        kept["naive"].tolist() == [12, 22, 12]
        and kept["scale"].tolist() == [2, 2, 2]
        and kept["step"].tolist() == [1, 2, 3]
    )
    assert (kept["made"] == pd.Timestamp("2023-12-01")).all()
    came = pd.DataFrame(
        {
            "series": "a",
            "date": pd.to_datetime(["2024-01-15", "2024-02-01", "2024-03-01"]),
            "value": [15.0, 28.0, 3.0],
            "partial": [False, False, True],
        }
    )
    found = score_forecast(kept, came)
    assert (
        found.periods["error"].tolist() == [-1, 2]
        and len(found.waiting) == 1
        and said(found.notes) == ["partial", "waiting"]
    )
    scores = found.scores[found.scores["series"] == "a"].set_index("forecaster")
    assert scores["mae"].to_dict() == {"final": 1.5, "model": 2.5, "seasonal_naive": 4.5}
    assert scores["mase"].to_dict() == {"final": 0.75, "model": 1.25, "seasonal_naive": 2.25}
    assert (
        scores.loc["final", "mape"] == pytest.approx(50 * (1 / 15 + 2 / 28))
        and scores.loc["final", "bias"] == 0.5
    )
    assert scores.loc["final", "smape"] == pytest.approx(100 * (1 / 29 + 2 / 58)) and scores.loc[
        "final", "rmse"
    ] == pytest.approx(np.sqrt(2.5))
    added = found.added[found.added["series"] == "a"].set_index("by")
    assert added.loc["model", "added"] == pytest.approx(1 - 2.5 / 4.5) and added.loc[
        "hand", "added"
    ] == pytest.approx(1 - 2 / 4)
    assert (
        found.periods["inside_80"].tolist() == [True, False] and found.summary()["inside_95"] == 1.0
    )
    assert found.summary()["added_by_hand"] == pytest.approx(0.5)
    later = came.assign(date=pd.to_datetime(["2025-01-01", "2025-02-01", "2025-03-01"]))
    with pytest.raises(AnalysisError) as problem:
        score_forecast(kept, later)
    assert problem.value.key == "planning.no_actuals" and problem.value.sentence("zh")
    with pytest.raises(AnalysisError) as problem:
        score_forecast(came, came)
    assert problem.value.key == "planning.not_kept" and problem.value.sentence("en")


def test_without_hands_the_plan_is_the_model_and_several_series_are_scored_together():
    one = a_forecast(
        {"a": [10.0, 10.0], "b": [0.0, 4.0]},
        {"a": 1.0, "b": 1.0},
        {"a": np.full(24, 9.0), "b": np.arange(24.0)},
    )
    came = pd.DataFrame(
        {
            "series": ["a", "a", "b", "b"],
            "date": list(one.ahead["date"].iloc[:2]) * 2,
            "value": [8.0, 12.0, 0.0, 4.0],
        }
    )
    found = score_forecast(forecast_to_keep(one), came)
    assert (
        found.summary()["mae"] == 1
        and found.summary()["mae"] == found.summary()["mae_model"]
        and found.summary()["added_by_hand"] is None
    )
    assert found.summary()["waiting"] == 0 and found.notes == ()
    assert np.isnan(
        found.scores.set_index(["series", "forecaster"]).loc[("a", "final"), "mase"]
    )  # a past that never changed has no scale


# Decomposition


def test_strengths_tell_season_and_trend_from_noise():
    rng = np.random.default_rng(0)
    months = pd.date_range("2016-01-01", periods=96, freq="MS")
    at = np.arange(96)
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "series": "season",
                    "date": months,
                    "value": 100 + 20 * np.sin(2 * np.pi * at / 12) + rng.normal(0, 1, 96),
                }
            ),
            pd.DataFrame(
                {"series": "trend", "date": months, "value": 100 + 2 * at + rng.normal(0, 1, 96)}
            ),
            pd.DataFrame({"series": "noise", "date": months, "value": 100 + rng.normal(0, 1, 96)}),
        ]
    )
    found = decompose(table, DecompositionOptions(scale="additive"))
    strength = found.strength.set_index("series")
    assert (
        strength.loc["season", "season_strength"] > 0.95
        and strength.loc["trend", "trend_strength"] > 0.99
    )
    assert (
        strength.loc["noise", "season_strength"] < 0.6
        and strength.loc["trend", "season_strength"] < 0.6
    )
    assert (strength.loc["season", "peak"], strength.loc["season", "trough"]) == (4, 10)
    parts = found.parts
    assert np.allclose(parts["trend"] + parts["season"] + parts["remainder"], parts["value"])
    assert np.allclose(parts["adjusted"], parts["value"] - parts["season"])
    assert (
        found.seasonal["position"].max() == 12
        and found.seasonal["cycle"].nunique() == 8
        and found.every == "month"
    )


def test_short_gappy_constant_and_daily_series_get_what_can_be_told():
    months = pd.date_range("2020-01-01", periods=40, freq="MS")
    values = 50 + 10.0 * (np.arange(40) % 12 == 11)
    values[[5, 6]] = np.nan
    table = pd.concat(
        [
            pd.DataFrame({"series": "gaps", "date": months, "value": values}),
            pd.DataFrame({"series": "one", "date": months[:1], "value": [3.0]}),
            pd.DataFrame({"series": "two", "date": months[:2], "value": [3.0, 4.0]}),
            pd.DataFrame(
                {"series": "five", "date": months[:5], "value": [3.0, 4.0, 5.0, 6.0, 7.0]}
            ),
            pd.DataFrame({"series": "same", "date": months, "value": 7.0}),
            pd.DataFrame({"series": "zero", "date": months, "value": 0.0}),
        ]
    )
    found = decompose(table)
    strength = found.strength.set_index("series")
    assert strength["method"].to_dict() == {
        "gaps": "stl",
        "one": "mean",
        "two": "mean",
        "five": "trend",
        "same": "trend",
        "zero": "trend",
    }
    assert strength.loc["gaps", "filled"] == 2 and strength.loc[
        "five", "trend_strength"
    ] == pytest.approx(1)
    assert {"filled", "mean_only", "no_season", "constant"} == set(said(found.notes))
    gaps = found.parts[found.parts["series"] == "gaps"]
    assert gaps["remainder"].isna().sum() == 2 and gaps["trend"].notna().all()
    days = pd.date_range("2021-01-01", periods=800, freq="D")
    at = np.arange(800)
    daily = decompose(
        pd.DataFrame(
            {
                "date": days,
                "value": 100 + 10 * (days.dayofweek == 5) + 20 * np.sin(2 * np.pi * at / 365),
            }
        )
    )
    assert (
        daily.strength["method"].iloc[0] == "mstl" and daily.strength["season"].iloc[0] == "7, 365"
    )
    assert daily.strength["season_strength"].iloc[0] > 0.9 and set(
        daily.seasonal["position"]
    ) == set(range(1, 8))
    weekly = decompose(
        pd.DataFrame(
            {
                "date": pd.date_range("2020-01-06", periods=120, freq="7D"),
                "value": 5 + np.sin(2 * np.pi * np.arange(120) / 52),
            }
        )
    )
    assert weekly.strength["season"].iloc[0] == "52" and weekly.every == "week"


def test_airpassengers_multiplies_and_peaks_in_july(real_data):
    table = pd.read_csv(real_data / "airpassengers" / "AirPassengers.csv")
    table.columns = ["date", "value"]
    table["date"] = pd.to_datetime(table["date"])
    found = decompose(table)
    strength = found.strength.iloc[0]
    assert strength["scale"] == "multiplicative" and (strength["peak"], strength["trough"]) == (
        7,
        11,
    )
    assert strength["season_strength"] > 0.95 and strength["trend_strength"] > 0.99
    assert np.allclose(
        found.parts["trend"] * found.parts["season"] * found.parts["remainder"],
        found.parts["value"],
    )
    assert find_anomalies(table).summary()["marks"] <= 6


# Odd values


def test_odd_values_closed_days_and_stock_outs_are_told_apart():
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=140, freq="D")
    week = np.tile([10, 10, 10, 10, 20, 30, 15], 20)
    tables = {name: rng.poisson(3 * week).astype(float) for name in ("a", "b", "c")}
    tables["a"][[50, 51, 52]] = 0
    tables["b"][70] = 400
    for values in tables.values():
        values[100] = 0
    tables["c"][125:] = 0
    table = pd.concat(
        [
            pd.DataFrame({"series": name, "date": days, "value": values})
            for name, values in tables.items()
        ]
    )
    marks = find_anomalies(table).marks
    told = {(row.series, int((row.date - days[0]).days)): row.kind for row in marks.itertuples()}
    assert all(told[("a", at)] == "stock_out" for at in (50, 51, 52)) and told[("b", 70)] == "high"
    assert all(told[("c", at)] == "ended" for at in range(125, 140))
    assert all(told[(name, 100)] == "closed" for name in "abc")
    others = [
        kind
        for place, kind in told.items()
        if place[1] not in (50, 51, 52, 70, 100) and not (place[0] == "c" and place[1] >= 125)
    ]
    assert len(others) <= 2
    stock_out = marks[marks["kind"] == "stock_out"]
    assert (
        set(stock_out["reason"]) == {"stock_out_others_sold"} and (stock_out["length"] == 3).all()
    )
    high = marks[(marks["kind"] == "high") & (marks["value"] == 400)].iloc[0]
    assert high["lo"] < high["expected"] < high["hi"] < 400 and high["score"] > 3
    found = find_anomalies(table)
    left = found.leave_out()
    assert ("a", "2024-02-20") in left and not any(
        series == "c" and day > "2024-05-04" for series, day in left
    )
    assert found.summary()["stock_out"] == 3
    for kind, reason in marks[["kind", "reason"]].drop_duplicates().itertuples(index=False):
        assert say(f"planning.kind.{kind}") and say(f"planning.reason.{reason}", "zh")


def test_a_lasting_jump_is_one_mark_and_a_single_peak_is_another():
    rng = np.random.default_rng(1)
    months = pd.date_range("2015-01-01", periods=96, freq="MS")
    value = 100 + rng.normal(0, 3, 96) + 10 * np.sin(np.arange(96) * np.pi / 6)
    jumped = value + 60 * (np.arange(96) >= 40)
    marks = find_anomalies(
        pd.DataFrame({"date": months, "value": jumped}), AnomalyOptions(season=12)
    ).marks
    assert (
        marks[["kind", "reason"]].values.tolist() == [["level_shift", "shift_up"]]
        and marks["date"].iloc[0] == months[40]
    )
    single = value.copy()
    single[40] += 60
    marks = find_anomalies(pd.DataFrame({"date": months, "value": single})).marks
    assert marks["kind"].tolist() == ["high"] and marks["date"].iloc[0] == months[40]


def test_quiet_series_are_left_alone():
    rng = np.random.default_rng(2)
    months = pd.date_range("2015-01-01", periods=84, freq="MS")
    tables = [
        pd.DataFrame({"series": f"s{at}", "date": months, "value": 100 + rng.normal(0, 10, 84)})
        for at in range(30)
    ]
    tables += [
        pd.DataFrame(
            {
                "series": f"w{at}",
                "date": months,
                "value": np.abs(200 + rng.normal(0, 5, 84).cumsum()),
            }
        )
        for at in range(30)
    ]
    tables += [
        pd.DataFrame(
            {"series": f"p{at}", "date": months, "value": rng.poisson(0.4, 84).astype(float)}
        )
        for at in range(30)
    ]
    found = find_anomalies(pd.concat(tables))
    assert len(found.marks) < 0.006 * 90 * 84
    # What is sold in winter only is not out of stock in summer, and few points are not judged.
    winter = pd.DataFrame(
        {
            "date": months,
            "value": np.where(np.isin(months.month, [11, 12, 1]), 50.0 + np.arange(84) % 7, 0.0),
        }
    )
    assert find_anomalies(winter).summary()["stock_out"] == 0
    assert find_anomalies(winter.iloc[:5]).marks.empty and list(
        find_anomalies(winter.iloc[:5]).marks.columns
    ) == list(found.marks.columns)


def test_a_product_without_figures_while_others_have_them_is_missing():
    days = pd.date_range("2024-01-01", periods=60, freq="D")
    value = 20.0 + np.arange(60) % 5
    gone = np.where((np.arange(60) >= 30) & (np.arange(60) < 34), np.nan, value)
    table = pd.concat(
        [
            pd.DataFrame({"series": "a", "date": days, "value": gone}),
            pd.DataFrame({"series": "b", "date": days, "value": value}),
        ]
    )
    assert find_anomalies(table).marks["kind"].tolist() == ["missing"] * 4
    assert find_anomalies(table[table["series"] == "a"]).marks.empty  # alone, a gap is not a zero


# New products


def launches(count, rng, periods=30, spread=0.3):
    months = pd.date_range("2020-01-01", periods=periods, freq="MS")
    curve = np.array([5, 10, 20, 30, 28, 25] + [24] * 40, dtype=float)
    rows = [pd.DataFrame({"series": "old", "date": months, "value": 100.0})]
    for at in range(count):
        born = 2 + at % 10
        value = (
            curve[: periods - born]
            * rng.lognormal(0, spread)
            * rng.lognormal(0, 0.1, periods - born)
        )
        rows.append(pd.DataFrame({"series": f"s{at}", "date": months[born:], "value": value}))
    return pd.concat(rows), months, curve


def test_a_new_product_begins_as_its_category_did():
    rng = np.random.default_rng(0)
    demand, months, curve = launches(12, rng)
    categories = pd.DataFrame(
        {"series": [f"s{at}" for at in range(12)] + ["old"], "category": ["tea"] * 12 + ["mugs"]}
    )
    found = new_product(
        demand, categories, name="new", category="tea", options=NewProductOptions(horizon=8)
    )
    assert (
        found.ahead["date"].iloc[0] == pd.Timestamp("2022-07-01")
        and len(found.ahead) == 8
        and len(found.siblings) == 12
    )
    assert np.abs(found.ahead["value"] / curve[:8] - 1).max() < 0.4 and "old" not in set(
        found.siblings["series"]
    )
    assert (found.ahead["lo_95"] <= found.ahead["lo_80"]).all() and (
        found.ahead["hi_80"] <= found.ahead["hi_95"]
    ).all()
    assert said(found.notes) == ["borrowed"] and found.category == "tea" and found.observed.empty
    assert new_product(demand, categories, name="new", category="tea", start="2023-01-10").ahead[
        "date"
    ].iloc[0] == pd.Timestamp("2023-01-01")
    # Two months of its own, twice the usual: the rest twice the usual too, and surer than without them.
    newborn = pd.DataFrame({"series": "new", "date": months[-2:], "value": [10.0, 20.0]})
    scaled = new_product(
        pd.concat([demand, newborn]),
        categories,
        name="new",
        category="tea",
        options=NewProductOptions(horizon=4),
    )
    assert (
        np.abs(scaled.ahead["value"] / (2 * curve[2:6]) - 1).max() < 0.15
        and len(scaled.observed) == 2
    )
    unsure, surer = (
        float(((each["hi_80"] - each["lo_80"]) / each["value"]).iloc[2])
        for each in (found.ahead, scaled.ahead)
    )
    assert surer < 0.7 * unsure and said(scaled.notes) == ["borrowed", "scaled"]
    alone = new_product(demand, categories, name="new", category="mugs")
    assert alone.category == "" and said(alone.notes) == ["borrowed", "all_categories"]
    assert new_product(demand, name="new", options=NewProductOptions(level=2.0)).ahead[
        "value"
    ].iloc[0] == pytest.approx(2 * found.ahead["value"].iloc[0])
    with pytest.raises(AnalysisError) as problem:
        new_product(demand[demand["series"].isin(["old", "s0"])], name="new")
    assert problem.value.key == "planning.too_few_siblings" and problem.value.sentence("zh")


def test_intervals_of_new_products_cover_what_they_say():
    rng = np.random.default_rng(5)
    inside = {80: 0, 95: 0}
    rounds = 100
    for _ in range(rounds):
        count = int(rng.integers(5, 14))
        demand, _, curve = launches(count, rng, periods=16, spread=0.5)
        truth = curve[3] * rng.lognormal(0, 0.5) * rng.lognormal(0, 0.1)
        got = new_product(demand, name="new", options=NewProductOptions(horizon=4)).ahead.iloc[3]
        for level in inside:
            inside[level] += got[f"lo_{level}"] <= truth <= got[f"hi_{level}"]
    assert 0.72 <= inside[80] / rounds <= 0.92 and inside[95] / rounds >= 0.90


# Customers, files


def test_segments_of_customers_become_series_and_orders_a_customer():
    table = pd.DataFrame(
        {
            "customer": ["a", "b", None, "z"],
            "order": ["1", "2", "3", "4"],
            "date": pd.to_datetime(["2024-01-01"] * 4),
        }
    )
    members = pd.DataFrame({"customer": ["a", "b", "c"], "segment": ["loyal", "new", "new"]})
    got = with_segments(table, members)
    assert (
        got["segment"].iloc[:2].tolist() == ["loyal", "new"]
        and got["segment"].isna().tolist() == [False, False, True, True]
        and "segment" not in table
    )
    with pytest.raises(AnalysisError) as problem:
        with_segments(table.iloc[3:], members)
    assert problem.value.key == "planning.no_members" and problem.value.sentence("zh")
    found = orders_per_customer(
        a_forecast(
            {"loyal": np.full(4, 30.0), "new": np.full(4, 10.0)}, {"loyal": 3.0, "new": 1.0}
        ),
        members,
    )
    assert (
        found["segment"].tolist() == ["loyal", "new"]
        and found["per_customer"].tolist() == [120, 20]
        and found["share"].tolist() == [0.75, 0.25]
    )
    assert (found["lo_95"] < found["lo_80"]).all() and (found["hi_80"] > found["expected"]).all()
    table = pd.DataFrame({"product": ["x", "x", "x"], "category": ["b", "a", None]})
    assert categories_of(table).values.tolist() == [["x", "a"]]


def test_long_and_wide_files_hold_forecast_hand_and_sums():
    case = hierarchy_case()
    hand = override(
        case.ahead,
        pd.DataFrame(
            {"series": ["p0"], "date": ["2024-02-01"], "value": [500.0], "note": ["=fair"]}
        ),
    )
    long = long_form(
        case, overridden=hand, reconciled=reconcile(case, ahead=hand.ahead), history=True
    )
    assert long.columns.tolist()[:8] == ["series", "date", "kind", *FIGURES] and {
        "model_value",
        "note",
        "reconciled",
        "reconciled_hi_95",
    } <= set(long.columns)
    row = long[(long["series"] == "p0") & (long["date"] == pd.Timestamp("2024-02-01"))].iloc[0]
    assert (
        row["value"] == 500
        and row["note"] == "=fair"
        and row["model_value"] != 500
        and 0 < row["reconciled"] <= 500 * 1.2
    )
    assert (long["kind"] == "history").sum() == 5 * 36 and long["note"].notna().all()
    assert long["series"].drop_duplicates().tolist() == ["all", "p0", "p1", "p2", "p3"]
    wide = wide_form(long[long["kind"] == "ahead"], ("value", "lo_80", "hi_80", "absent"))
    assert wide.columns.tolist() == [
        "series",
        "figure",
        *pd.date_range("2024-01-01", periods=6, freq="MS").strftime("%Y-%m-%d"),
    ]
    assert wide["figure"].tolist()[:3] == ["value", "lo_80", "hi_80"] and len(wide) == 15
    assert wide.loc[3, "2024-02-01"] == 500
    assert long_form(case)["value"].tolist() == case.ahead["value"].tolist()


def test_from_orders_to_an_order_list_and_a_score():
    """The whole way with a real forecast: orders by product, a total, a stock-out left out, sums that agree, a value by hand, packs, and the actuals."""
    rng = np.random.default_rng(0)
    days = pd.date_range("2021-01-01", "2023-12-31", freq="D")
    sold = {"tea": rng.poisson(5, len(days)), "mug": rng.poisson(2, len(days))}
    lines = pd.concat(
        [
            pd.DataFrame(
                {"product": name, "date": days, "quantity": count, "customer": "c1", "order": "o"}
            )
            for name, count in sold.items()
        ]
    )
    gone = (lines["product"] == "tea") & lines["date"].between("2022-05-01", "2022-05-31")
    lines = lines[~gone & (lines["quantity"] > 0)]
    whole = with_total(demand(lines, every="month", by="product"))
    past = whole[whole["date"] < "2023-10-01"]
    odd = find_anomalies(past)
    assert ("tea", "2022-05-01") in odd.leave_out()
    one = forecast(past, ForecastOptions(horizon=3, model="theta", left_out=odd.leave_out()))
    assert (one.history["mark"] == "left_out").sum() == len(odd.leave_out())
    hand = override(
        one.ahead,
        pd.DataFrame(
            {
                "series": ["tea"],
                "date": ["2023-11-01"],
                "value": [160.0],
                "note": ["as in every year"],
            }
        ),
    )
    agreed = reconcile(one, ahead=hand.ahead)
    wide = agreed.ahead.pivot(index="date", columns="series", values="value")
    assert np.allclose(wide["all"], wide["tea"] + wide["mug"])
    stock = pd.DataFrame({"series": ["tea", "mug"], "on_hand": [100, 500], "pack": [24, 10]})
    orders = replenish(
        one, stock, InventoryOptions(unit="day", lead_time=20, review=10), ahead=agreed.ahead
    ).orders.set_index("series")
    assert orders.loc["mug", "order"] == 0 and orders.loc["tea", "order"] % 24 == 0
    assert (
        orders.loc["tea", "expected_cycle"] == pytest.approx(150, rel=0.1)
        and 155 <= orders.loc["tea", "order_up_to"] <= 240
    )
    found = score_forecast(forecast_to_keep(one, hand), whole)
    assert (
        found.summary()["periods"] == 9
        and found.summary()["waiting"] == 0
        and found.summary()["mape"] < 15
        and found.summary()["added_by_hand"] is not None
    )
    text = long_form(one, overridden=hand, reconciled=agreed, history=True)
    assert (text["kind"] == "ahead").sum() == 9 and text.loc[
        text["kind"] == "ahead", "reconciled"
    ].notna().all()
