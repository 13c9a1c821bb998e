"""The NBD-Dirichlet: toothpaste in 1973, markets made by it, and baskets of a shop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis import (
    AnalysisError,
    BrandModel,
    BuyingOptions,
    brand_buying,
    fit_nbd_dirichlet,
)
from crm_analysis.analyses.strategy.brands.market import Market
from tests.value_orders import sample_orders

# Goodhardt, Ehrenberg & Chatfield (1984), section 3: the United Kingdom, first quarter of 1973.
TOOTHPASTE = pd.DataFrame(
    {
        "brand": [
            *("Colgate", "Macleans", "Close Up", "Signal", "Ultrabrite"),
            *("Gibbs SR", "Boots", "Sainsbury"),
        ],
        "share": [0.25, 0.19, 0.10, 0.10, 0.09, 0.08, 0.03, 0.02],
        "penetration": [0.20, 0.17, 0.09, 0.08, 0.08, 0.07, 0.03, 0.02],
    }
)


def _toothpaste(**change: Any) -> BrandModel:
    given = {"penetration": 0.56, "rate": 2.6, "brands": TOOTHPASTE, **change}
    return fit_nbd_dirichlet(**given)


def test_toothpaste_comes_out_as_published_and_as_in_r() -> None:
    model = _toothpaste()
    assert model.parameters["M"] == pytest.approx(1.456, abs=5e-4)
    assert model.parameters["K"] == pytest.approx(0.779, abs=5e-4)
    assert model.parameters["S"] == pytest.approx(1.295, abs=5e-4)
    summary = model.summary()
    assert summary["S_low"] == pytest.approx(0.845, abs=5e-4)
    assert summary["S_high"] == pytest.approx(2.220, abs=5e-4)
    assert summary["S_all"] == pytest.approx(1.550, abs=5e-4)
    assert model.brands["expected_penetration"].round(4).tolist() == [
        *(0.1999, 0.1568, 0.0866, 0.0866, 0.0783, 0.0700, 0.0270, 0.0181)
    ]
    # As the guide to R's package prints them.
    assert model.brands["expected_purchases"].round(2).tolist() == [
        *(1.82, 1.76, 1.68, 1.68, 1.67, 1.66, 1.62, 1.61)
    ]
    assert model.brands["category_purchases"].round(2).tolist() == [
        *(3.16, 3.22, 3.30, 3.30, 3.31, 3.32, 3.37, 3.38)
    ]


def test_all_else_is_computed_with_the_parameters_shown() -> None:
    model = _toothpaste()
    market = Market(model.parameters["M"], model.parameters["K"])
    for row in model.brands.itertuples():
        expected = market.penetration(row.share, model.parameters["S"])
        assert row.expected_penetration == expected
    assert model.parameters["S"] == round(model.parameters["S"], 3)


def test_the_spread_of_s_and_what_is_left_out_of_it_is_said() -> None:
    model = _toothpaste()
    unused = model.brands.loc[~model.brands["used"], "brand"].tolist()
    assert unused == ["Macleans", "Boots", "Sainsbury"]
    spread, unusual = (note.sentence() for note in model.notes)
    assert "0.84 to 2.22" in spread and "1.30" in spread
    assert "Macleans, Boots, and Sainsbury" in unusual
    assert all(note.sentence("zh") for note in model.notes)


def test_a_market_that_was_drawn_is_found_again() -> None:
    random = np.random.default_rng(0)
    customers, shares = 200_000, np.array([0.4, 0.3, 0.2, 0.1])
    often = random.negative_binomial(0.8, 0.8 / (0.8 + 1.5), customers)
    tastes = random.dirichlet(1.2 * shares, customers)
    bought = random.multinomial(often, tastes)
    brands = pd.DataFrame(
        {
            "brand": list("ABCD"),
            "share": bought.sum(axis=0) / bought.sum(),
            "penetration": (bought > 0).mean(axis=0),
        }
    )
    buyers = often > 0
    model = fit_nbd_dirichlet(
        penetration=buyers.mean(), rate=often[buyers].mean(), brands=brands
    )
    assert model.parameters["M"] == pytest.approx(1.5, rel=0.02)
    assert model.parameters["K"] == pytest.approx(0.8, rel=0.03)
    assert model.parameters["S"] == pytest.approx(1.2, rel=0.03)
    of_brand = bought > 0
    category = [often[of_brand[:, brand]].mean() for brand in range(4)]
    alone = [
        (bought[:, brand] == often)[of_brand[:, brand]].mean() for brand in range(4)
    ]
    np.testing.assert_allclose(
        model.brands["category_purchases"], category, rtol=0.03
    )
    np.testing.assert_allclose(model.brands["sole"], alone, rtol=0.03)


@pytest.mark.parametrize(
    ("m", "k", "s", "share"),
    [(1.456, 0.779, 1.295, 0.25), (60.0, 0.05, 20.0, 0.5), (0.2, 5.0, 0.05, 0.02)],
)
def test_the_chances_of_a_market_add_up(
    m: float, k: float, s: float, share: float
) -> None:
    market = Market(m, k)
    times = np.arange(len(market.chances))
    assert market.chances.sum() == pytest.approx(1.0, abs=1e-9)
    assert market.chances @ times == pytest.approx(m, rel=1e-6)
    assert market.s_of(share, market.penetration(share, s)) == pytest.approx(
        s, rel=1e-4
    )


def test_the_order_of_brands_changes_nothing() -> None:
    turned = _toothpaste(brands=TOOTHPASTE.iloc[::-1])
    assert turned.parameters == pytest.approx(_toothpaste().parameters, rel=1e-9)


def test_brands_that_no_s_explains_are_named_and_left_out() -> None:
    odd = pd.DataFrame(
        {
            "brand": ["loyal", "alike", "usual"],
            "share": [0.5, 0.1, 0.2],
            "penetration": [0.1, 0.4, 0.16],
        }
    )
    model = _toothpaste(brands=odd)
    assert model.brands["S"].tolist()[:2] == [0.0, 30.0]
    assert not model.brands["used"].iloc[0]
    assert len(model.notes) == 3
    assert all(note.sentence("en") and note.sentence("zh") for note in model.notes)
    with pytest.raises(AnalysisError, match="No brand has a penetration"):
        _toothpaste(brands=odd.iloc[:1])


def test_figures_may_be_written_as_text() -> None:
    written = TOOTHPASTE.astype({"share": str, "penetration": str})
    assert _toothpaste(brands=written).parameters == _toothpaste().parameters


def test_one_brand_is_enough() -> None:
    model = _toothpaste(brands=TOOTHPASTE.head(1))
    assert model.brands["expected_penetration"].round(4).tolist() == [0.2]
    (own,) = model.brands["S"]
    # S to four digits is within half of its last one of what the brand says.
    assert abs(model.parameters["S"] - own) <= 5e-4


@pytest.mark.parametrize("word", ["category", "product"])
def test_categories_and_products_may_stand_for_brands(word: str) -> None:
    model = _toothpaste(brands=TOOTHPASTE.rename(columns={"brand": word}))
    assert model.brands["brand"].iloc[0] == "Colgate"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"penetration": 1.0}, "everybody"),
        ({"penetration": 1.2}, "everybody"),
        ({"penetration": 0.0}, "no_buyers"),
        ({"penetration": float("nan")}, "no_buyers"),
        ({"rate": 1.0}, "rate"),
        ({"rate": float("nan")}, "rate"),
        ({"rate": float("inf")}, "rate"),
        ({"penetration": 0.9, "rate": 1.5}, "too_even"),
        ({"brands": TOOTHPASTE.iloc[:0]}, "no_brands"),
        ({"brands": TOOTHPASTE.drop(columns="brand")}, "no_column"),
        ({"brands": TOOTHPASTE.drop(columns="share")}, "no_column"),
        ({"brands": TOOTHPASTE.assign(brand="same")}, "repeated"),
        ({"brands": TOOTHPASTE.assign(share=0.2)}, "shares"),
        ({"brands": TOOTHPASTE.assign(share=-0.1)}, "share"),
        ({"brands": TOOTHPASTE.assign(share="much")}, "share"),
        ({"brands": TOOTHPASTE.assign(penetration=np.nan)}, "share"),
        ({"brands": TOOTHPASTE.assign(penetration=0.6)}, "penetration"),
    ],
)
def test_what_cannot_be_fitted_is_said(change: dict[str, Any], key: str) -> None:
    with pytest.raises(AnalysisError) as refused:
        _toothpaste(**change)
    assert refused.value.key == f"strategy.brands.{key}"
    assert refused.value.sentence("en") and refused.value.sentence("zh")


def _orders(*rows: tuple[str | None, str, str, str]) -> pd.DataFrame:
    lines = pd.DataFrame(rows, columns=["customer", "order", "date", "category"])
    return lines.assign(date=pd.to_datetime(lines["date"]))


BOUGHT = _orders(
    ("A", "1", "2024-01-05", "tea"),
    ("B", "2", "2024-01-06", "rice"),
    ("C", "3", "2024-01-07", "tea"),
    ("A", "4", "2024-03-01", "tea"),
    ("A", "4", "2024-03-01", "tea"),
    ("A", "4", "2024-03-01", "rice"),
    ("B", "5", "2024-03-05", "tea"),
    ("new", "6", "2024-03-06", "rice"),
    (None, "7", "2024-03-07", "rice"),
)


def test_shares_and_penetrations_are_those_counted_by_hand() -> None:
    buying = brand_buying(BOUGHT, BuyingOptions(days=30))
    assert buying.customers == 3  # those who had bought before: not the new one
    assert buying.penetration == pytest.approx(2 / 3)
    assert buying.rate == pytest.approx(3 / 2)
    brands = buying.brands.set_index("brand")
    assert brands.loc["tea"].tolist() == pytest.approx([2, 2, 2 / 3, 2 / 3])
    assert brands.loc["rice"].tolist() == pytest.approx([1, 1, 1 / 3, 1 / 3])
    assert "3 customers" in buying.notes[0].sentence()


def test_returns_and_what_was_no_sale_do_not_count() -> None:
    lines = BOUGHT.assign(
        quantity=[1, 1, 1, 1, 1, -1, 1, 1, 1],
        is_sale=[True] * 6 + [False] + [True] * 2,
    )
    buying = brand_buying(lines, BuyingOptions(days=30))
    assert buying.brands["brand"].tolist() == ["tea"]
    assert (buying.penetration, buying.rate) == (pytest.approx(1 / 3), 1.0)


def test_blank_customers_and_brands_are_nobodys() -> None:
    lines = BOUGHT.assign(
        customer=BOUGHT["customer"].fillna(" "),
        category=[*BOUGHT["category"].iloc[:-3], " ", "rice", "rice"],
    )
    buying = brand_buying(lines, BuyingOptions(days=30))
    assert (buying.customers, buying.rate) == (3, 2.0)


def test_a_day_is_an_order_where_orders_have_no_number() -> None:
    buying = brand_buying(BOUGHT.drop(columns="order"), BuyingOptions(days=30))
    assert buying.rate == pytest.approx(3 / 2)


def test_only_the_largest_are_listed_and_that_is_said() -> None:
    lines = BOUGHT.assign(brand=[f"b{number}" for number in range(len(BOUGHT))])
    buying = brand_buying(lines, BuyingOptions(days=30, most=2))
    assert len(buying.brands) == 2 and buying.brands["share"].sum() == 0.5
    assert "2 largest of 4" in buying.notes[1].sentence()


@pytest.mark.parametrize(
    ("lines", "options", "key"),
    [
        (BOUGHT.drop(columns="customer"), {}, "data.missing_role"),
        (BOUGHT.drop(columns="category"), {}, "data.missing_role"),
        (BOUGHT, {"by": "colour"}, "strategy.brands.no_column"),
        (BOUGHT, {"days": 90}, "strategy.brands.no_panel"),
        (BOUGHT.iloc[[0, 1, 2, 7]], {"days": 30}, "strategy.brands.nothing_bought"),
        (BOUGHT.iloc[:0], {}, "customers.no_purchases"),
        (BOUGHT.iloc[[8]], {}, "customers.no_purchases"),
    ],
)
def test_orders_that_say_nothing_are_refused(
    lines: pd.DataFrame, options: dict[str, Any], key: str
) -> None:
    with pytest.raises(AnalysisError) as refused:
        brand_buying(lines, BuyingOptions(**options))
    assert refused.value.key == key
    assert refused.value.sentence("en") and refused.value.sentence("zh")


@pytest.mark.slow
def test_the_sample_shop_has_brands_from_its_baskets() -> None:
    orders = sample_orders()
    buying = brand_buying(orders)
    model = fit_nbd_dirichlet(
        penetration=buying.penetration, rate=buying.rate, brands=buying.brands
    )
    assert 0.1 < buying.penetration < 1 and len(model.brands) >= 2
    off = model.brands["expected_penetration"] / model.brands["penetration"]
    assert off.between(0.6, 1.2).all()
