"""Importance: how much a prediction suffers when one feature is shuffled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd


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
    importance = pd.DataFrame(found, columns=["feature", "importance", "deviation"])
    return importance.sort_values(
        "importance", ascending=False, kind="stable", ignore_index=True
    )
