"""How the risk moves with one column, and which columns the model needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.fitting import RiskModel
from crm_analysis.analyses.churn.models.measures import auc
from crm_analysis.analyses.churn.result import Churn
from crm_analysis.analyses.explain import effect_of, permutation_importance
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress

_SAMPLE_ROWS = 2000


def effect(
    churn: Churn,
    feature: str,
    *,
    method: Literal["partial", "local"] = "partial",
    points: int = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """How the predicted risk moves with one column: what the model does, not what would happen.

    Parameters
    ----------
    churn
        The result.
    feature
        The column.
    method
        "partial": the mean risk if everybody had that value (Friedman, Annals of Statistics 29,
        2001); "local": accumulated local effects, which compare only customers who are near it, so
        that columns that go together do not mislead (Apley & Zhu, JRSS B 82, 2020): numbers only,
        others get the first.
    points
        At how many values at most.
    seed
        Of the sample that many customers are reduced to.

    Returns
    -------
    DataFrame
        - `value` : of the column
        - `risk` : 0 to 1
        - `rows` : how many customers are about there

    Raises
    ------
    AnalysisError
        `retention.no_column` where the model has no such feature, or nothing is known of it.
    """
    columns = churn.model.columns
    if feature not in columns or not churn.training[feature].notna().any():
        raise AnalysisError("retention.no_column", column=feature)
    table = churn.training[columns]
    if len(table) > _SAMPLE_ROWS:
        table = table.sample(_SAMPLE_ROWS, random_state=seed)
    column = table[feature]
    if not column.notna().any():
        raise AnalysisError("retention.no_column", column=feature)
    if (
        method == "local"
        and pd.api.types.is_numeric_dtype(column)
        and column.nunique() > 2
    ):
        return local_effects(churn.model, table, feature, points)
    predict = risk_of_plain_tables(churn.model, table)
    return effect_of(
        predict, table, feature, points=points, rows=_SAMPLE_ROWS, seed=seed
    ).rename(columns={"prediction": "risk"})


def local_effects(
    model: RiskModel, table: pd.DataFrame, feature: str, points: int
) -> pd.DataFrame:
    """Accumulated local effects of a number: value, risk, rows."""
    known = table[table[feature].notna()]
    numbers = known[feature].to_numpy(dtype=float)
    levels = np.linspace(0, 1, points + 1)
    edges = np.unique(np.quantile(numbers, levels, method="inverted_cdf"))
    cells = len(edges) - 1
    cell = np.clip(np.searchsorted(edges, numbers, side="left") - 1, 0, cells - 1)
    risk_below, risk_above = (
        model.predict(known.assign(**{feature: edges[cell + side]}))
        for side in (0, 1)
    )
    counts = np.bincount(cell, minlength=cells)
    steps = np.bincount(
        cell, risk_above - risk_below, minlength=cells
    ) / np.maximum(counts, 1)
    curve = np.append(0.0, np.cumsum(steps))
    mean = float(np.dot(counts, (curve[1:] + curve[:-1]) / 2) / counts.sum())
    rows = np.append(0, counts)
    rows[0] = int((numbers == edges[0]).sum())
    rows[1] -= rows[0]
    risk = np.clip(curve - mean + float(model.predict(known).mean()), 0, 1)
    return pd.DataFrame({"value": edges, "risk": risk, "rows": rows})


def risk_of_plain_tables(
    model: RiskModel, like: pd.DataFrame
) -> Callable[[pd.DataFrame], np.ndarray]:
    """The model's risk of tables like another whose categories were put in as plain text."""
    categories = like.select_dtypes("category").dtypes.to_dict()

    def predict(table: pd.DataFrame) -> np.ndarray:
        plain = {
            name: dtype
            for name, dtype in categories.items()
            if table[name].dtype != dtype
        }
        return model.predict(table.astype(plain))

    return predict


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
