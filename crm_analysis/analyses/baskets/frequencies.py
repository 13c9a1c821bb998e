"""Purchase frequencies as the CRM literature tabulates them: P(I) of items, P(I, J) of pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, triu

from crm_analysis.analyses.baskets.chance import (
    TOLERANCE,
    SizeClasses,
    pair_p,
)
from crm_analysis.analyses.baskets.equal_size import EqualSizePairs
from crm_analysis.analyses.baskets.measures import SIGNIFICANT
from crm_analysis.analyses.baskets.mining.encoding import Baskets, numbered
from crm_analysis.analyses.baskets.pair_chance import countable
from crm_analysis.analyses.inference import (
    benjamini_hochberg,
    chi_square_p,
    fourfold_chi_square,
    hypergeometric_p,
)

# Rows of pairs; where there would be more, the most bought items are tabulated.
_MAX_PAIRS = 5_000_000
# A pair never seen together is a row where chance alone would bring so many baskets; one seen in
# so many is tested among baskets of equal size too.
_ENOUGH = 5.0


@dataclass(frozen=True, eq=False)
class PairFrequencies:
    """How often each two items are in a basket together.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each two items seen together, or expected together five times by chance; the
        strongest leverage, either way, first.
        item_a, item_b : names, in alphabetical order
        count : baskets that hold both
        support, support_a, support_b : share of baskets that hold both, the one, the other
        expected : baskets that would hold both, were they bought independently
        lift : count over expected
        leverage : share of baskets beyond chance
        chi_square : statistic of the test that they are independent
        expected_equal_size : baskets expected given how many products each basket holds
        p_value : probability of so many or more, by the test of rules (see `significance`)
        p_adjusted : p-value corrected for all pairs of these items (Benjamini-Hochberg)
        p_apart : corrected p-value that there are fewer, among baskets of equal size (see
            `EqualSizePairs`); 1 of pairs that are not significantly below `expected`
        apart : whether there are significantly fewer than both expectations, at 5 %
    items : int
        Among how many items: all, unless that would be millions of rows; then the most bought.
    """

    table: pd.DataFrame
    items: int


@dataclass(frozen=True, eq=False)
class Probabilities:
    """P(I) of the items, P(I, J) of their pairs, and how far apart that is from chance.

    Attributes
    ----------
    by : str
        "baskets": P(I) = N(I) / N and P(I, J) = N(I, J) / N, with N the baskets.
        "lines": P(I) = N(I) / Σ N and P(I, J) = N(I, J) / Σ N, with Σ N the sum of all N(I), so
        that the P(I) of all items add up to one.
    base : int
        N or Σ N.
    items : pandas.DataFrame
        item, count (N(I), baskets that hold it), p; most bought first.
    pairs : pandas.DataFrame
        item_a, item_b, count (N(I, J), baskets that hold both), p_joint, p_a, p_b, and difference:
        P(I, J) − P(I) · P(J); the largest difference, either way, first.
    """

    by: str
    base: int
    items: pd.DataFrame
    pairs: pd.DataFrame


def probabilities(
    baskets: Baskets, items: pd.DataFrame, pairs: pd.DataFrame, by: str
) -> Probabilities:
    """Probabilities from counted items and pairs."""
    sums = {"baskets": len(baskets), "lines": int(baskets.counts.sum())}
    if by not in sums:
        raise ValueError(
            f"by is {by!r}; it must be one of {', '.join(map(repr, sums))}"
        )
    base = sums[by]
    singles = items[["item", "count"]].assign(p=items["count"] / max(1, base))
    alone = singles.set_index("item")["p"]
    both = pairs[["item_a", "item_b", "count"]].assign(
        p_joint=pairs["count"] / max(1, base),
        p_a=pairs["item_a"].map(alone),
        p_b=pairs["item_b"].map(alone),
    )
    both["difference"] = both["p_joint"] - both["p_a"] * both["p_b"]
    strength = -both["difference"].abs().round(15)
    order = both.assign(strength=strength).sort_values(
        ["strength", "item_a", "item_b"], kind="stable"
    )
    return Probabilities(
        by, base, singles, both.loc[order.index].reset_index(drop=True)
    )


def item_table(baskets: Baskets) -> pd.DataFrame:
    """P(I): item, count (baskets that hold it), support, line_share; most bought first.

    `support` is P(I) by baskets, count / baskets; `line_share` P(I) by lines, N(I) / Σ N: the count
    as a share of all items of all baskets.
    """
    order = np.argsort(baskets.names, kind="stable")
    order = order[np.argsort(-baskets.counts[order], kind="stable")]
    counts = baskets.counts[order]
    return pd.DataFrame(
        {
            "item": baskets.names[order],
            "count": counts,
            "support": counts / max(1, len(baskets)),
            "line_share": counts / max(1, int(counts.sum())),
        }
    )


def joint_counts(baskets: Baskets, items: np.ndarray) -> np.ndarray:
    """How many baskets hold each two of `items` (codes); the diagonal holds each alone."""
    counts = _joint(baskets, items)
    assert counts is not None
    return counts.toarray()


def _joint(
    baskets: Baskets, items: np.ndarray, limit: float = np.inf
) -> csr_matrix | None:
    """`joint_counts` without its zeros; None as soon as there are more than `limit` pairs."""
    column_of = numbered(items, len(baskets.names))
    total = csr_matrix((len(items), len(items)), dtype=np.int64)
    mean_square = float((baskets.sizes.astype(float) ** 2).mean())
    step = max(1, int(5_000_000 / max(1.0, mean_square)))
    for low in range(0, len(baskets), step):
        starts = baskets.starts[low : low + step + 1]
        columns = column_of[baskets.codes[starts[0] : starts[-1]]]
        counted = columns >= 0
        pointer = np.concatenate([[0], np.cumsum(counted)])[starts - starts[0]]
        largest = np.diff(pointer).max(initial=0)
        if float(largest) ** 2 > 2 * limit:  # of one basket alone
            return None
        ones = np.ones(int(counted.sum()), dtype=np.int64)
        held = csr_matrix(
            (ones, columns[counted], pointer), shape=(len(starts) - 1, len(items))
        )
        total = total + held.T @ held
        if total.nnz > 2 * limit:
            return None
    return total


def pair_frequencies(baskets: Baskets, items: np.ndarray) -> PairFrequencies:
    """P(I, J) of each two of `items` (codes), and how far from chance it is."""
    joint = _joint(baskets, items, _MAX_PAIRS)
    if joint is None:
        most_bought = np.argsort(-baskets.counts[items], kind="stable")
        items = items[most_bought[: int(np.sqrt(2 * _MAX_PAIRS))]]
        joint = _joint(baskets, items)
        assert joint is not None
    size = float(len(baskets))
    names, counts = baskets.names[items], baskets.counts[items]
    rank = np.argsort(np.argsort(names, kind="stable"))
    a, b, both = _pairs(joint, counts, _ENOUGH * size)
    swapped = rank[a] > rank[b]
    a, b = np.where(swapped, b, a), np.where(swapped, a, b)
    x, y = counts[a].astype(float), counts[b].astype(float)
    expected = x * y / size if size else x
    chi_square = fourfold_chi_square(size, x, y, both.astype(float))
    by_size = SizeClasses(baskets, items).log_expected(np.stack([a, b], axis=1))
    equal_size = np.exp(by_size)
    p_value = hypergeometric_p(x * y / (TOLERANCE * equal_size), x, y, both)
    if len(both) and countable(baskets, items):
        p_value = pair_p(baskets, items[a], items[b], both, p_value, _ENOUGH)
    table = pd.DataFrame(
        {
            "item_a": names[a],
            "item_b": names[b],
            "count": both,
            "support": both / size,
            "support_a": x / size,
            "support_b": y / size,
            "expected": expected,
            "lift": both / expected,
            "leverage": (both - expected) / size,
            "chi_square": chi_square,
            "expected_equal_size": equal_size,
            "p_value": p_value,
            "p_adjusted": benjamini_hochberg(
                p_value, len(items) * (len(items) - 1) // 2
            ),
        }
    )
    _mark_apart(table, baskets, items[a], items[b])
    strength = table["leverage"].abs().round(15).to_numpy()
    order = np.lexsort((rank[b], rank[a], -strength))
    return PairFrequencies(table.iloc[order].reset_index(drop=True), len(items))


def _mark_apart(
    table: pd.DataFrame,
    baskets: Baskets,
    first: np.ndarray,
    second: np.ndarray,
) -> None:
    # The test needs some five expected baskets to be trusted.
    testable = (table["expected"] >= _ENOUGH).to_numpy()
    likely = benjamini_hochberg(chi_square_p(table["chi_square"].to_numpy()))
    below_chance = (table["count"] < table["expected"]) & (likely < SIGNIFICANT)
    tested = np.flatnonzero(testable & below_chance)
    expected, p_value = EqualSizePairs(baskets).test(first[tested], second[tested])
    table.loc[tested, "expected_equal_size"] = expected
    p_values = np.ones(len(table))
    p_values[tested] = p_value
    p_values[testable] = benjamini_hochberg(p_values[testable])
    table["p_apart"] = p_values
    fewer = table["count"] < table["expected_equal_size"]
    table["apart"] = fewer & (p_values < SIGNIFICANT)


def _pairs(
    joint: csr_matrix, counts: np.ndarray, enough: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs a < b seen together, or whose counts multiply to `enough`; and their baskets."""
    together = triu(joint, k=1).tocoo()
    width = len(counts)
    order = np.argsort(-counts, kind="stable")
    falling = counts[order].astype(float)
    # Of items that fall in number, those that reach `enough` with one of them are the first ones.
    reach = np.searchsorted(
        -falling, -enough / np.maximum(falling, 1.0), side="right"
    )
    reach = np.maximum(reach - np.arange(width) - 1, 0)
    first = np.repeat(np.arange(width), reach)
    second = (
        first
        + 1
        + np.arange(len(first))
        - np.repeat(np.cumsum(reach) - reach, reach)
    )
    low = np.minimum(order[first], order[second])
    high = np.maximum(order[first], order[second])
    seen = together.row.astype(np.int64) * width + together.col
    never_seen = np.setdiff1d(low * width + high, seen)
    a, b = np.divmod(never_seen, max(width, 1))
    return (
        np.concatenate([together.row, a]).astype(np.int64),
        np.concatenate([together.col, b]).astype(np.int64),
        np.concatenate([together.data, np.zeros(len(never_seen), np.int64)]),
    )
