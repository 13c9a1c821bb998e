"""Apriori and FP-Growth through mlxtend: the same answer by other hands, after a look at what it would cost."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.mining.eclat import Mined, mine
from crm_analysis.analyses.baskets.mining.encoding import Baskets
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress

__all__ = ["mine_with_mlxtend"]

_BYTES = 1_000_000_000  # as much memory may be taken
# Seen with mlxtend 0.25 on one million baskets: bytes and seconds an order line, seconds a frequent itemset of FP-Growth;
# seconds a basket, item and candidate of Apriori.
_TREE_BYTES, _TREE_SECONDS, _SET_SECONDS = 1000, 4e-6, 6e-5
_SCAN_SECONDS = 1.2e-9


def mine_with_mlxtend(
    baskets: Baskets,
    least: int,
    algorithm: str,
    *,
    max_length: int | None,
    limit: int,
    seconds: float,
    progress: Progress = no_progress,
) -> Mined:
    """The frequent itemsets by mlxtend; AnalysisError "baskets.peer_too_large" where it would outgrow memory or time.

    mlxtend cannot be stopped once it runs, so our own Eclat first counts what is coming.
    """
    ahead = mine(
        baskets, least, max_length=max_length, limit=limit, seconds=seconds, progress=progress
    )
    frequent = np.flatnonzero(baskets.counts >= least)
    if not len(frequent):
        return ahead
    lines = int(baskets.counts[frequent].sum())
    candidates = [
        len(frequent),
        math.comb(len(frequent), 2),
        *(2 * len(one) for one in ahead.counts[2:]),
    ]
    dense = len(baskets) * len(frequent)
    bulk = dense + max(
        len(baskets) * many * length for length, many in enumerate(candidates, start=1)
    )
    lean = bulk > _BYTES / 2
    if algorithm == "fpgrowth":
        room, time = dense + lines * _TREE_BYTES, lines * _TREE_SECONDS + len(ahead) * _SET_SECONDS
    else:
        room = dense * 2 if lean else bulk
        time = (
            sum(len(baskets) * many * length for length, many in enumerate(candidates, start=1))
            * _SCAN_SECONDS
            + sum(candidates) * 2e-5
        )
    if not ahead.complete or room > _BYTES or time > seconds:
        raise AnalysisError(
            "baskets.peer_too_large",
            algorithm=algorithm,
            baskets=len(baskets),
            itemsets=len(ahead),
            gigabytes=round(room / 1e9, 1),
            seconds=round(time),
        )
    progress(0.5, "baskets.step.itemsets")
    return _run(baskets, least, algorithm, frequent, lean, max_length)


def _run(
    baskets: Baskets,
    least: int,
    algorithm: str,
    frequent: np.ndarray,
    lean: bool,
    max_length: int | None,
) -> Mined:
    place = np.full(len(baskets.names), -1, dtype=np.int64)
    place[frequent] = np.arange(len(frequent))
    column = place[baskets.codes]
    row = np.repeat(np.arange(len(baskets)), baskets.sizes)
    held = np.zeros((len(baskets), len(frequent)), dtype=bool)
    held[row[column >= 0], column[column >= 0]] = True
    table = pd.DataFrame(held)
    # Half a basket below the line, so that no rounding can push a set that lies on it to the other side.
    support = (least - 0.5) / len(baskets)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Inside, for the import itself sets a filter of warnings for the whole process.
        from mlxtend.frequent_patterns import apriori, fpgrowth

        if algorithm == "fpgrowth":
            found = fpgrowth(table, min_support=support, max_len=max_length)
        else:
            found = apriori(table, min_support=support, max_len=max_length, low_memory=lean)
    counts = np.rint(found["support"].to_numpy() * len(baskets)).astype(np.int64)
    lengths = found["itemsets"].map(len).to_numpy()
    sets, totals = [], []
    for length in range(1, int(lengths.max()) + 1):
        here = np.flatnonzero(lengths == length)
        rows = np.array(
            [sorted(one) for one in found["itemsets"].iloc[here]], dtype=np.int64
        ).reshape(len(here), length)
        sets.append(frequent[rows].astype(np.int32))
        totals.append(counts[here])
    return Mined(sets, totals, True, len(frequent))
