"""Which columns the model needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.explain.effects import risk_of_plain_tables
from crm_analysis.analyses.churn.models.measures import auc
from crm_analysis.analyses.explain import permutation_importance
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress

if TYPE_CHECKING:
    from crm_analysis.analyses.churn.result import Churn


def importance(
    churn: Churn,
    *,
    repeats: int = 3,
    rows: int = 4000,
    seed: int = 0,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """How much the ranking suffers when one column is shuffled, on customers not yet seen.

    For each fold the model fitted without it predicts it again with a column shuffled. Of two
    columns that say the same either can stand in for the other, so both look less important than
    they are.

    Parameters
    ----------
    churn
        The result.
    repeats
        How often each column is shuffled.
    rows
        Of a fold of more rows than so many a sample is used.
    seed
        Of samples and shuffles.
    progress
        Hears the share done and the phrase key of the step.

    Returns
    -------
    DataFrame
        Most important first.

        - `feature` : name
        - `importance` : mean fall of the AUC
        - `deviation` : over folds
        - `lo`, `hi` : two standard errors over folds
        - `folds` : count

    Raises
    ------
    AnalysisError
        `retention.too_few_to_explain`.

    References
    ----------
    Breiman, Machine Learning 45, 2001.
    """
    fold = churn.out_of_fold["fold"].to_numpy()
    churned = churn.out_of_fold["churned"].to_numpy(dtype=float)
    by_fold = []
    for k, model in enumerate(churn.fold_models):
        progress(k / len(churn.fold_models), "retention.step.importance")
        inside = np.flatnonzero(fold == k)
        table, target = (
            churn.training[model.columns].iloc[inside],
            churned[inside],
        )
        if target.min() == target.max():
            continue
        own = permutation_importance(
            risk_of_plain_tables(model, table),
            table,
            target,
            lambda truth, risk: auc(truth, risk) or 0.0,
            repeats=repeats,
            rows=rows,
            seed=seed + k,
        )
        by_fold.append(own.set_index("feature")["importance"].rename(str(k)))
    if not by_fold:
        raise AnalysisError("retention.too_few_to_explain")
    falls = pd.concat(by_fold, axis=1)
    mean, deviation = falls.mean(axis=1), falls.std(axis=1, ddof=1).fillna(0.0)
    error = deviation / np.sqrt(falls.shape[1])
    table = pd.DataFrame(
        {
            "importance": mean,
            "deviation": deviation,
            "lo": mean - 2 * error,
            "hi": mean + 2 * error,
            "folds": falls.shape[1],
        }
    )
    table = table.rename_axis("feature").reset_index()
    return table.sort_values(
        "importance", ascending=False, kind="stable", ignore_index=True
    )
