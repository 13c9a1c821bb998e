"""What is said to be surely together, in shops where chance alone fills the baskets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

from crm_analysis.analyses.baskets import (
    RuleOptions,
    SequenceOptions,
    find_rules,
    find_sequences,
)
from crm_analysis.analyses.baskets.chance import SizeClasses
from crm_analysis.analyses.baskets.mining.encoding import gather_baskets
from crm_analysis.analyses.baskets.pair_chance import pairs_by_chance
from crm_analysis.analyses.inference import hypergeometric_p

SHOPS = 40
LINKS = 6


def small(rng: np.random.Generator, orders: int, items: int) -> np.ndarray:
    return 1 + rng.poisson(2.5, orders)


def uneven(rng: np.random.Generator, orders: int, items: int) -> np.ndarray:
    sizes = np.ceil(rng.lognormal(1.0, 1.1, orders)).astype(int)
    return np.clip(sizes, 1, items - 1)


def independent(
    seed: int,
    sizes: Callable[[np.random.Generator, int, int], np.ndarray],
    orders: int = 1500,
    items: int = 30,
) -> np.ndarray:
    """Orders × products: products drawn one by one by their popularity."""
    rng = np.random.default_rng(seed)
    popularity = -0.8 * np.log(np.arange(1, items + 1))
    drawn = np.argsort(-(popularity + rng.gumbel(size=(orders, items))), axis=1)
    rank = np.argsort(drawn, axis=1)
    return rank < sizes(rng, orders, items)[:, None]


def lines(held: np.ndarray) -> pd.DataFrame:
    order, product = np.nonzero(held)
    return pd.DataFrame(
        {"order": order, "product": [f"p{item:02d}" for item in product]}
    )


def linked(seed: int, lift: float) -> np.ndarray:
    """Products 3 and 4, 5 and 6 …: whoever takes the first takes the second more often."""
    held = independent(seed, small)
    rng = np.random.default_rng(1000 + seed)
    for first in range(3, 3 + 2 * LINKS, 2):
        more = (lift - 1) * held[:, first + 1].mean() + 0.05
        held[:, first + 1] |= held[:, first] & (rng.random(len(held)) < more)
    return held


def test_the_exact_test_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    total = rng.integers(50, 100_000, 500)
    first, second = (
        (rng.random(500) * total * 0.4).astype(int) + 1 for _ in range(2)
    )
    both = hypergeom.rvs(total, first, second, random_state=1) + rng.integers(
        0, 8, 500
    )
    both = np.minimum(both, np.minimum(first, second))
    expected = hypergeom.sf(both - 1, total, first, second)
    ours = hypergeometric_p(total, first, second, both)
    assert ours == pytest.approx(expected, rel=1e-4, abs=1e-9)
    assert hypergeometric_p(3.0, np.array([5]), np.array([2]), np.array([2])) == [
        1.0
    ]


def test_expectations_keep_the_sizes_of_baskets_and_the_counts_of_products() -> (
    None
):
    held = independent(0, uneven)
    baskets = gather_baskets(lines(held), RuleOptions())
    items = np.arange(len(baskets.names))
    classes = SizeClasses(baskets, items)
    alone = np.exp(classes.log_expected(items[:, None]))
    assert alone == pytest.approx(baskets.counts, rel=0.01)
    pairs = np.stack(np.triu_indices(len(items), 1), axis=1)
    together = np.exp(classes.log_expected(pairs)).sum()
    sizes = baskets.sizes.astype(float)
    assert together == pytest.approx((sizes * (sizes - 1) / 2).sum(), rel=0.01)


def test_pairs_are_expected_as_often_as_where_equally_many_others_are() -> None:
    """Two baskets hold A and one other product; five of one product only do not hold A."""
    held = np.zeros((9, 5), dtype=bool)
    for order, items in enumerate(
        ("AB", "AC", "B", "B", "C", "C", "BC", "CD", "E")
    ):
        held[order, ["ABCDE".index(item) for item in items]] = True
    orders, products = np.nonzero(held)
    table = pd.DataFrame(
        {"order": orders, "product": [f"p{item}" for item in products]}
    )
    baskets = gather_baskets(table, RuleOptions())
    a, b = (np.flatnonzero(baskets.names == name) for name in ("p0", "p1"))
    expected, p_value = pairs_by_chance(baskets, a, b)
    # Beside A 3 of these 7 hold B. With B and one other: 2, without B: 3; of the 5 one holds A.
    of_a, of_b = 2 * 3 / 7, 2 * 1 / 5
    assert expected == pytest.approx([(of_a + of_b) / 2])
    assert 0.3 < p_value[0] < 0.7
    none = np.empty(0, dtype=np.int64)
    assert [len(part) for part in pairs_by_chance(baskets, none, none)] == [0, 0]


def test_a_pair_is_as_sure_as_its_rule() -> None:
    result = find_rules(
        lines(linked(0, 2.5)), RuleOptions(support=0.01, confidence=0.1)
    )
    rules = result.rules[result.rules["length"] == 2]
    of_rule = {
        tuple(sorted(row.antecedent + row.consequent)): row.p_value
        for row in rules.itertuples()
    }
    of_pair = result.pairs.set_index(["item_a", "item_b"])["p_value"]
    asked = of_pair.loc[list(of_rule)]
    assert len(asked) > LINKS and min(of_rule.values()) < 1e-6
    assert asked.to_numpy() == pytest.approx(list(of_rule.values()), rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "options"),
    [
        (small, RuleOptions(support=0.01)),
        (small, RuleOptions(support=0.003, confidence=0.05)),
        (uneven, RuleOptions(support=0.02, max_length=3)),
    ],
    ids=["even", "even at .3 %", "uneven"],
)
def test_hardly_a_shop_of_independent_products_has_a_sure_rule(
    sizes: Callable[[np.random.Generator, int, int], np.ndarray],
    options: RuleOptions,
) -> None:
    naive = sure = links = 0
    for seed in range(SHOPS):
        result = find_rules(lines(independent(seed, sizes)), options)
        summary = result.summary()
        naive += bool((result.rules["chi_square"] > 20).any())
        sure += bool(summary["sure_rules"])
        links += len(result.links()) > 0
    assert sure <= 4 and links <= 4
    if sizes is uneven:
        assert naive == SHOPS


@pytest.mark.slow
@pytest.mark.parametrize(("lift", "share"), [(2.5, 0.95), (1.8, 0.84)])
def test_planted_links_are_called_sure(lift: float, share: float) -> None:
    sure = other = 0
    planted = {
        frozenset((f"p{first:02d}", f"p{first + 1:02d}"))
        for first in range(3, 3 + 2 * LINKS, 2)
    }
    options = RuleOptions(support=0.01, confidence=0.1, max_length=2)
    for seed in range(20):
        rules = find_rules(lines(linked(seed, lift)), options).rules
        rules = rules[(rules["lift"] > 1) & (rules["p_adjusted"] < 0.05)]
        sides = zip(rules["antecedent"], rules["consequent"], strict=True)
        pairs = {frozenset(first + second) for first, second in sides}
        sure += len(pairs & planted)
        other += len(pairs - planted)
    assert sure >= share * 20 * LINKS and other <= 0.1 * sure


@pytest.mark.slow
def test_customers_of_large_baskets_make_no_product_follow_another() -> None:
    """Whoever fills large baskets always buys everything after everything."""
    said = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        appetite = np.repeat(rng.lognormal(0.8, 0.9, 250), 4)
        drawn = np.clip(1 + rng.poisson(appetite), 1, 29)
        held = independent(seed, lambda *_, sizes=drawn: sizes, orders=1000)
        table = lines(held)
        table["customer"] = table["order"] // 4
        table["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(
            table["order"] % 4 * 20, unit="D"
        )
        said += len(find_sequences(table, SequenceOptions(support=0.02)).best()) > 0
    assert said <= 3
