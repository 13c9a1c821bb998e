"""Rules that differ between groups: planted differences, and groups that only look different."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.baskets import (
    DifferenceOptions,
    RuleOptions,
    compare_groups,
    find_rules,
    grouping_columns,
)
from crm_analysis.analyses.inference import benjamini_hochberg
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import say
from tests.basket_orders import bakery


def test_rules_that_differ_between_groups() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for order in range(1200):
        north = order % 2 == 0
        basket = {"tea"} if rng.random() < 0.5 else {"coffee"}
        if "tea" in basket and rng.random() < (0.8 if north else 0.2):
            basket.add("milk")
        if "coffee" in basket and rng.random() < 0.5:
            basket.add("sugar")
        rows += [
            (f"C{order}", order, "north" if north else "south", item)
            for item in sorted(basket)
        ]
    table = pd.DataFrame(rows, columns=["customer", "order", "region", "product"])
    result = compare_groups(table, "region", DifferenceOptions(support=0.02))
    different = result.rules[result.rules["p_adjusted"] < 0.05]
    assert (("tea",), ("milk",)) in set(
        zip(different["antecedent"], different["consequent"], strict=True)
    )
    assert (("coffee",), ("sugar",)) not in set(
        zip(different["antecedent"], different["consequent"], strict=True)
    )
    row = result.rules.iloc[0]
    assert (row["antecedent"], row["highest"], row["lowest"]) == (
        ("tea",),
        "north",
        "south",
    )
    # The counts of each group are those of a search in that group alone.
    for group in ("north", "south"):
        alone = find_rules(
            table[table["region"] == group], RuleOptions(support=0.02)
        ).rules
        pair = alone[
            (alone["antecedent"] == ("tea",)) & (alone["consequent"] == ("milk",))
        ].iloc[0]
        here = result.groups[
            (result.groups["group"] == group)
            & (result.groups["antecedent"] == ("tea",))
            & (result.groups["consequent"] == ("milk",))
        ].iloc[0]
        assert (
            here[["antecedent_count", "count"]].tolist()
            == pair[["antecedent_count", "count"]].tolist()
        )
        assert here["lift"] == pytest.approx(pair["lift"])
    from scipy.stats import chi2_contingency

    sides = result.groups[result.groups["rule"] == row["rule"]]
    cells = [
        sides["count"].tolist(),
        (sides["antecedent_count"] - sides["count"]).tolist(),
    ]
    assert row["chi_square"] == pytest.approx(
        chi2_contingency(cells, correction=False).statistic
    )
    by_segment = compare_groups(
        table,
        table[["customer"]].assign(segment=table["region"]),
        DifferenceOptions(support=0.02),
    )
    pd.testing.assert_frame_equal(by_segment.rules, result.rules)


def test_groups_that_do_not_differ_are_not_said_to() -> None:
    different = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        held = rng.random((600, 8)) < 0.3
        order, item = np.nonzero(held)
        group = rng.integers(0, 3, 600)
        table = pd.DataFrame(
            {
                "order": order,
                "product": [f"p{code}" for code in item],
                "region": [f"g{code}" for code in group[order]],
            }
        )
        different += (
            compare_groups(
                table, "region", DifferenceOptions(support=0.02, confidence=0.1)
            ).summary()["different"]
            > 0
        )
    assert different <= 2
    with pytest.raises(AnalysisError):
        compare_groups(table.assign(region="one"), "region")


def test_groups_whose_baskets_are_larger_do_not_differ_by_that_alone() -> None:
    """Products drawn one by one: larger baskets have more of everything in them.

    Nothing goes together any better.
    """
    naive = different = 0
    for seed in range(12):
        table, rng = bakery(seed=seed), np.random.default_rng(seed)
        size, order = (
            table.groupby("order")["product"].transform("size"),
            table["order"].astype(int).to_numpy(),
        )
        table["region"] = np.where(
            rng.random(order.max() + 1)[order] < np.clip(size / 5, 0.1, 0.9),
            "large",
            "small",
        )
        result = compare_groups(
            table, "region", DifferenceOptions(support=0.02, confidence=0.1)
        )
        naive += bool(
            (benjamini_hochberg(result.rules["p_value"].to_numpy()) < 0.05).any()
        )
        different += result.summary()["different"] > 0
    assert naive >= 10 and different <= 2


def test_a_planted_difference_is_told_whatever_the_sizes_of_the_baskets() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for order in range(1200):
        group = order % 2
        held = (
            ["tea"]
            + (["milk"] if rng.random() < (0.6, 0.3)[group] else [])
            + [
                f"x{code}"
                for code in rng.choice(
                    20, rng.integers(1, 4 + 2 * group), replace=False
                )
            ]
        )
        rows += [(str(order), item, f"g{group}") for item in held]
    table = pd.DataFrame(rows, columns=["order", "product", "region"])
    result = compare_groups(table, "region", DifferenceOptions(support=0.1))
    row = result.rules[
        (result.rules["antecedent"] == ("tea",))
        & (result.rules["consequent"] == ("milk",))
    ].iloc[0]
    assert row["p_adjusted"] < 0.001 and (row["highest"], row["lowest"]) == (
        "g0",
        "g1",
    )
    # By another's hand: the same two groups in a table for each size of basket.
    from statsmodels.stats.contingency_tables import StratifiedTable

    wide = table.groupby("order").agg(
        size=("product", "size"),
        group=("region", "first"),
        milk=("product", lambda items: "milk" in set(items)),
    )
    parts = [
        pd.crosstab(part["group"], part["milk"]).reindex(
            index=["g0", "g1"], columns=[False, True], fill_value=0
        )
        for _, part in wide.groupby("size")
    ]
    told = StratifiedTable(
        [part.to_numpy() for part in parts if part.to_numpy().sum() > 1]
    ).test_null_odds(correction=False)
    assert row["p_equal_size"] == pytest.approx(float(told.pvalue), rel=1e-9)


def test_what_differs_is_said_in_good_grammar() -> None:
    details = {
        "consequent": ["milk"],
        "high": 0.8,
        "low": 0.2,
        "highest": "north",
        "lowest": "south",
    }
    single = say(
        "baskets.difference_headline", antecedent=["tea"], products=1, **details
    )
    several = say(
        "baskets.difference_headline",
        antecedent=["tea", "jam"],
        products=2,
        **details,
    )
    assert (
        single
        == "tea leads to milk in 80% of cases for “north”, but only in 20% for “south”."
    )
    assert several.startswith("tea and jam lead to milk")
    assert "同时购买tea和jam" in say(
        "baskets.difference_headline",
        "zh",
        antecedent=["tea", "jam"],
        products=2,
        **details,
    )


def test_a_customer_in_two_segments_is_refused_with_the_count() -> None:
    table = bakery()
    members = table[["customer"]].drop_duplicates().assign(segment="old")
    both = pd.concat([members, members.head(3).assign(segment="new")])
    with pytest.raises(AnalysisError) as caught:
        compare_groups(table, both)
    assert caught.value.key == "baskets.groups.customers_in_several"
    assert caught.value.details["customers"] == 3
    assert "3 customers are in more than one group" in caught.value.sentence("en")


def test_orders_are_grouped_by_columns_with_a_few_values() -> None:
    table = bakery().assign(
        region="north",
        country=lambda orders: orders["customer"].str[:2],
        amount=1.0,
        channel="web",
    )
    table.loc[0, ["region", "channel"]] = ["south", "shop"]
    assert grouping_columns(table) == ["channel", "country", "region"]
