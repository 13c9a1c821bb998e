"""Effects: how a prediction moves with one feature."""

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
    levels = np.linspace(0.02, 0.98, points)
    values = np.unique(np.quantile(numbers, levels, method="nearest"))
    nearest = np.abs(numbers[:, None] - values).argmin(axis=1)
    return values.tolist(), np.bincount(nearest, minlength=len(values)).tolist()


def _frequent(column: pd.Series, points: int) -> tuple[list[Any], list[int]]:
    counts = column.dropna().value_counts().iloc[:points]
    return counts.index.tolist(), counts.tolist()
