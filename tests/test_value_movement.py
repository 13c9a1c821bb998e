"""Movement between tiers: hand-computed cases, the sample shop."""

from __future__ import annotations

import pytest

from crm_analysis.analyses.value import MovementOptions, movement
from crm_analysis.errors import AnalysisError
from tests.value_orders import order_lines, sample_orders

ORDERS = order_lines(
    ("stays", "2023-02-01", 100),
    ("stays", "2024-02-01", 100),
    ("falls", "2023-03-01", 90),
    ("falls", "2024-03-01", 1),
    ("gone", "2023-04-01", 50),
    ("rises", "2023-05-01", 1),
    ("rises", "2024-05-01", 95),
    ("new", "2024-06-01", 40),
    ("back", "2022-05-01", 9),
    ("back", "2024-06-30", 9),
    ("new", "2024-12-30", 0),
)


def test_directions_and_sums_are_those_by_hand() -> None:
    got = movement(ORDERS, MovementOptions(until="2024-12-31"))
    assert got.customers.set_index("customer")["direction"].to_dict() == {
        "gone": "gone",
        "falls": "falling",
        "stays": "steady",
        "rises": "rising",
        "new": "new",
        "back": "back",
    }
    assert got.customers["customer"].iloc[0] == "falls" and not got.short
    assert got.now == ("2024-01-02", "2024-12-31") and got.before == (
        "2023-01-02",
        "2024-01-01",
    )
    assert got.summary()["value_now"] == 245 and got.summary()["value_before"] == 241
    assert got.flows["customers"].sum() == 6 and got.flows[
        "change"
    ].sum() == pytest.approx(4)


def test_a_short_record_is_said() -> None:
    got = movement(ORDERS[ORDERS["date"] >= "2024-02-01"])
    assert got.short and got.before[1] < got.now[0]
    with pytest.raises(AnalysisError):
        movement(ORDERS.iloc[:1])


def test_every_customer_of_the_sample_shop_moves_once() -> None:
    shop = sample_orders()
    got = movement(shop)
    assert got.customers["customer"].is_unique
    assert (
        got.flows["customers"].sum()
        == len(got.customers)
        == got.directions["customers"].sum()
    )
