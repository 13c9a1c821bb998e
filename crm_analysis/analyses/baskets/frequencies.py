"""Purchase frequencies as the CRM literature tabulates them: P(I) for each item, P(I, J) for each two."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.encoding import Baskets
from crm_analysis.analyses.baskets.measures import adjust, chi_square, tail

__all__ = ["MOST_ITEMS", "item_table", "joint_counts", "pair_table"]

MOST_ITEMS = 2000  # pairs are tabulated among so many items, the most bought, at most
_ENOUGH = 5.0  # a pair never seen together is a row where chance alone would bring so many


def item_table(baskets: Baskets) -> pd.DataFrame:
    """P(I): item, count (baskets that hold it), support; all items, most bought first, then by name."""
    table = pd.DataFrame({"item": baskets.names, "count": baskets.counts, "support": baskets.counts / max(1, len(baskets))})
    return table.sort_values(["count", "item"], ascending=[False, True], kind="stable", ignore_index=True)


def joint_counts(baskets: Baskets, items: np.ndarray) -> np.ndarray:
    """How many baskets hold each two of `items` (codes); the diagonal holds each alone."""
    from scipy.sparse import csr_matrix

    place = np.full(len(baskets.names), -1, dtype=np.int32)
    place[items] = np.arange(len(items), dtype=np.int32)
    total = np.zeros((len(items), len(items)), dtype=np.int64)
    step = max(1, int(5_000_000 / max(1.0, float((baskets.sizes.astype(float) ** 2).mean()))))
    for low in range(0, len(baskets), step):
        starts = baskets.starts[low : low + step + 1]
        codes = place[baskets.codes[starts[0] : starts[-1]]]
        kept = codes >= 0
        seen = np.concatenate([[0], np.cumsum(kept)])[starts - starts[0]]
        part = csr_matrix((np.ones(int(kept.sum()), dtype=np.int32), codes[kept], seen), shape=(len(starts) - 1, len(items)))
        together = (part.T @ part).tocoo()
        np.add.at(total, (together.row, together.col), together.data)
    return total


def pair_table(baskets: Baskets, items: np.ndarray) -> pd.DataFrame:
    """P(I, J) for each two of `items` seen together, or expected together five times by chance, and how far from chance it is.

    Columns: item_a, item_b (in alphabetical order), count, support, support_a, support_b, expected (baskets, were they bought independently),
    lift, leverage, chi_square, p_value, p_adjusted (Benjamini-Hochberg over the rows), apart (significantly below chance at 5 %).
    The strongest leverage, either way, comes first.
    """
    items = items[np.argsort(baskets.names[items], kind="stable")]
    size = float(len(baskets))
    joint = joint_counts(baskets, items)
    alone = np.diag(joint).astype(float)
    a, b = np.triu_indices(len(items), k=1)
    both, x, y = joint[a, b], alone[a], alone[b]
    expected = x * y / size if size else x
    shown = (both > 0) | (expected >= _ENOUGH)
    a, b, both, x, y, expected = (one[shown] for one in (a, b, both, x, y, expected))
    chi = chi_square(size, x, y, both.astype(float))
    p_value = tail(chi)
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
            "p_adjusted": adjust(p_value),
        }
    )
    # The test needs some five expected baskets to be trusted.
    table["apart"] = (table["count"] < table["expected"]) & (table["p_adjusted"] < 0.05) & (table["expected"] >= _ENOUGH)
    strength = table["leverage"].abs().round(15).to_numpy()
    return table.iloc[np.lexsort((b, a, -strength))].reset_index(drop=True)  # a and b count in alphabetical order
