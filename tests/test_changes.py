"""What changed between two tables of orders, and why: the parts add up to the whole."""

from __future__ import annotations

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.overview.changes import _divisia
from tests.workspaces import fails


def _shop(
    customers: int, orders: float, value: float, **columns: object
) -> pd.DataFrame:
    count = round(customers * orders)
    return pd.DataFrame(
        {
            "customer": [f"c{line % customers}" for line in range(count)],
            "order": [f"o{line}" for line in range(count)],
            "amount": value,
            **columns,
        }
    )


def _lines(*rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(
        rows, columns=["customer", "order", "date", "product", "amount"]
    )
    return table.assign(date=pd.to_datetime(table["date"]))


def test_the_textbook_case_is_decomposed_without_a_rest() -> None:
    changed = crm.what_changed(_shop(100, 2, 10.0), _shop(110, 1.8, 11.0))
    assert changed.drivers["driver"].tolist() == ["customers", "orders", "value"]
    assert changed.drivers["contribution"].round(2).tolist() == [
        198.98,
        -219.96,
        198.98,
    ]
    assert changed.drivers["after"].tolist() == [110.0, 1.8, pytest.approx(11)]
    assert changed.change == pytest.approx(178)


@hypothesis.given(
    *[st.lists(st.floats(0.01, 1e6), min_size=3, max_size=3) for _ in range(2)]
)
def test_the_parts_add_up_whatever_the_factors(
    before: list[float], after: list[float]
) -> None:
    whole = np.prod(after) - np.prod(before)
    scale = max(np.prod(after), np.prod(before))
    assert sum(_divisia(tuple(before), tuple(after))) == pytest.approx(
        whole, abs=1e-9 * scale
    )


def test_equal_tables_say_that_nothing_changed() -> None:
    shop = _shop(10, 2, 5.0)
    changed = crm.what_changed(shop, shop.sample(frac=1, random_state=0))
    assert changed.unchanged and changed.movers.empty
    assert changed.sentence.sentence("en").startswith("Nothing changed")
    assert changed.sentence.sentence("zh").startswith("没有变化")


def test_who_came_and_who_went_adds_up_in_heads_and_in_money() -> None:
    earlier = _lines(("back", "0", "2024-01-01", "tea", 9.0))
    before = _lines(
        ("stay", "1", "2024-03-01", "tea", 10.0),
        ("less", "2", "2024-03-02", "tea", 10.0),
        ("gone", "3", "2024-03-02", "milk", 30.0),
        (None, "4", "2024-03-02", "milk", 2.0),
    )
    after = _lines(
        ("stay", "5", "2024-04-01", "tea", 10.0),
        ("less", "6", "2024-04-02", "tea", 4.0),
        ("back", "7", "2024-04-02", "tea", 7.0),
        ("new", "8", "2024-04-03", "tea", 8.0),
        ("new", "9", "2024-04-04", "tea", -1.0),
    )
    changed = crm.what_changed(before, after, history=earlier)
    summary, groups = changed.summary(), changed.segments.set_index("segment")
    assert groups["customers"].to_dict() == {
        "new": 1,
        "returned": 1,
        "more": 0,
        "same": 1,
        "less": 1,
        "lapsed": 1,
        "unnamed": 0,
    }
    came = summary["new"] + summary["returned"] - summary["lapsed"]
    assert summary["customers_before"] + came == summary["customers_after"] == 4
    for table in (changed.drivers, changed.segments):
        assert table["contribution"].sum() == pytest.approx(changed.change)
    beside = changed.drivers.set_index("driver")["contribution"]
    assert beside["returns"] == -1 and beside["unnamed"] == -2
    movers = changed.movers[changed.movers["kind"] == "customer"]
    assert movers.iloc[0].to_dict() == {
        "kind": "customer",
        "name": "gone",
        "before": 30.0,
        "after": 0.0,
        "change": -30.0,
    }


def test_without_a_history_nobody_has_returned() -> None:
    changed = crm.what_changed(_shop(2, 1, 5.0), _shop(4, 1, 5.0))
    assert changed.summary()["new"] == 2 and changed.summary()["returned"] == 0


def test_orders_that_were_corrected_afterwards_are_named() -> None:
    before = _lines(
        ("a", "1", "2024-03-01", "tea", 10.0),
        ("b", "2", "2024-03-02", "tea", 10.0),
        ("c", "3", "2024-03-03", "tea", 5.0),
    )
    after = _lines(
        ("a", "1", "2024-03-01", "tea", 10.0),
        ("b", "2", "2024-03-02", "tea", 4.0),
        ("d", "4", "2024-03-09", "tea", 7.0),
    )
    changed = crm.what_changed(before, after)
    assert changed.corrected["order"].tolist() == ["2", "3"]
    assert changed.summary()["corrected_money"] == -11


@pytest.mark.parametrize("empty_first", [True, False])
def test_from_nothing_or_to_nothing_is_the_customers(empty_first: bool) -> None:
    shop = _shop(3, 1, 5.0)
    tables = [shop.head(0), shop] if empty_first else [shop, shop.head(0)]
    changed = crm.what_changed(*tables)
    first = changed.drivers.iloc[0]
    assert first["driver"] == "customers"
    assert first["contribution"] == (15 if empty_first else -15)
    assert changed.sentence.sentence("zh")


def test_a_month_that_goes_on_is_compared_with_the_same_days() -> None:
    days = pd.date_range("2024-02-01", "2024-03-10", freq="D")
    before, after = crm.same_days(pd.DataFrame({"date": days, "amount": 1.0}))
    assert before["amount"].sum() == after["amount"].sum() == 10
    whole = pd.date_range("2024-02-01", "2024-03-31", freq="D")
    before, after = crm.same_days(pd.DataFrame({"date": whole}))
    assert (len(before), len(after)) == (29, 31)
    long = pd.date_range("2024-02-01", "2024-03-30", freq="D")
    before, after = crm.same_days(pd.DataFrame({"date": long}))
    assert len(before) == len(after) == 29


def test_what_is_missing_is_said() -> None:
    with fails("data.missing_role"):
        crm.what_changed(pd.DataFrame({"x": [1]}), pd.DataFrame({"x": [1]}))
    with fails("overview.one_month"):
        crm.same_days(pd.DataFrame({"date": pd.to_datetime(["2024-02-01"])}))


def test_amounts_and_names_that_are_no_such_thing_do_no_harm() -> None:
    odd = _lines(
        ("", "1", "2024-03-01", "tea", np.inf),
        (" ", "1", "2024-03-01", "tea", np.nan),
        ("a", None, "2024-03-01", None, 3.0),
    )
    changed = crm.what_changed(odd, odd.assign(is_sale=[True, True, False]))
    assert changed.change == -3
    assert changed.drivers["contribution"].sum() == pytest.approx(-3)
