"""The state of the business: hand-computed cases, laws, the sample shop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.value import BusinessOptions, business_state
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.samples import planted
from crm_analysis.wording import LANGUAGES, has, say
from tests.value_orders import order_lines, sample_orders


def test_measures_and_months_are_those_by_hand() -> None:
    """Period: the 30 days to 31 March; lost after 45 days of silence."""
    orders = order_lines(
        ("loyal", "2024-01-05", 10),
        ("loyal", "2024-02-05", 10),
        ("loyal", "2024-03-05", 20),
        ("left", "2024-01-10", 7),
        ("left", "2024-02-01", 8),
        ("new", "2024-03-20", 30),
        ("late", "2024-02-10", 5),
        ("late", "2024-02-20", 6),
        ("loyal", "2024-03-10", -5),
        ("far", "2023-11-01", 1),
    )
    got = business_state(
        orders, "2024-03-31", BusinessOptions(period_days=30, lost_after=45)
    )
    assert {measure.name: measure.value for measure in got.measures} == {
        "customers": 5,
        "active": 3,
        "new": 1,
        "returned": 0,
        "lost": 1,
        "revenue": 45,
        "orders": 2,
        "repeat_rate": 0.5,
        "value_at_risk": 11,
    }
    assert got["revenue"].before == 29 and got["revenue"].change == pytest.approx(
        45 / 29 - 1
    )  # 1 February to 1 March: 8 + 10 + 5 + 6
    assert (
        got["customers"].before == 4
        and got["lost"].before == 0
        and got["lost"].change is None
    )
    assert got.at_risk["customer"].tolist() == ["late"] and got.at_risk[
        "usual_gap"
    ].tolist() == [10.0]
    assert got.period == ("2024-03-02", "2024-03-31") and got.previous == (
        "2024-02-01",
        "2024-03-01",
    )
    assert got.months["revenue"].tolist() == [1, 0, 17, 29, 45] and got.months[
        "customers"
    ].tolist() == [1, 1, 3, 4, 5]
    assert got["new"].months == (1, 0, 2, 1, 1)


def test_revenue_is_of_all_dated_lines_and_customers_are_those_known() -> None:
    """February 1 to March 1 and March 2 to 31; of March's 55 nobody known brought 30.

    So is all after the 20th; a line without a date is in no period.
    """
    orders = order_lines(
        ("loyal", "2024-01-05", 10),
        ("loyal", "2024-02-05", 10),
        ("loyal", "2024-03-05", 20),
        ("late", "2024-03-20", 5),
        (None, "2024-02-10", 40),
        (None, "2024-03-25", 35),
        (None, "2024-03-31", -5),
        (None, None, 100),
    )
    got = business_state(
        orders, options=BusinessOptions(period_days=30, lost_after=45)
    )
    assert got.as_of == "2024-03-31"  # the last line, whoever bought
    assert (got["revenue"].value, got["revenue"].before) == (55, 50)
    assert got.months["revenue"].tolist() == [10, 50, 55]
    assert (
        got["customers"].value,
        got["new"].value,
        got["value_at_risk"].value,
    ) == (2, 1, 0)
    assert (
        got["orders"].value is None
    )  # without order numbers, those of nobody known cannot be told apart
    assert (got.unnamed.lines, got.unnamed.money, got.unnamed.undated) == (
        4,
        170,
        1,
    )
    assert got.unnamed.share == pytest.approx(170 / 215)
    numbered = business_state(
        orders.assign(order=list("abcdefgh")),
        options=BusinessOptions(period_days=30),
    )
    assert (numbered["orders"].value, numbered["orders"].before) == (
        3,
        2,
    )  # the return alone is none


def test_shares_are_of_all_that_was_taken_in() -> None:
    orders = order_lines(
        *((who, f"2024-03-{day:02d}", 10) for who in "abcde" for day in (1, 9, 17)),
        (None, "2024-03-20", 150),
    )
    details = dict(business_state(orders).remarks)["value.remark.concentration"]
    assert details["share"] == pytest.approx(30 / 300) and details["of"] == 5


def test_a_change_through_sales_of_nobody_known_is_said_to_be_that() -> None:
    old = [
        (who, day, 10)
        for who in "ab"
        for day in ("2024-01-05", "2024-02-05", "2024-03-05", "2024-04-05")
    ]
    options = BusinessOptions(period_days=30)
    lines = order_lines(*old, (None, "2024-03-01", 10), (None, "2024-04-03", 30))
    details = dict(business_state(lines, options=options).remarks)[
        "value.remark.revenue_up"
    ]
    assert details["driver"] == "unnamed" and details[
        "driver_change"
    ] == pytest.approx(2)
    lines = order_lines(*old, (None, "2024-04-03", 30))
    said = dict(business_state(lines, options=options).remarks)
    assert "value.remark.revenue_up_plain" in said


@pytest.mark.slow
def test_active_and_lost_add_up() -> None:
    shop = sample_orders()
    got = business_state(shop)
    rows = got.months.set_index("month")
    flows = rows["new"] + rows["returned"] - rows["lost"]
    new = rows["new"].iloc[1:]
    assert rows["active"].diff().iloc[1:].tolist() == flows.iloc[1:].tolist()
    assert rows["returned"].sum() > 0
    assert rows["customers"].diff().iloc[1:].tolist() == new.tolist()


def shop_without_leavers(seed: int, leaving: float = 0.0) -> pd.DataFrame:
    """Customers of two years, each at an own rate; a share stops 100 days before the end."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(250):
        first = rng.uniform(0, 365)
        last = 630.0 if rng.random() < leaving else 730.0
        gaps = rng.exponential(rng.gamma(2.0, 20.0) + 5, 200)
        days = first + np.append(0.0, np.cumsum(gaps))
        rows += [(f"c{customer}", day) for day in days[days < last]]
    table = pd.DataFrame(rows, columns=["customer", "day"])
    table["date"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(
        table.pop("day").astype(int), unit="D"
    )
    return table


def test_a_shop_that_nobody_leaves_is_not_told_to_shrink() -> None:
    def said(table: pd.DataFrame) -> set[str]:
        return {remark.key for remark in business_state(table).remarks}

    shrinking = "value.remark.shrinking"
    assert (
        sum(shrinking in said(shop_without_leavers(seed)) for seed in range(10))
        <= 1
    )
    left = [said(shop_without_leavers(seed, leaving=0.4)) for seed in range(5)]
    assert all(shrinking in keys for keys in left)


def test_what_is_said_of_the_sample_shop_is_said_in_both_languages() -> None:
    shop = sample_orders()
    got = business_state(shop)
    assert len(got.remarks) == 3 and len({key for key, _ in got.remarks}) == 3
    for remark in got.remarks:
        key, details = remark
        for language in LANGUAGES:
            assert "{" not in say(key, language, **details)
        assert remark.page in {
            "value",
            "churn",
            "segments",
            "forecast",
            "engagement",
        }
    for measure in got.measures:
        assert has(f"value.measure.{measure.name}")
        assert has(f"value.measure_help.{measure.name}")


@pytest.mark.slow
def test_planted_churners_are_not_active_long() -> None:
    shop = sample_orders()
    truth = planted(customers=600)["churners"]
    got = business_state(shop)
    end = pd.Timestamp(got.as_of)
    gone = {
        who
        for who, day in truth.items()
        if (end - pd.Timestamp(day)).days > got.lost_after
    }
    assert gone and not gone & set(got.at_risk["customer"])


def test_every_remark_is_said() -> None:
    details = {
        "value": 1.0,
        "share": 0.2,
        "count": 2,
        "top": 1,
        "top_value": 1.0,
        "customers": 2,
        "of": 9,
        "new": 1,
        "lost": 2,
        "returned": 1,
        "before": 9,
        "active": 9,
        "chance": 4,
        "days": 90,
    }
    details |= {
        "lost_after": 60,
        "rate": 0.4,
        "points": 2.0,
        "change": 0.1,
        "driver": "buyers",
        "driver_change": 0.1,
    }
    for key in (
        "at_risk",
        "concentration",
        "growing",
        "shrinking",
        "level",
        "one_time",
        "repeat_up",
        "repeat_down",
        "revenue",
        "revenue_up",
        "revenue_down",
        "revenue_up_plain",
        "revenue_down_plain",
    ):
        for language in LANGUAGES:
            assert "{" not in say(f"value.remark.{key}", language, **details)


def test_without_amounts_and_on_one_day() -> None:
    got = business_state(
        pd.DataFrame(
            {"customer": ["a", "b"], "date": pd.to_datetime(["2024-01-01"] * 2)}
        )
    )
    assert (
        got["revenue"].value is None
        and got["customers"].value == 2
        and got["customers"].change is None
    )
    with pytest.raises(AnalysisError):
        business_state(order_lines(("a", "2024-01-01", 1)), "2023-01-01")


def test_a_day_before_the_record_is_refused() -> None:
    with pytest.raises(AnalysisError, match="No line"):
        business_state(order_lines(("a", "2024-01-01", 1)), "2023-12-31")


def test_a_remark_unpacks_into_its_key_and_details() -> None:
    remark = business_state(sample_orders()).remarks[0]
    key, details = remark
    assert (key, details) == (remark.key, remark.details)
    assert remark.weight > 0


@pytest.mark.parametrize("customer", ["a", None])
def test_infinite_money_is_refused(customer: str | None) -> None:
    lines = order_lines(
        ("a", "2024-01-01", 1), (customer, "2024-01-02", float("inf"))
    )
    with pytest.raises(AnalysisError, match="infinite in 1 line"):
        business_state(lines)
