"""Itemsets: known answers, brute force, other programs, and what lies exactly on the line."""

import itertools
import sys
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from crm_analysis.analyses.baskets import RuleOptions, find_rules
from tests.basket_orders import lines, ragged

ALGORITHMS = ("eclat", "apriori", "fpgrowth")


def one_consequent(rules: pd.DataFrame) -> pd.DataFrame:
    return rules[rules["consequent"].map(len) == 1]


@pytest.fixture(scope="session")
def groceries(real_data: Path) -> pd.DataFrame:
    return ragged(real_data / "groceries" / "groceries.csv")


@pytest.fixture(scope="session")
def groceries_zh(real_data: Path) -> pd.DataFrame:
    path = real_data / "groceries_zh_utf8bom" / "GoodsOrder.utf8bom.csv"
    return pd.read_csv(
        path, dtype=str, encoding="utf-8-sig", keep_default_na=False
    ).set_axis(["order", "product"], axis=1)


@pytest.mark.parametrize("which", ["groceries", "groceries_zh"])
def test_groceries_counts(which: str, request: pytest.FixtureRequest) -> None:
    table = request.getfixturevalue(which)
    for support, itemsets in ((0.01, 333), (0.005, 1001), (0.001, 13492)):
        result = find_rules(table, RuleOptions(support=support))
        assert (
            len(result.baskets),
            len(result.items),
            len(result.itemsets),
        ) == (9835, 169, itemsets)
    for support, confidence, rules in (
        (0.001, 0.8, 410),
        (0.001, 0.5, 5668),
        (0.006, 0.25, 463),
        (0.01, 0.5, 15),
        (0.005, 0.5, 120),
    ):
        result = find_rules(
            table, RuleOptions(support=support, confidence=confidence)
        )
        assert len(one_consequent(result.rules)) == rules
        assert (
            len(
                find_rules(
                    table,
                    RuleOptions(
                        support=support,
                        confidence=confidence,
                        max_consequents=1,
                    ),
                ).rules
            )
            == rules
        )


def test_a_groceries_rule_in_numbers(groceries: pd.DataFrame) -> None:
    rules = find_rules(groceries, RuleOptions(support=0.005, confidence=0.2)).rules
    row = rules[
        (rules["antecedent"] == ("root vegetables",))
        & (rules["consequent"] == ("other vegetables",))
    ].iloc[0]
    assert (row["count"], row["antecedent_count"], row["consequent_count"]) == (
        466,
        1072,
        1903,
    )
    assert row["lift"] == pytest.approx(2.24660, abs=1e-5)  # as arules prints it


@pytest.mark.slow
def test_t10i4d100k(real_data: Path) -> None:
    text = (real_data / "fimi" / "T10I4D100K.dat").read_text()
    result = find_rules(
        lines([line.split() for line in text.splitlines()]),
        RuleOptions(support=0.01),
    )
    assert len(result.baskets) == 100_000
    assert len(result.itemsets) == 385


@pytest.mark.parametrize("algorithm", ["apriori", "fpgrowth"])
def test_the_algorithms_give_the_same_frames_on_real_baskets(
    groceries: pd.DataFrame, algorithm: str
) -> None:
    wanted = find_rules(groceries, RuleOptions(support=0.006, confidence=0.25))
    result = find_rules(
        groceries,
        RuleOptions(support=0.006, confidence=0.25, algorithm=algorithm),
    )
    pd.testing.assert_frame_equal(result.itemsets, wanted.itemsets)
    pd.testing.assert_frame_equal(result.rules, wanted.rules)


def test_the_peers_leave_the_warnings_of_others_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [
        name for name in sys.modules if name.partition(".")[0] == "mlxtend"
    ]:
        monkeypatch.delitem(sys.modules, name)
    with warnings.catch_warnings():
        warnings.resetwarnings()
        find_rules(
            lines([["a", "b"]] * 3),
            RuleOptions(support=0.5, algorithm="fpgrowth"),
        )
        assert (
            "always",
            None,
            DeprecationWarning,
            None,
            0,
        ) not in warnings.filters


def brute(baskets: list[set[str]], least: int) -> dict[tuple[str, ...], int]:
    """Every itemset by counting every subset of all items."""
    items = sorted(set().union(*baskets))
    counts = {
        combination: sum(set(combination) <= basket for basket in baskets)
        for length in range(1, len(items) + 1)
        for combination in itertools.combinations(items, length)
    }
    return {items: count for items, count in counts.items() if count >= least}


baskets_strategy = st.lists(
    st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8),
    min_size=1,
    max_size=16,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    baskets=baskets_strategy,
    percent=st.integers(1, 100),
    sure=st.integers(0, 100),
    data=st.data(),
)
def test_equal_to_brute_force_in_any_row_order(
    baskets: list[list[str]], percent: int, sure: int, data: st.DataObject
) -> None:
    table = lines(baskets)
    order = data.draw(st.permutations(range(len(table))))
    table = table.iloc[list(order)].reset_index(drop=True)
    algorithm = data.draw(
        st.sampled_from(("eclat", "eclat", "fpgrowth", "apriori"))
    )
    result = find_rules(
        table,
        RuleOptions(
            support=percent / 100,
            confidence=sure / 100,
            algorithm=algorithm,
            max_rules=5_000_000,
        ),
    )
    held = [set(basket) for basket in baskets]
    least = -(-percent * len(baskets) // 100)
    wanted = brute(held, max(1, least))
    assert (
        dict(zip(result.itemsets["items"], result.itemsets["count"], strict=True))
        == wanted
    )
    splits = {}
    for items, count in wanted.items():
        for size in range(1, len(items)):
            for antecedent in itertools.combinations(items, size):
                if Fraction(count, wanted[antecedent]) >= Fraction(sure, 100):
                    splits[
                        antecedent, tuple(sorted(set(items) - set(antecedent)))
                    ] = count
    rules = result.rules
    assert (
        dict(
            zip(
                zip(rules["antecedent"], rules["consequent"], strict=True),
                rules["count"],
                strict=True,
            )
        )
        == splits
    )
    for row in rules.itertuples():
        best = max(
            (
                Fraction(wanted[tuple(sorted(part + row.consequent))], wanted[part])
                for size in range(1, len(row.antecedent))
                for part in itertools.combinations(row.antecedent, size)
            ),
            default=Fraction(-1),
        )
        assert row.redundant == (
            best
            >= Fraction(
                splits[row.antecedent, row.consequent], wanted[row.antecedent]
            )
        )
    assert not result.partial


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    baskets=baskets_strategy,
    least=st.integers(1, 6),
    length=st.none() | st.integers(1, 4),
)
def test_closed_and_maximal_sets_by_their_definitions(
    baskets: list[list[str]], least: int, length: int | None
) -> None:
    least = min(least, len(baskets))
    sets = brute([set(basket) for basket in baskets], least)
    for kind in ("closed", "maximal"):
        result = find_rules(
            lines(baskets),
            RuleOptions(
                support=least / len(baskets), itemsets=kind, max_length=length
            ),
        )
        larger = {
            items: [other for other in sets if set(items) < set(other)]
            for items in sets
        }
        wanted = {
            items
            for items, count in sets.items()
            if (
                not larger[items]
                if kind == "maximal"
                else all(sets[other] < count for other in larger[items])
            )
            and len(items) <= (length or 99)
        }
        assert set(result.itemsets["items"]) == wanted


def test_a_limit_leaves_exact_counts_and_every_subset() -> None:
    rng = np.random.default_rng(3)
    baskets = [
        [f"i{item}" for item in np.flatnonzero(rng.random(25) < 0.6)]
        for _ in range(80)
    ]
    held = [set(basket) for basket in baskets]
    for limit in (100, 333, 1000, 4321):
        result = find_rules(
            lines(baskets), RuleOptions(support=0.05, max_itemsets=limit)
        )
        assert result.partial
        assert len(result.itemsets) == limit
        assert (
            result.notes[-1][0] == "baskets.partial.room"
            or result.notes[-2][0] == "baskets.partial.room"
        )
        counts = dict(
            zip(result.itemsets["items"], result.itemsets["count"], strict=True)
        )
        for items, count in counts.items():
            assert count == sum(set(items) <= basket for basket in held)
            for size in range(1, len(items)):
                assert all(
                    part in counts for part in itertools.combinations(items, size)
                )


def test_what_lies_exactly_on_the_line_is_kept() -> None:
    # 7 of 100 baskets hold a; in floats 0.07 × 100 is above 7.
    result = find_rules(
        lines([["a", "b"]] * 7 + [["b"]] * 93),
        RuleOptions(support=0.07, confidence=0.07),
    )
    assert ("a",) in set(result.itemsets["items"])
    assert (("b",), ("a",)) in set(
        zip(result.rules["antecedent"], result.rules["consequent"], strict=True)
    )
    # A computed share, 5/6, has a decimal text a hair above the fraction.
    for algorithm in ALGORITHMS:
        result = find_rules(
            lines([["a", "b"]] * 5 + [["b"]]),
            RuleOptions(support=5 / 6, confidence=5 / 6, algorithm=algorithm),
        )
        assert list(result.itemsets["count"]) == [6, 5, 5]
        assert len(result.rules) == 2
    # a in 3 of 9 baskets, b in 7, both in 3: the lift is 9/7; in 3 of 10, 7 and both 3: it is 10/7.
    for rest, lift in ((2, 9 / 7), (3, 10 / 7)):
        table = lines([["a", "b"]] * 3 + [["b"]] * 4 + [["c"]] * rest)
        assert (
            len(
                find_rules(
                    table,
                    RuleOptions(support=0.1, confidence=0.1, min_lift=lift),
                ).rules
            )
            == 2
        )
        assert (
            len(
                find_rules(
                    table,
                    RuleOptions(support=0.1, confidence=0.1, min_lift=lift + 1e-6),
                ).rules
            )
            == 0
        )
    # a in 20 of 100 baskets, b in 50, both in 11: the lift is 1.1, which no float is.
    table = lines([["a", "b"]] * 11 + [["a"]] * 9 + [["b"]] * 39 + [["c"]] * 41)
    assert (
        len(
            find_rules(
                table, RuleOptions(support=0.1, confidence=0.1, min_lift=1.1)
            ).rules
        )
        == 2
    )


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["wide", "narrow", "long"])
def test_made_baskets_equal_mlxtend_whatever_the_portions(
    shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one go and in portions so small that each way through the search is taken.

    Many items, few items in every basket, long baskets.
    """
    from mlxtend.frequent_patterns import fpgrowth

    from crm_analysis.analyses.baskets.mining import eclat

    rng = np.random.default_rng(7)
    chance = {
        "wide": np.full(400, 0.02),
        "narrow": np.linspace(0.2, 0.9, 12),
        "long": np.full(24, 0.5),
    }[shape]
    support = {"wide": 0.004, "narrow": 0.05, "long": 0.1}[shape]
    held = rng.random((1000, len(chance))) < chance
    held = held[held.any(axis=1)]
    order, item = np.nonzero(held)
    table = pd.DataFrame(
        {"order": order, "product": [f"{code:03d}" for code in item]}
    )
    theirs = fpgrowth(
        pd.DataFrame(held),
        min_support=(-(-support * len(held) // 1) - 0.5) / len(held),
    )
    wanted = {
        tuple(f"{code:03d}" for code in sorted(items)): round(share * len(held))
        for items, share in zip(theirs["itemsets"], theirs["support"], strict=True)
    }
    wide, wide_item = [], eclat._Walk._wide_item
    monkeypatch.setattr(
        eclat._Walk,
        "_wide_item",
        lambda *given: (wide.append(given[1]), wide_item(*given))[1],
    )
    for small in (False, True):
        if small:
            for name, value in (
                ("eclat._ENTRIES", 20),
                ("classes._WORDS", 50),
                ("eclat._DENSE", 5_000),
                ("eclat._MATRIX", 5),
            ):
                monkeypatch.setattr(
                    f"crm_analysis.analyses.baskets.mining.{name}", value
                )
        result = find_rules(
            table, RuleOptions(support=support, confidence=1.0)
        ).itemsets
        assert dict(zip(result["items"], result["count"], strict=True)) == wanted
    assert result["length"].max() >= 3 or shape == "wide"
    assert wide or shape == "wide"
