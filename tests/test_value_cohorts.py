"""Cohorts: hand-computed cases, laws, the sample shop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.value import CohortOptions, cohorts, purchase_summary
from crm_analysis.errors import AnalysisError
from tests.value_orders import order_lines, sample_orders

ORDERS = order_lines(
    ("a", "2024-01-05", 10),
    ("a", "2024-02-10", 30),
    ("a", "2024-03-01", 5),
    ("b", "2024-01-20", 20),
    ("c", "2024-02-02", 8),
    ("c", "2024-03-20", 2),
    ("c", "2024-03-21", -1),
)


def test_retention_and_money_are_those_counted_by_hand() -> None:
    got = cohorts(ORDERS, CohortOptions(until="2024-03-25", acquisition_cost=20.0))
    retention, money = got.heat_map(), got.heat_map("cumulative_each")
    assert retention.loc["2024-01-01"].tolist() == [1.0, 0.5, 0.5]
    assert retention.loc["2024-02-01", [0, 1]].tolist() == [
        1.0,
        1.0,
    ] and np.isnan(retention.loc["2024-02-01", 2])
    assert money.loc["2024-01-01"].tolist() == [15.0, 30.0, 32.5]
    assert money.loc["2024-02-01", [0, 1]].tolist() == [8.0, 9.0]
    unfinished = got.unfinished()
    assert (
        unfinished.loc["2024-01-01"].tolist() == [False, False, True]
        and unfinished.loc["2024-02-01", 1] is np.True_
    ) or unfinished.loc["2024-02-01", 1]
    assert got.cohorts["payback"].iloc[0] == 2 and np.isnan(
        got.cohorts["payback"].iloc[1]
    )
    average = got.average.set_index("period")
    assert average["customers"].tolist() == [3, 2] and average[
        "retention"
    ].tolist() == [
        1.0,
        0.5,
    ]
    assert average["revenue_each"].tolist() == pytest.approx([38 / 3, 15.0])


def test_a_lower_margin_makes_payback_later() -> None:
    late = cohorts(
        ORDERS,
        CohortOptions(until="2024-03-25", acquisition_cost=20.0, margin=0.62),
    )
    assert late.cohorts["payback"].iloc[0] == 3


def test_the_lifetime_is_that_of_kaplan_and_meier_by_hand() -> None:
    """Two lost after 0 and 10 days, two still there at 20: S = 3/4, then 1/2.

    The mean is 10·3/4 + 10·1/2.
    """
    orders = order_lines(
        ("a", "2024-01-01", 1),
        ("b", "2024-01-01", 1),
        ("b", "2024-01-11", 1),
        ("c", "2024-05-01", 1),
        ("c", "2024-05-21", 1),
        ("d", "2024-05-01", 1),
        ("d", "2024-05-21", 1),
    )
    got = cohorts(orders, CohortOptions(lost_after=30))
    assert got.survival["share"].tolist() == pytest.approx([1.0, 0.75, 0.5, 0.5])
    assert (
        got.summary()["lifetime_days"] == pytest.approx(12.5)
        and got.summary()["lifetime_median_days"] == 10
    )


def test_weeks_begin_on_monday_and_quarters_in_january() -> None:
    orders = order_lines(("a", "2024-01-07", 1), ("b", "2024-01-08", 1))
    assert cohorts(orders, CohortOptions(every="week")).cohorts[
        "cohort"
    ].dt.day_name().tolist() == ["Monday", "Monday"]
    assert cohorts(orders, CohortOptions(every="quarter")).cohorts[
        "cohort"
    ].tolist() == [pd.Timestamp("2024-01-01")]


@pytest.mark.slow
def test_all_money_and_customers_are_in_the_cells() -> None:
    shop = sample_orders()
    got = cohorts(shop)
    known = shop[shop["customer"].notna() & (shop["date"].notna())]
    assert got.cells["revenue"].sum() == pytest.approx(
        purchase_summary(shop)["revenue"].sum()
    )
    assert (
        got.cohorts["customers"].sum()
        == known.loc[known["quantity"] >= 0, "customer"].nunique()
    )
    assert ((got.cells["retention"] <= 1) & (got.cells["retention"] >= 0)).all()
    assert (got.cells.loc[got.cells["period"] == 0, "retention"] == 1).all()
    assert got.heat_map().shape == got.unfinished().shape


def test_without_amounts_there_is_no_money() -> None:
    got = cohorts(ORDERS.drop(columns="amount"))
    assert "revenue" not in got.cells and got.summary()["payback"] is None


def test_money_of_orders_without_amounts_is_refused() -> None:
    made = cohorts(ORDERS.drop(columns="amount"))
    with pytest.raises(AnalysisError, match="no revenue"):
        made.heat_map("revenue")


def shop_met_midway(seed: int, growth: float, before: int) -> pd.DataFrame:
    """Orders of four years of a shop whose newcomers grow by `growth` a month.

    Six of ten come once. Of the others a tenth leaves after each order, the rest order again after
    60 days on average. Day 0 of the record lies `before` days after the first order.
    """
    rng = np.random.default_rng(seed)
    months = np.arange((before + 720) // 30)
    arrivals = rng.poisson(90 * np.exp(growth * (months - months.mean())))
    first = np.repeat(months * 30, arrivals) + rng.uniform(0, 30, arrivals.sum())
    orders = 1 + rng.geometric(0.1, len(first)) * (rng.random(len(first)) < 0.4)
    customer = np.repeat(np.arange(len(first)), orders)
    starts = np.cumsum(orders) - orders
    gaps = rng.exponential(60, len(customer))
    gaps[starts] = first
    day = pd.Series(gaps).groupby(customer).cumsum() - before
    origin = pd.Timestamp("2022-01-01")
    table = pd.DataFrame(
        {
            "customer": customer,
            "date": origin + pd.to_timedelta(np.floor(day), unit="D"),
            "quantity": 1.0,
            "amount": 10.0,
        }
    )
    return table[day < 720]


@pytest.mark.slow
@pytest.mark.parametrize("growth", [-0.02, 0.0, 0.02])
def test_customers_from_before_the_record_bend_no_average(growth: float) -> None:
    """The truth is what the same newcomers do in the whole record."""
    off, naive = [], []
    for seed in range(20):
        whole = shop_met_midway(seed, growth, before=720)
        start = pd.Timestamp("2022-01-01")
        since = whole.groupby("customer")["date"].transform("min") >= start
        truth = cohorts(whole[since]).average["retention"][1]
        got = cohorts(whole[whole["date"] >= start])
        assert got.cohorts["begun_before"].iloc[0]
        off.append(got.average["retention"][1] / truth - 1)
        later = got.cells[got.cells["finished"] & (got.cells["period"] == 1)]
        naive.append(later["active"].sum() / later["customers"].sum() / truth - 1)
    assert abs(np.mean(off)) < 0.1 < 0.15 < np.mean(naive)
    assert abs(np.mean(off)) < np.mean(naive) / 2


def test_a_shop_that_opens_with_the_record_has_no_cohort_from_before() -> None:
    marked = [
        cohorts(shop_met_midway(seed, 0.0, before=0)).summary()["begun_before"]
        for seed in range(10)
    ]
    assert sum(marked) <= 1


def test_the_share_not_yet_lost_begins_with_all_customers() -> None:
    curve = cohorts(ORDERS, CohortOptions(lost_after=5)).survival
    assert curve.iloc[0].tolist() == [0, 1.0]
    assert curve["share"].is_monotonic_decreasing
