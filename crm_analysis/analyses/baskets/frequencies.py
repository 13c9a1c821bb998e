"""Purchase frequencies as the CRM literature tabulates them: P(I) for each item, P(I, J) for each two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.equal_size import SizedPairs
from crm_analysis.analyses.baskets.mining.encoding import Baskets
from crm_analysis.analyses.inference import benjamini_hochberg, chi_square_p, fourfold_chi_square

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["item_table", "joint_counts", "pair_table"]

_MOST_PAIRS = 5_000_000  # rows; where there would be more, the most bought items are tabulated whose pairs cannot be more
_SIGNIFICANT = 0.05
_ENOUGH = 5.0  # a pair never seen together is a row where chance alone would bring so many


def item_table(baskets: Baskets) -> pd.DataFrame:
    """P(I): item, count (baskets that hold it), support; all items, most bought first, then by name."""
    table = pd.DataFrame(
        {
            "item": baskets.names,
            "count": baskets.counts,
            "support": baskets.counts / max(1, len(baskets)),
        }
    )
    return table.sort_values(
        ["count", "item"], ascending=[False, True], kind="stable", ignore_index=True
    )


def joint_counts(baskets: Baskets, items: np.ndarray) -> np.ndarray:
    """How many baskets hold each two of `items` (codes); the diagonal holds each alone."""
    counts = _joint(baskets, items)
    assert counts is not None
    return counts.toarray()


def _joint(baskets: Baskets, items: np.ndarray, most: float = np.inf) -> csr_matrix | None:
    """`joint_counts` without its zeros; None as soon as there are more than `most` pairs."""
    from scipy.sparse import csr_matrix

    place = np.full(len(baskets.names), -1, dtype=np.int32)
    place[items] = np.arange(len(items), dtype=np.int32)
    total = csr_matrix((len(items), len(items)), dtype=np.int64)
    step = max(1, int(5_000_000 / max(1.0, float((baskets.sizes.astype(float) ** 2).mean()))))
    for low in range(0, len(baskets), step):
        starts = baskets.starts[low : low + step + 1]
        codes = place[baskets.codes[starts[0] : starts[-1]]]
        kept = codes >= 0
        seen = np.concatenate([[0], np.cumsum(kept)])[starts - starts[0]]
        sizes = np.diff(seen).astype(float)
        if (sizes**2).max(initial=0) > 2 * most:  # of one basket alone
            return None
        part = csr_matrix(
            (np.ones(int(kept.sum()), dtype=np.int64), codes[kept], seen),
            shape=(len(starts) - 1, len(items)),
        )
        total = total + part.T @ part
        if total.nnz > 2 * most:
            return None
    return total


def pair_table(baskets: Baskets, items: np.ndarray) -> pd.DataFrame:
    """P(I, J) for each two of `items` seen together, or expected together five times by chance, and how far from chance it is.

    Columns: item_a, item_b (in alphabetical order), count, support, support_a, support_b, expected (baskets, were they bought independently),
    lift, leverage, chi_square, p_value, p_adjusted (Benjamini-Hochberg over the rows), expected_sized (of pairs significantly below chance:
    the baskets expected given how many products baskets hold, see `SizedPairs`), apart (significantly below both, at 5 %).
    The strongest leverage, either way, comes first. `attrs["items"]`: among how many items, which is all of them unless that would be millions of rows.
    """
    joint = _joint(baskets, items, _MOST_PAIRS)
    if joint is None:
        few = int(np.sqrt(2 * _MOST_PAIRS))
        items = items[np.argsort(-baskets.counts[items], kind="stable")[:few]]
        joint = _joint(baskets, items)
        assert joint is not None
    rank = np.argsort(np.argsort(baskets.names[items], kind="stable"))
    size = float(len(baskets))
    a, b, both = _pairs(joint, baskets.counts[items], _ENOUGH * size)
    swapped = rank[a] > rank[b]
    a, b = np.where(swapped, b, a), np.where(swapped, a, b)
    x, y = (baskets.counts[items][one].astype(float) for one in (a, b))
    expected = x * y / size if size else x
    chi = fourfold_chi_square(size, x, y, both.astype(float))
    p_value = chi_square_p(chi)
    table = pd.DataFrame(
        {
            "item_a": baskets.names[items][a],
            "item_b": baskets.names[items][b],
            "count": both,
            "support": both / size,
            "support_a": x / size,
            "support_b": y / size,
            "expected": expected,
            "lift": both / expected,
            "leverage": (both - expected) / size,
            "chi_square": chi,
            "p_value": p_value,
            "p_adjusted": benjamini_hochberg(p_value),
        }
    )
    # The test needs some five expected baskets to be trusted.
    testable = table["expected"] >= _ENOUGH
    fewer = np.flatnonzero(
        testable & (table["count"] < table["expected"]) & (table["p_adjusted"] < _SIGNIFICANT)
    )
    room, p_sized = SizedPairs(baskets).test(items[a[fewer]], items[b[fewer]])
    table["expected_sized"] = np.nan
    table.loc[fewer, "expected_sized"] = room
    tested = np.ones(len(table))
    tested[fewer] = p_sized
    tested[testable] = benjamini_hochberg(tested[testable])
    table["apart"] = (table["count"] < table["expected_sized"]) & (tested < _SIGNIFICANT)
    strength = table["leverage"].abs().round(15).to_numpy()
    table = table.iloc[np.lexsort((rank[b], rank[a], -strength))].reset_index(drop=True)
    table.attrs["items"] = len(items)
    return table


def _pairs(
    joint: csr_matrix, alone: np.ndarray, enough: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs a < b that are seen together, or whose counts multiply to `enough`, and in how many baskets each is."""
    from scipy.sparse import triu

    seen = triu(joint, k=1).tocoo()
    width = len(alone)
    order = np.argsort(-alone, kind="stable")
    falling = alone[order].astype(float)
    # Of items that fall in number, those that reach `enough` with one of them are the first so many.
    reach = np.searchsorted(-falling, -enough / np.maximum(falling, 1.0), side="right")
    reach = np.maximum(reach - np.arange(width) - 1, 0)
    left = np.repeat(np.arange(width), reach)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(reach) - reach, reach)
    low, high = np.minimum(order[left], order[right]), np.maximum(order[left], order[right])
    known = seen.row.astype(np.int64) * width + seen.col
    apart = np.setdiff1d(low * width + high, known)
    return (
        np.concatenate([seen.row, apart // max(width, 1)]).astype(np.int64),
        np.concatenate([seen.col, apart % max(width, 1)]).astype(np.int64),
        np.concatenate([seen.data, np.zeros(len(apart), np.int64)]),
    )
