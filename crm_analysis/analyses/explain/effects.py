"""How a prediction moves with one feature, and how much it suffers when one is shuffled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd


def effect_of(
    predict: Callable[[pd.DataFrame], np.ndarray],
    table: pd.DataFrame,
    feature: str,
    *,
    points: int = 20,
    rows: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """The mean prediction when everybody had the same value of one feature (partial dependence).

    It says what the model does, not what would happen: correlated features are taken as
    independent.

    Parameters
    ----------
    predict
        A table → predictions.
    table
        The features, a column each.
    feature
        The one that is varied.
    points
        At how many values at most.
    rows
        Of more rows than so many a sample is used.
    seed
        Of the sample.

    Returns
    -------
    DataFrame
        - `value` : quantiles of a number, or the most frequent categories
        - `prediction` : the mean, in units of the prediction
        - `rows` : how many have about that value

    References
    ----------
    Friedman, Annals of Statistics 29, 2001.

    Examples
    --------
    >>> table = pd.DataFrame({"age": [20, 40, 60], "plan": ["a", "b", "b"]})
    >>> effect_of(lambda t: t["age"].to_numpy() / 10, table, "age", points=3)
       value  prediction  rows
    0   20.0         2.0     1
    1   40.0         4.0     1
    2   60.0         6.0     1
    """
    if len(table) > rows:
        table = table.sample(rows, random_state=seed)
    column = table[feature]
    is_number = pd.api.types.is_numeric_dtype(
        column
    ) and not pd.api.types.is_bool_dtype(column)
    grid, counts = (
        _quantiles(column, points) if is_number else _frequent(column, points)
    )
    dtype = float if is_number else column.dtype
    means = []
    for value in grid:
        same = pd.Series([value] * len(table), index=table.index).astype(dtype)
        means.append(float(np.mean(predict(table.assign(**{feature: same})))))
    return pd.DataFrame({"value": grid, "prediction": means, "rows": counts})


def _quantiles(column: pd.Series, points: int) -> tuple[list[Any], list[int]]:
    numbers = column.dropna().to_numpy(dtype=float)
    values = np.unique(
        np.quantile(numbers, np.linspace(0.02, 0.98, points), method="nearest")
    )
    nearest = np.abs(numbers[:, None] - values).argmin(axis=1)
    return values.tolist(), np.bincount(nearest, minlength=len(values)).tolist()


def _frequent(column: pd.Series, points: int) -> tuple[list[Any], list[int]]:
    counts = column.dropna().value_counts().iloc[:points]
    return counts.index.tolist(), counts.tolist()


def permutation_importance(  # noqa: PLR0913
    predict: Callable[[pd.DataFrame], np.ndarray],
    table: pd.DataFrame,
    target: np.ndarray | pd.Series,
    score: Callable[[np.ndarray, np.ndarray], float],
    *,
    repeats: int = 5,
    rows: int = 20_000,
    seed: int = 0,
) -> pd.DataFrame:
    """How much the score falls when one feature is shuffled, most important first.

    Parameters
    ----------
    predict
        A table → predictions.
    table
        The features, a column each.
    target
        What is predicted, a value a row.
    score
        Of target and predictions, the higher the better.
    repeats
        How often each feature is shuffled.
    rows
        Of more rows than so many a sample is used.
    seed
        Of sample and shuffles.

    Returns
    -------
    DataFrame
        - `feature` : name
        - `importance` : mean fall, in units of the score
        - `deviation` : of the falls over the repeats

    References
    ----------
    Breiman, Machine Learning 45, 2001.

    Examples
    --------
    >>> table = pd.DataFrame({"a": range(50), "b": [0] * 50})
    >>> def error(target, predicted):
    ...     return -float(abs(target - predicted).mean())
    >>> permutation_importance(lambda t: t["a"].to_numpy(), table, np.arange(50), error).round(1)
      feature  importance  deviation
    0       a        15.9        0.8
    1       b         0.0        0.0
    """
    rng = np.random.default_rng(seed)
    truth = np.asarray(target)
    if len(table) > rows:
        sample = np.sort(rng.choice(len(table), rows, replace=False))
        table, truth = table.iloc[sample], truth[sample]
    table = table.reset_index(drop=True)
    unshuffled = score(truth, predict(table))
    found = []
    for name in table.columns:
        falls = []
        for _ in range(repeats):
            shuffled = table[name].take(rng.permutation(len(table))).to_numpy()
            predicted = predict(table.assign(**{name: shuffled}))
            falls.append(unshuffled - score(truth, predicted))
        found.append((name, float(np.mean(falls)), float(np.std(falls))))
    return pd.DataFrame(
        found, columns=["feature", "importance", "deviation"]
    ).sort_values("importance", ascending=False, kind="stable", ignore_index=True)
