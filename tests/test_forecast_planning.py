"""From a forecast to plans: values by hand, scenarios, new products, segments, exports."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from crm_analysis.analyses.forecast import ForecastOptions, demand, forecast
from crm_analysis.analyses.forecast.planning.forms import long_form, wide_form
from crm_analysis.analyses.forecast.planning.inventory import (
    InventoryOptions,
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
    replace_overrides,
)
from crm_analysis.analyses.forecast.planning.reconciliation import (
    reconcile,
    with_total,
)
from crm_analysis.analyses.forecast.planning.scenarios import (
    ScenarioOptions,
    scenario,
)
from crm_analysis.analyses.forecast.planning.scoring import (
    forecast_to_keep,
    score_forecast,
)
from crm_analysis.analyses.forecast.series.anomalies import find_anomalies
from tests.made_forecasts import (
    FIGURES,
    by_hand,
    forecast_of,
    forecast_with_parts,
    names_of,
    refused,
    side_by_side,
)

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
    saved = overrides_from_records(
        json.loads(json.dumps(overrides_to_records(own)))
    )
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
    result = scenario(
        ahead, ScenarioOptions(elasticity=elasticity), measure=measure
    )
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
        result = new_product(
            products, name="new", options=NewProductOptions(horizon=4)
        )
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
    several = pd.DataFrame(
        {"product": ["x", "x", "x"], "category": ["b", "a", None]}
    )
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
