"""Apriori and FP-Growth by mlxtend: the same answer by other hands, where it can be afforded."""

from __future__ import annotations

import math
import warnings
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.mining.eclat import mine
from crm_analysis.analyses.baskets.mining.encoding import Baskets, numbered
from crm_analysis.analyses.baskets.mining.search import Mined, MiningLimits
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress

_BYTES = 1_000_000_000  # as much memory may be taken
# Seen with mlxtend 0.25 on one million baskets. FP-Growth: bytes and seconds an order line, seconds
# a frequent itemset. Apriori: seconds a basket, item and candidate, and a candidate.
_TREE_BYTES, _TREE_SECONDS, _SET_SECONDS = 1000, 4e-6, 6e-5
_SCAN_SECONDS, _CANDIDATE_SECONDS = 1.2e-9, 2e-5


def mine_with_mlxtend(
    baskets: Baskets,
    minimum: int,
    limits: MiningLimits,
    progress: Progress = no_progress,
    *,
    algorithm: Literal["apriori", "fpgrowth"],
) -> Mined:
    """The frequent itemsets; "baskets.algorithm_too_large" where it would outgrow memory or time.

    mlxtend cannot be stopped once it runs, so our own Eclat first counts what is coming.
    """
    coming = mine(baskets, minimum, limits, progress)
    frequent = np.flatnonzero(baskets.counts >= minimum)
    if not len(frequent):
        return coming
    lean = False
    if algorithm == "fpgrowth":
        lines = int(baskets.counts[frequent].sum())
        memory: float = len(baskets) * len(frequent) + lines * _TREE_BYTES
        time = lines * _TREE_SECONDS + len(coming) * _SET_SECONDS
    else:
        memory, time, lean = _apriori_costs(len(baskets), len(frequent), coming)
    if not coming.complete or memory > _BYTES or time > limits.seconds:
        raise AnalysisError(
            "baskets.algorithm_too_large",
            algorithm=algorithm,
            baskets=len(baskets),
            itemsets=len(coming),
            gigabytes=round(memory / 1e9, 1),
            seconds=round(time),
        )
    progress(0.5, "baskets.step.itemsets")
    # Half a basket below the line, so that no rounding can push a set on it to the other side.
    support = (minimum - 0.5) / len(baskets)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Inside, for the import itself sets a filter of warnings for the whole process.
        from mlxtend.frequent_patterns import apriori, fpgrowth

        held = _held(baskets, frequent)
        if algorithm == "fpgrowth":
            itemsets = fpgrowth(
                held, min_support=support, max_len=limits.max_length
            )
        else:
            itemsets = apriori(
                held,
                min_support=support,
                max_len=limits.max_length,
                low_memory=lean,
            )
    return _by_length(itemsets, frequent, len(baskets))


def _apriori_costs(
    baskets: int, items: int, coming: Mined
) -> tuple[float, float, bool]:
    """Bytes, seconds, and whether to spare memory."""
    candidates = [
        items,
        math.comb(items, 2),
        *(2 * len(counts) for counts in coming.counts[2:]),
    ]
    cells = [
        baskets * count * length for length, count in enumerate(candidates, start=1)
    ]
    time = sum(cells) * _SCAN_SECONDS + sum(candidates) * _CANDIDATE_SECONDS
    table_bytes = baskets * items
    all_at_once = table_bytes + max(cells)
    if all_at_once > _BYTES / 2:
        return table_bytes * 2, time, True
    return all_at_once, time, False


def _held(baskets: Baskets, frequent: np.ndarray) -> pd.DataFrame:
    column = numbered(frequent, len(baskets.names))[baskets.codes]
    held = np.zeros((len(baskets), len(frequent)), dtype=bool)
    held[baskets.rows[column >= 0], column[column >= 0]] = True
    return pd.DataFrame(held)


def _by_length(itemsets: pd.DataFrame, frequent: np.ndarray, baskets: int) -> Mined:
    counts = np.rint(itemsets["support"].to_numpy() * baskets).astype(np.int64)
    lengths = itemsets["itemsets"].map(len).to_numpy()
    sets, totals = [], []
    for length in range(1, int(lengths.max()) + 1):
        of_length = np.flatnonzero(lengths == length)
        columns = [sorted(items) for items in itemsets["itemsets"].iloc[of_length]]
        rows = np.array(columns, dtype=np.int64).reshape(len(of_length), length)
        sets.append(frequent[rows].astype(np.int32))
        totals.append(counts[of_length])
    return Mined(sets, totals, finished_items=len(frequent))
