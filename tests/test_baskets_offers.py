"""From rule to offer: next products and bundles; cases by hand and planted structure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.baskets import (
    BundleOptions,
    DifferenceOptions,
    OfferOptions,
    Offers,
    RuleOptions,
    SequenceOptions,
    compare_groups,
    find_rules,
    find_sequences,
    next_products,
    offer_bundles,
)
from crm_analysis.analyses.baskets.offers.next_products import _hits, _ndcg
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import has, phrases, say
from tests.basket_orders import bakery, shop


def test_offers_meet_the_planted_taste_and_beat_the_best_sellers() -> None:
    table = shop()
    result = next_products(table, OfferOptions(offers=3))
    bought = table.groupby("customer")["product"].agg(set)
    assert not any(
        row.product in bought[row.customer] for row in result.customers.itertuples()
    )
    assert (
        result.customers.groupby("customer")["rank"]
        .agg(list)
        .map(lambda ranks: ranks == list(range(1, len(ranks) + 1)))
        .all()
    )
    first = result.customers[
        (result.customers["rank"] == 1) & (result.customers["reason"] == "rule")
    ]
    full = bought.map(
        lambda items: sum(item.startswith("t") for item in items) == 5
    )
    lacking = first[~first["customer"].map(full)]
    taste = lacking["customer"].str[1:].astype(int) % 3
    assert (lacking["product"].str[:2] == "t" + taste.astype(str)).mean() > 0.95
    quality = result.quality.set_index("method")
    assert list(quality.index) == ["rules", "best_sellers", "item_cosine"]
    assert (
        quality.loc["rules", "hit_rate"]
        > quality.loc["best_sellers", "hit_rate"] + 0.1
    )
    assert (quality["hit_rate_low"] <= quality["hit_rate"]).all() and (
        quality["ndcg"] <= 1
    ).all()
    pd.testing.assert_frame_equal(
        result.customers,
        next_products(
            table.sample(frac=1, random_state=1), OfferOptions(offers=3)
        ).customers.pipe(_as(result)),
    )


def _as(result: Offers) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Customers in the order of another result."""
    order = {
        customer: place
        for place, customer in enumerate(
            dict.fromkeys(result.customers["customer"])
        )
    }
    return lambda table: (
        table.assign(place=table["customer"].map(order))
        .sort_values(["place", "rank"], ignore_index=True)
        .drop(columns="place")
    )


def test_where_nothing_goes_together_offers_give_no_rule_as_their_reason() -> None:
    table = bakery()
    result = next_products(table)
    assert (
        result.rules == result.sure_rules == 0
        and result.summary()["from_rules"] == 0
    )
    assert (
        result.customers["lift"].isna().all()
        and (result.customers["because"] == ()).all()
    )
    sold = (
        table.groupby("product")["customer"].nunique().sort_values(ascending=False)
    )
    called = set(
        result.customers.loc[result.customers["reason"] == "best_seller", "product"]
    )
    assert called == set(sold.index[:5])  # of eleven products five may be called so
    assert set(
        result.customers.loc[
            result.customers["product"] == sold.index[-1], "reason"
        ]
    ) == {"not_bought"}
    again = next_products(table, OfferOptions(new_only=False)).customers
    assert set(again["reason"]) == {"best_seller"} and set(again["product"]) == set(
        sold.index[:5]
    )
    quality = result.quality.set_index("method")["hit_rate"]
    assert quality["rules"] == quality["best_sellers"]


def test_a_reason_is_a_rule_surely_above_chance() -> None:
    result = next_products(shop(), OfferOptions(offers=8))
    by_rule = result.customers[result.customers["reason"] == "rule"]
    assert 0 < result.sure_rules < result.rules and len(by_rule)
    assert (by_rule["lift"] > 1).all() and by_rule["because"].map(len).min() >= 1
    other = result.customers[result.customers["reason"] != "rule"]
    assert set(other["reason"]) <= {"best_seller", "not_bought"} and other[
        ["confidence", "lift", "count"]
    ].isna().all(axis=None)


def test_nothing_of_the_hidden_order_is_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last orders hold products sold nowhere else: no honest method can hit them."""
    table = shop(60)
    last = table.groupby("customer")["date"].transform("max")
    table.loc[table["date"] == last, "product"] = "only-" + table["customer"]
    quality = next_products(table).quality
    assert (quality["hit_rate"] == 0).all() and (quality["customers"] == 60).all()


def test_hit_rate_and_ndcg_by_hand() -> None:
    from scipy.sparse import csr_matrix

    wanted = csr_matrix(np.array([[1, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0]]))
    hits = _hits(np.array([[0, 1, 2, 3, -1], [3, 4, 5, 0, 2]]), wanted)
    assert hits.tolist() == [[True, False, True, False, False], [False] * 5]
    gains = _ndcg(hits, np.array([2, 1]))
    assert gains[0] == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))
    assert gains[1] == 0


def test_the_best_sellers_of_the_judgement_are_counted_by_hand() -> None:
    # a is in 3 customers' first orders, b in 2, c in 1; hidden are the second orders.
    rows = [
        ("x", 1, "a"),
        ("x", 2, "b"),
        ("y", 3, "a"),
        ("y", 4, "zzz"),
        ("z", 5, "a"),
        ("z", 5, "b"),
        ("z", 6, "c"),
        ("w", 7, "b"),
        ("w", 7, "c"),
    ]
    table = pd.DataFrame(rows, columns=["customer", "order", "product"]).assign(
        date=lambda rows: (
            pd.Timestamp("2024-01-01") + pd.to_timedelta(rows["order"], "D")
        )
    )
    quality = next_products(table, OfferOptions(offers=5)).quality.set_index(
        "method"
    )
    # x is offered b, c (hit at 1); y is offered b, c (no hit); z is offered c (hit at 1).
    assert quality.loc[
        "best_sellers", ["customers", "hit_rate", "ndcg"]
    ].tolist() == [
        3,
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
    ]


def test_offers_without_dates_or_second_orders() -> None:
    table = shop(30).drop(columns="date")
    result = next_products(table)
    assert ("baskets.offers.undated", {}) in result.notes and len(
        result.quality
    ) == 3
    single = shop(30).drop_duplicates("customer")
    result = next_products(single)
    assert (
        ("baskets.offers.one_order_each", {}) in result.notes
        and result.quality.empty
        and len(result.customers)
    )
    with pytest.raises(AnalysisError):
        next_products(table.drop(columns="customer"))


def test_bundles_and_their_money_by_hand() -> None:
    baskets = [["a", "b"]] * 6 + [["a"]] * 3 + [["b"]] * 1 + [["c"]] * 10
    rows = [
        (order, item, {"a": 10.0, "b": 4.0, "c": 1.0}[item])
        for order, basket in enumerate(baskets)
        for item in basket
    ]
    table = pd.DataFrame(rows, columns=["order", "product", "amount"])
    rules = find_rules(table, RuleOptions(support=0.1))
    result = offer_bundles(table, rules, BundleOptions(take_up=0.5))
    assert len(result.bundles) == 1
    row = result.bundles.iloc[0]
    assert row["items"] == ("a", "b")
    assert (
        row["count"],
        row["short_baskets"],
        row["missing"],
        row["missing_baskets"],
    ) == (
        6,
        4,
        "b",
        3,
    )
    assert (row["price"], row["revenue"]) == (14.0, 6 * 14.0)
    assert row["ceiling"] == 3 * 4.0 + 1 * 10.0 and row["at_stake"] == 11.0
    assert row["lift"] == pytest.approx(6 * 20 / (9 * 7))
    bare = offer_bundles(table.drop(columns="amount"), rules)
    assert bare.notes == (("baskets.bundles.no_amounts", {}),) and np.isnan(
        bare.bundles["at_stake"].iloc[0]
    )
    assert say(*result.headlines()[0][:1], **result.headlines()[0][1]).startswith(
        "Offer a and b together"
    )


def test_infinite_money_is_refused() -> None:
    table = shop(30).assign(amount=np.inf)
    with pytest.raises(AnalysisError) as caught:
        offer_bundles(table, find_rules(table, RuleOptions(support=0.02)))
    assert (caught.value.key, caught.value.details["count"]) == (
        "customers.infinite",
        len(table),
    )


def test_a_bundle_needs_every_product() -> None:
    # c is in every basket: it goes with everything and adds nothing.
    table = pd.DataFrame(
        [
            (o, i)
            for o, basket in enumerate([["a", "b", "c"]] * 30 + [["c", "d"]] * 30)
            for i in basket
        ],
        columns=["order", "product"],
    )
    result = offer_bundles(table, find_rules(table, RuleOptions(support=0.1)))
    assert result.bundles["items"].tolist() == [("a", "b")]


@pytest.mark.slow
def test_online_retail_offers(real_data: Path) -> None:
    table = pd.read_csv(
        real_data / "online_retail" / "december_to_april.csv", dtype=str
    )
    table = table.set_axis(
        [
            "order",
            "product_code",
            "product",
            "quantity",
            "date",
            "unit_price",
            "customer",
            "country",
        ],
        axis=1,
    )
    table["quantity"] = table["quantity"].astype(float)
    table["date"] = pd.to_datetime(table["date"])
    table = table[table["date"] < "2011-03-01"]
    quality = next_products(table).quality.set_index("method")["hit_rate"]
    assert quality["rules"] > quality["best_sellers"]


def test_every_knob_and_measure_has_its_words() -> None:
    from crm_analysis.analyses.baskets import BasketOptions

    for options in (
        RuleOptions,
        OfferOptions,
        BundleOptions,
        SequenceOptions,
        DifferenceOptions,
        BasketOptions,
    ):
        for knob in options.knobs():
            wanted = [
                f"baskets.knob.{knob.name}.{part}"
                for part in ("label", "help", *knob.choices)
            ]
            assert [key for key in wanted if not has(key)] == []
    columns = set(find_rules(shop(20), RuleOptions(support=0.05)).rules.columns)
    assert [
        name
        for name in sorted(columns)
        if not has(f"baskets.measure.{name}.label")
        and not has(f"baskets.column.{name}")
    ] == []
    assert all(
        text["en"] and text["zh"]
        for key, text in phrases().items()
        if key.startswith("baskets.")
    )


def test_the_verdict_is_given_only_where_intervals_do_not_overlap() -> None:
    assert next_products(shop()).verdict == "better"
    assert next_products(bakery()).verdict == "no_rules"
    assert next_products(shop(30).drop_duplicates("customer")).verdict is None


def test_what_is_no_product_is_never_offered() -> None:
    rows = [
        (customer, order, product, product != "postage")
        for customer in range(12)
        for order in range(2)
        for product in ("tea", "milk", "postage")[: 2 + customer % 2]
    ]
    table = pd.DataFrame(
        rows, columns=["customer", "order", "product", "is_product"]
    )
    table["order"] = table["customer"] * 2 + table["order"]
    everything = next_products(table.drop(columns="is_product"))
    assert "postage" in set(everything.customers["product"])
    offered = next_products(table, OfferOptions(new_only=False))
    assert len(offered.customers)
    assert "postage" not in set(offered.customers["product"])


def test_what_is_no_product_is_in_no_bundle() -> None:
    baskets = ["tea milk postage"] * 30 + ["tea"] * 20 + ["milk"] * 9 + ["jam"] * 40
    rows = [
        (order, name, name != "postage", 1.0)
        for order, basket in enumerate(baskets)
        for name in basket.split()
    ]
    table = pd.DataFrame(rows, columns=["order", "product", "is_product", "amount"])
    for called in ("product", "product_code"):
        orders = table.rename(columns={"product": called})
        unmarked = orders.drop(columns="is_product")
        of_all = offer_bundles(unmarked, find_rules(unmarked)).bundles["items"]
        assert any("postage" in items for items in of_all)
        bundles = offer_bundles(orders, find_rules(orders)).bundles
        assert bundles["items"].tolist() == [("milk", "tea")]


def test_postage_is_left_out_by_one_default_and_counts_where_asked_for() -> None:
    orders = shop(120)
    postage = orders.drop_duplicates("order").assign(product="postage")
    table = pd.concat(
        [orders.assign(is_product=True), postage.assign(is_product=False)],
        ignore_index=True,
    )
    table["town"] = table["customer"].str[-1] < "5"

    def answers(**exclude: tuple[str, ...]) -> list[pd.DataFrame]:
        more: dict = {"support": 0.02, "confidence": 0.0, **exclude}
        groups = compare_groups(table, "town", DifferenceOptions(**more))
        return [
            find_rules(table, RuleOptions(**more)).rules,
            find_sequences(table, SequenceOptions(**more)).sequences,
            groups.rules,
        ]

    by_name = answers(exclude=("postage",))
    for default, named, everything in zip(
        answers(), by_name, answers(exclude=()), strict=True
    ):
        assert len(default) and "postage" not in default.to_csv()
        assert default.equals(named)
        assert "postage" in everything.to_csv()
