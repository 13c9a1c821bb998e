"""Rules: names, returns, days and categories, what is asked for, bounded answers, chance, best."""

import copy
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.baskets import RuleOptions, estimate_rules, find_rules
from crm_analysis.errors import AnalysisError, Cancelled
from tests.basket_orders import lines, ragged


@pytest.fixture(scope="session")
def groceries(real_data: Path) -> pd.DataFrame:
    return ragged(real_data / "groceries" / "groceries.csv")


def test_names_are_tidied_before_they_are_counted() -> None:
    table = lines(
        [
            ["milk ", "tea"],
            [" milk", "tea"],
            ["ｍｉｌｋ", "green　 tea"],
            ["Milk", ""],
            ["milk", None],
        ]
    )
    result = find_rules(table, RuleOptions(support=0.2))
    counts = dict(zip(result.items["item"], result.items["count"], strict=True))
    assert counts == {"milk": 4, "tea": 2, "green tea": 1, "Milk": 1}
    assert result.summary()["left_out_no_item"] == 2
    counts = find_rules(table, RuleOptions(support=0.2, names="case")).items
    assert counts["item"].iloc[0] == "milk" and counts["count"].iloc[0] == 5
    assert (
        len(
            find_rules(
                table.dropna(), RuleOptions(support=0.2, names="as_is")
            ).items
        )
        >= 6
    )


def test_repeated_lines_count_once_and_returns_do_not() -> None:
    table = pd.DataFrame(
        {
            "order": ["1", "1", "1", "2", "2", "C3"],
            "product": ["a", "a", "b", "a", "b", "a"],
            "quantity": [1.0, 2, 1, 1, -1, -2],
            "customer": list("xxxyyy"),
        }
    )
    result = find_rules(table, RuleOptions(support=0.1))
    assert dict(zip(result.items["item"], result.items["count"], strict=True)) == {
        "a": 2,
        "b": 1,
    }
    assert result.summary()["left_out_returns"] == 2
    assert ("baskets.left_out.returns", {"lines": 2}) in result.notes
    assert (
        len(find_rules(table, RuleOptions(support=0.1, returns=True)).baskets) == 3
    )
    assert (
        len(find_rules(table, RuleOptions(support=0.1, basket="customer")).baskets)
        == 2
    )


def test_baskets_of_days_and_categories() -> None:
    table = pd.DataFrame(
        {
            "customer": ["x", "x", "x", "y", None],
            "date": pd.to_datetime(
                [
                    "2024-01-01 09:00",
                    "2024-01-01 18:00",
                    "2024-01-02 12:00",
                    "2024-01-01 10:00",
                    "2024-01-01 11:00",
                ]
            ),
            "product": ["a", "b", "a", "a", "a"],
            "category": ["food", "drink", "food", "food", "food"],
        }
    )
    result = find_rules(table, RuleOptions(support=0.1, basket="customer_day"))
    assert len(result.baskets) == 3
    assert (("a",), ("b",)) in set(
        zip(result.rules["antecedent"], result.rules["consequent"], strict=True)
    )
    assert result.summary()["left_out_no_basket"] == 1
    assert set(
        find_rules(
            table, RuleOptions(support=0.1, basket="customer", level="category")
        ).items["item"]
    ) == {"food", "drink"}
    with pytest.raises(AnalysisError) as caught:
        find_rules(table, RuleOptions(support=0.1))
    assert caught.value.details["role"] == "order"


@pytest.mark.parametrize("dtype", ["object", "string", "category", "int"])
def test_any_type_of_column(dtype: str) -> None:
    table = pd.DataFrame({"order": [1, 1, 2, 2, 1], "product": [7, 8, 7, 8, 7]})
    table = table.astype("str").astype(dtype) if dtype != "int" else table
    result = find_rules(table, RuleOptions(support=0.5))
    assert list(result.itemsets["items"]) == [("7",), ("8",), ("7", "8")]


def test_items_in_out_and_consequents_wanted(groceries: pd.DataFrame) -> None:
    everything = find_rules(groceries, RuleOptions(support=0.005)).rules
    result = find_rules(groceries, RuleOptions(support=0.005, include=("butter",)))
    assert all("butter" in items for items in result.itemsets["items"])
    assert len(result.rules) == sum(
        "butter" in a + c
        for a, c in zip(
            everything["antecedent"], everything["consequent"], strict=True
        )
    )
    result = find_rules(
        groceries,
        RuleOptions(support=0.005, consequents=("yogurt ", "whole milk")),
    )
    assert len(result.rules) == sum(
        set(c) <= {"yogurt", "whole milk"} for c in everything["consequent"]
    )
    result = find_rules(
        groceries, RuleOptions(support=0.005, exclude=("whole milk",))
    )
    assert len(result.baskets) == 9835
    assert len(result.rules) == sum(
        "whole milk" not in a + c
        for a, c in zip(
            everything["antecedent"], everything["consequent"], strict=True
        )
    )
    with pytest.raises(AnalysisError) as caught:
        find_rules(groceries, RuleOptions(support=0.005, include=("unobtainium",)))
    assert caught.value.key == "baskets.unknown_items"
    assert ("baskets.unknown_items", {"items": ["unobtainium"]}) in find_rules(
        groceries, RuleOptions(support=0.01, include=("soda", "unobtainium"))
    ).notes


def test_one_huge_basket_does_not_hang() -> None:
    small = [
        [f"p{item}" for item in row]
        for row in np.random.default_rng(0).integers(0, 300, (500, 4))
    ]
    table = lines([[f"p{item}" for item in range(5000)], *small])
    assert not find_rules(table).partial
    for support in (0.0001, None):
        result = find_rules(
            table,
            RuleOptions(
                support=support,
                max_itemsets=20_000,
                max_rules=20_000,
                time_limit=10,
            ),
        )
        assert result.partial == (support is not None)
    for algorithm in ("apriori", "fpgrowth"):
        with pytest.raises(AnalysisError) as caught:
            find_rules(
                table,
                RuleOptions(
                    support=0.0001, algorithm=algorithm, max_itemsets=20_000
                ),
            )
        assert caught.value.key == "baskets.algorithm_too_large"


@pytest.mark.slow
def test_time_runs_out_with_a_partial_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from crm_analysis.analyses.baskets.mining import search

    clock = itertools.count(0.0, 0.1)
    monkeypatch.setattr(search.time, "monotonic", lambda: next(clock))
    rng = np.random.default_rng(1)
    baskets = [
        [f"i{item}" for item in np.flatnonzero(rng.random(40) < 0.5)]
        for _ in range(200)
    ]
    result = find_rules(lines(baskets), RuleOptions(support=0.02, time_limit=1))
    assert result.partial
    assert any(key == "baskets.partial.time" for key, _ in result.notes)


def test_work_can_be_watched_and_cancelled(groceries: pd.DataFrame) -> None:
    heard = []
    find_rules(
        groceries,
        RuleOptions(support=0.01),
        progress=lambda share, step: heard.append((share, step)),
    )
    shares = [share for share, _ in heard]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1
    assert {step for _, step in heard} >= {
        "baskets.step.baskets",
        "baskets.step.rules",
    }

    def cancel(share: float, step: str) -> None:
        if share > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        find_rules(groceries, RuleOptions(support=0.001), progress=cancel)


def test_the_estimate_says_what_will_come(groceries: pd.DataFrame) -> None:
    estimate = estimate_rules(groceries)
    ladder = estimate.ladder.set_index("support")
    assert ladder.loc[[0.01, 0.005, 0.001], "itemsets"].tolist() == [
        333,
        1001,
        13492,
    ]
    assert ladder.loc[[0.01, 0.005, 0.001], "exact"].all()
    assert estimate.proposed == 0.005
    assert find_rules(groceries).support == 0.005
    assert estimate.sizes["baskets"].sum() == 9835
    assert (
        (estimate.sizes["size"] * estimate.sizes["baskets"]).sum()
        == estimate.lines
        == 43367
    )


@pytest.mark.parametrize("orders", [1, 30, 250, 4000])
@pytest.mark.parametrize("products", [3, 40])
def test_rules_take_the_support_that_the_estimate_proposes(
    orders: int, products: int
) -> None:
    rng = np.random.default_rng(orders + products)
    bought = rng.dirichlet(np.full(products, 0.5))
    table = pd.DataFrame(
        {
            "order": rng.integers(0, orders, 5 * orders),
            "product": rng.choice(products, 5 * orders, p=bought).astype(str),
        }
    )
    for max_length in (None, 2):
        options = RuleOptions(max_length=max_length)
        proposed = estimate_rules(table, options).proposed
        assert find_rules(table, options).support == proposed


def test_nothing_to_find() -> None:
    result = find_rules(lines([["a"], ["b"], ["c"]]), RuleOptions(support=0.5))
    assert (
        result.itemsets.empty
        and result.rules.empty
        and result.pairs.empty
        and result.apart.empty
    )
    assert result.headlines() == () and result.summary()["rules"] == 0
    assert list(result.rules.columns) == list(
        find_rules(lines([["a", "b"]] * 3), RuleOptions(support=0.5)).rules.columns
    )
    with pytest.raises(AnalysisError) as caught:
        find_rules(pd.DataFrame({"order": [None], "product": ["a"]}))
    assert caught.value.key == "baskets.no_lines"
    with pytest.raises(ValueError, match=r"RuleOptions\.support"):
        RuleOptions(support=1.5)


def drawn(seed: int, orders: int = 1500, substitutes: bool = False) -> pd.DataFrame:
    """Small baskets of products drawn one by one.

    p0 and p1 may stand in for one another, so that few take both.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for order in range(orders):
        held = set(
            rng.choice(
                9,
                rng.choice([1, 1, 2, 2, 3, 4]),
                p=np.array([20, 18, 16, 12, 10, 8, 8, 5, 3]) / 100,
            ).tolist()
        )
        if substitutes and {0, 1} <= held and rng.random() < 0.8:
            held = held - {1} | {8}
        rows += [(order, f"p{item}") for item in held]
    return pd.DataFrame(rows, columns=["order", "product"])


@pytest.mark.slow
def test_small_baskets_alone_do_not_make_products_avoid_each_other() -> None:
    naive = apart = 0
    for seed in range(10):
        result = find_rules(drawn(seed), RuleOptions(support=0.01))
        pairs = result.pairs
        naive += int(((pairs["lift"] < 1) & (pairs["chi_square"] > 10)).sum())
        apart += len(result.apart)
    assert naive >= 50 and apart <= 2
    planted = find_rules(
        drawn(0, substitutes=True), RuleOptions(support=0.01)
    ).apart
    assert tuple(planted[["item_a", "item_b"]].iloc[0]) == ("p0", "p1")
    assert (
        planted["missing"].iloc[0]
        == pytest.approx(planted["expected"].iloc[0] - planted["count"].iloc[0])
        and planted["missing"].iloc[0] > 20
    )


def test_pairs_at_equal_basket_size_are_as_another_counts_them() -> None:
    from statsmodels.stats.contingency_tables import StratifiedTable

    from crm_analysis.analyses.baskets.equal_size import EqualSizePairs

    result = find_rules(drawn(3, 600), RuleOptions(support=0.01))
    code = {name: place for place, name in enumerate(result.baskets.names)}
    held = (
        drawn(3, 600)
        .assign(held=True)
        .pivot_table(
            index="order",
            columns="product",
            values="held",
            aggfunc="any",
            fill_value=False,
        )
        .astype(bool)
    )

    def by_hand(given: str, other: str) -> float:
        beside = held.drop(columns=given).sum(axis=1)
        parts = [
            pd.crosstab(part[given], part[other])
            .reindex([False, True])
            .reindex(columns=[False, True])
            .fillna(0)
            for _, part in held.groupby(beside)
        ]
        return float(
            StratifiedTable(
                [part.to_numpy() for part in parts if part.to_numpy().sum() > 1]
            )
            .test_null_odds(correction=False)
            .pvalue
        )

    for a, b in (("p0", "p1"), ("p2", "p5"), ("p8", "p0")):
        _, p_value = EqualSizePairs(result.baskets).test(
            np.array([code[a]]), np.array([code[b]])
        )
        assert p_value[0] == pytest.approx(
            min(1, 2 * min(by_hand(a, b), by_hand(b, a))), rel=1e-9
        )


def test_frequencies_and_products_that_avoid_each_other() -> None:
    baskets = [["a", "b"]] * 40 + [["c"]] * 40 + [["a", "c"]] * 5 + [["d"]] * 15
    result = find_rules(lines(baskets), RuleOptions(support=0.05))
    assert result.items.set_index("item")["support"].to_dict() == {
        "a": 0.45,
        "c": 0.45,
        "b": 0.4,
        "d": 0.15,
    }
    shares = result.items.set_index("item")["line_share"]
    assert shares["a"] == pytest.approx(45 / 145) and shares.sum() == pytest.approx(
        1
    )
    pair = result.pairs.set_index(["item_a", "item_b"])
    assert pair.loc[("a", "b"), "support"] == 0.4
    assert pair.loc[("a", "c"), "expected"] == pytest.approx(45 * 45 / 100)
    assert ("b", "c") in pair.index and pair.loc[("b", "c"), "count"] == 0
    assert set(
        zip(result.apart["item_a"], result.apart["item_b"], strict=True)
    ) >= {
        ("a", "c"),
        ("b", "c"),
    }
    square = result.matrix(3)
    assert (
        square.loc["a", "a"] == 0.45
        and square.loc["a", "b"] == square.loc["b", "a"] == 0.4
    )


def test_headlines_are_sentences_in_both_languages(
    groceries: pd.DataFrame,
) -> None:
    result = find_rules(groceries, RuleOptions(support=0.005))
    headlines = result.headlines()
    assert len(headlines) == 5
    for key, details in headlines:
        for language in ("en", "zh"):
            text = AnalysisError(key, **details).sentence(language)
            assert details["antecedent"][0] in text and "{" not in text


def test_the_best_rules_tell_of_different_products(
    groceries: pd.DataFrame,
) -> None:
    # A trio that is always bought together fills the list by leverage alone: 3 pairs, 3 splits of
    # the three.
    trio = [["a", "b", "c"]] * 60 + [
        ["a"],
        ["b"],
        ["c"],
        ["a", "b"],
        ["b", "c"],
        ["a", "c"],
    ] * 5
    table = lines(
        trio
        + [["x", "y"]] * 12
        + [["u", "v"]] * 9
        + [["x"], ["y"], ["u"], ["v"]] * 4
        + [["z"]] * 200
    )
    best = find_rules(table, RuleOptions(support=0.02)).best(5)
    named = [
        frozenset(a + c)
        for a, c in zip(best["antecedent"], best["consequent"], strict=True)
    ]
    # Two of its rules have named all three; a third would say nothing new.
    assert named[0] | named[1] == {"a", "b", "c"} and named[2:4] == [
        {"x", "y"},
        {"u", "v"},
    ]
    assert len(set(named)) == 5 and named[4] <= {"a", "b", "c"}
    result = find_rules(groceries, RuleOptions(support=0.001))
    best = result.best(8)
    named = [
        frozenset(a + c)
        for a, c in zip(best["antecedent"], best["consequent"], strict=True)
    ]
    assert len(set(named)) == 8 and len(frozenset().union(*named)) >= 10
    assert (
        best["leverage"].iloc[0]
        == result.rules.loc[~result.rules["redundant"], "leverage"].max()
    )
    assert (best["p_adjusted"] < 0.05).all() and not best["redundant"].any()


def test_every_pair_is_tabulated_of_many_products() -> None:
    result = find_rules(
        lines([[f"p{item}", f"p{item + 1}"] for item in range(0, 4400, 2)]),
        RuleOptions(support=1e-6, max_length=1),
    )
    assert (
        len(result.pairs) == 2200
        and result.pair_frequencies.items == 4400
        and (result.pairs["count"] == 1).all()
    )


def test_a_result_can_be_kept_and_taken_up_again() -> None:
    result = find_rules(lines([["a", "b"]] * 3 + [["c"]]), RuleOptions(support=0.2))
    again = copy.deepcopy(result)
    pd.testing.assert_frame_equal(again.rules, result.rules)
    pd.testing.assert_frame_equal(again.pairs, result.pairs)
    assert again.summary() == result.summary()


def test_returns_of_a_file_are_left_out(tmp_path: Path) -> None:
    """Through loading: returns are marked there, by a sign or a word, and are no purchase here."""
    path = tmp_path / "orders.csv"
    rows = ["order_id,customer_id,order_date,product,quantity,unit_price,status"]
    for order in range(40):
        day = f"2024-{1 + order // 20:02d}-{1 + order % 20:02d}"
        bought = (
            ("tea", 2, "completed"),
            ("milk", 1, "returned" if order % 2 else "completed"),
            ("jam", -1 if order % 4 == 0 else 1, "completed"),
        )
        for item, count, status in bought:
            rows.append(
                f"A{order:03d},K{order % 10},{day},{item},{count},2.50,{status}"
            )
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    raw = crm.read_table(path)
    table = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions()).table
    assert table["is_return"].sum() == 20 + 10
    result = find_rules(table, RuleOptions(support=0.1))
    assert dict(zip(result.items["item"], result.items["count"], strict=True)) == {
        "tea": 40,
        "jam": 30,
        "milk": 20,
    }
    assert ("baskets.left_out.returns", {"lines": 30}) in result.notes
    assert (
        len(
            find_rules(table, RuleOptions(support=0.1, returns=True)).items.query(
                "count == 40"
            )
        )
        == 3
    )
