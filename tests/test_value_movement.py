"""Movement between tiers: hand-computed cases, the sample shop."""

from __future__ import annotations

import numpy as np
import pandas as pd
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
    assert (
        got.summary()["value_now"] == 245 and got.summary()["value_before"] == 241
    )
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


def shop_without_change(
    seed: int, *, slowing: int = 0, spurts: bool = False
) -> pd.DataFrame:
    """Three years of 300 customers who order alike all along, but for some who all but stop."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.5, 6.0, 300)
    rows = []
    for customer, yearly in enumerate(rate):
        count = rng.poisson(3 * yearly) + 1
        days = rng.uniform(0, 1095, count)
        if spurts:
            days = np.repeat(days[: count // 2 + 1], 2) + rng.uniform(
                0, 9, 2 * (count // 2 + 1)
            )
        if customer < slowing:
            days = np.r_[rng.uniform(0, 730, 80), rng.uniform(730, 1095, 2)]
        rows.append(pd.DataFrame({"customer": f"c{customer}", "day": days}))
    lines = pd.concat(rows, ignore_index=True)
    lines["date"] = pd.Timestamp("2021-01-01") + pd.to_timedelta(
        lines["day"] // 1, "D"
    )
    return lines.assign(quantity=1.0, amount=rng.gamma(4.0, 10.0, len(lines)))


@pytest.mark.slow
@pytest.mark.parametrize("spurts", [False, True])
def test_where_nothing_changed_chance_explains_who_rises_and_falls(
    spurts: bool,
) -> None:
    off, named = [], 0
    for seed in range(20):
        got = movement(shop_without_change(seed, spurts=spurts)).summary()
        off.append(
            (got["rising"] + got["falling"])
            / (got["rising_by_chance"] + got["falling_by_chance"])
        )
        named += got["beyond_chance"] > 0
    assert named <= 2
    assert np.mean(off) == pytest.approx(1.0, abs=0.1 if not spurts else 0.4)


@pytest.mark.slow
def test_customers_who_all_but_stop_are_named() -> None:
    result = wrong = 0
    for seed in range(10):
        people = movement(shop_without_change(seed, slowing=15)).customers
        named = people.loc[people["beyond_chance"], "customer"]
        right = named.isin([f"c{number}" for number in range(15)])
        result, wrong = result + right.sum(), wrong + (~right).sum()
    assert result >= 0.6 * 150
    assert wrong <= 0.1 * max(result, 1)
