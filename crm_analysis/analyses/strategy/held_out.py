"""Who of a plan is left alone, to measure by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.options import PlanOptions


def held_out(table: pd.DataFrame, options: PlanOptions) -> np.ndarray:
    """The arm of each row: "holdout" for the share, drawn within each action and segment.

    By a hash of the seed and the customer, so that the draw is the same whenever it is made.
    Parts of a customer carry over from one stratum to the next.
    """
    arms = np.full(len(table), "treated", dtype=object)
    if not options.holdout or not len(table):
        return arms
    texts = (f"{options.seed}:" + table["customer"].astype(str)).to_numpy(
        dtype=object
    )
    draw = pd.util.hash_array(texts, categorize=False)
    strata = [name for name in ("action", "segment") if name in table.columns]
    groups = table.groupby(strata, dropna=False, sort=True, observed=True)
    stratum = groups.ngroup().to_numpy()
    order = np.lexsort((draw, stratum))
    size = np.bincount(stratum)
    start = (options.seed % 997 + 0.5) / 997
    due = np.floor(options.holdout * np.append(0, np.cumsum(size)) + start)
    rank = np.arange(len(table)) - np.append(0, np.cumsum(size))[stratum[order]]
    held = rank < np.diff(due)[stratum[order]]
    arms[order[held]] = "holdout"
    return arms
