"""The honest check for what is asked of tomorrow: learn from earlier cut-offs, be measured on the last."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import Feature
from crm_analysis.analyses.churn.models.evaluation import Examples
from crm_analysis.analyses.churn.models.final import finish
from crm_analysis.analyses.churn.models.measures import intervals, measures
from crm_analysis.analyses.churn.options import ChurnOptions

__all__ = ["check_in_time"]

_COLUMNS = (
    "model",
    "cutoff",
    "trained_on",
    "customers",
    "churners",
    "auc",
    "auc_lo",
    "auc_hi",
    "log_loss",
    "brier",
    "lift_10",
    "base_rate",
    "trained_rate",
)
_LEAST = 10


def check_in_time(
    table: pd.DataFrame,
    examples: Examples,
    features: tuple[Feature, ...],
    name: str,
    members: tuple[str, ...],
    options: ChurnOptions,
) -> pd.DataFrame:
    """One row: the chosen model fitted (and calibrated) on cut-offs whose windows had ended by the last cut-off, measured on that one. Empty where there are no such
    cut-offs, or too few churners on either side. `trained_rate` is the churn rate it learnt from, `base_rate` the one it met.
    """
    empty = pd.DataFrame(columns=list(_COLUMNS))
    if "cutoff" not in table.columns:
        return empty
    cutoff = table["cutoff"].to_numpy()
    last = cutoff.max()
    window = table.attrs.get("window_days")
    end = last if window is None else last - np.timedelta64(int(window), "D")
    before, after = (
        np.flatnonzero((cutoff <= end) & (cutoff < last)),
        np.flatnonzero(cutoff == last),
    )
    for rows in (before, after):
        if min(examples.left[rows].sum(), len(rows) - examples.left[rows].sum()) < _LEAST:
            return empty
    early = examples.take(before)
    done = finish(
        name,
        members,
        early,
        features,
        {},
        options,
        min(3, options.folds),
        lambda share: None,
        nested=False,
    )
    risk = done.model.predict(examples.features.iloc[after])
    left = examples.left[after]
    found = measures(left, risk)
    bounds = intervals(
        left, risk, np.arange(len(after)), options.draws, options.coverage, options.seed
    )
    return pd.DataFrame(
        [
            {
                "model": name,
                "cutoff": pd.Timestamp(last),
                "trained_on": len(before),
                "customers": len(after),
                "churners": int(left.sum()),
                **{key: found[key] for key in ("auc", "log_loss", "brier", "lift_10")},
                "auc_lo": bounds["auc"][0],
                "auc_hi": bounds["auc"][1],
                "base_rate": float(left.mean()),
                "trained_rate": float(early.left.mean()),
            }
        ],
        columns=list(_COLUMNS),
    )
