"""The honest check for what is asked of tomorrow: learn from the past, be tested on the last."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.evaluation import Task
from crm_analysis.analyses.churn.models.final import fit_final
from crm_analysis.analyses.churn.models.measures import intervals, measures

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
_MINIMUM_OF_EACH = 10  # churners and stayers on either side


def check_in_time(
    table: pd.DataFrame, task: Task, name: str, members: tuple[str, ...]
) -> pd.DataFrame:
    """The chosen method learnt from earlier cut-offs and measured on the last, one row.

    Only cut-offs whose windows had ended by the last one are learnt from. Empty where there are no
    such cut-offs, where too few churned or stayed on either side, or where `table` (the examples,
    a row each of the task's data) does not say when each window ended (`window_end`).
    """
    empty = pd.DataFrame(columns=list(_COLUMNS))
    if not {"cutoff", "window_end"} <= set(table.columns):
        return empty
    last = table["cutoff"].max()
    early = task.data.take(np.flatnonzero((table["window_end"] <= last).to_numpy()))
    late = task.data.take(np.flatnonzero((table["cutoff"] == last).to_numpy()))
    for data in (early, late):
        churners = data.churned.sum()
        if min(churners, len(data) - churners) < _MINIMUM_OF_EACH:
            return empty
    options = task.options
    earlier = replace(task, data=early, folds=min(3, options.folds))
    risk = fit_final(
        earlier, name, members, {}, lambda share: None, nested=False
    ).model.predict(late.features)
    measured = measures(late.churned, risk)
    rows = np.arange(len(late))
    bounds = intervals(
        late.churned, risk, rows, options.draws, options.coverage, options.seed
    )
    row = {
        "model": name,
        "cutoff": pd.Timestamp(last),
        "trained_on": len(early),
        "customers": len(late),
        "churners": int(late.churned.sum()),
        "auc_lo": bounds["auc"][0],
        "auc_hi": bounds["auc"][1],
        "base_rate": float(late.churned.mean()),
        "trained_rate": float(early.churned.mean()),
        **{key: measured[key] for key in ("auc", "log_loss", "brier", "lift_10")},
    }
    return pd.DataFrame([row], columns=list(_COLUMNS))
