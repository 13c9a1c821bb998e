"""Weights of several dimensions: from pairwise comparisons, or by what tells customers apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

# Mean consistency index of random pairwise matrices of size 1, 2, … (Saaty 1980).
_RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
_CONSISTENT = 0.1
_STRONGEST = 9  # on Saaty's scale


@dataclass(frozen=True)
class PairwiseWeights:
    """Weights from pairwise comparisons.

    weights : by dimension, adding to one.
    consistency_ratio, consistent : up to 0.1 the comparisons agree well enough.
    worst : the pair that disagrees most with the others, and the number that would agree.
    """

    weights: Mapping[str, float]
    consistency_ratio: float
    consistent: bool
    worst: tuple[str, str, float] | None


def ahp_weights(
    comparisons: Mapping[tuple[str, str], float],
    names: Sequence[str] | None = None,
) -> PairwiseWeights:
    """Weights from "a matters k times as much as b": the analytic hierarchy process.

    Parameters
    ----------
    comparisons
        {(a, b): k}, k from 1/9 to 9. A pair not compared follows from the others where they lead
        there.
    names
        The dimensions; those compared unless given.

    Returns
    -------
    PairwiseWeights
        The principal eigenvector, and how well the comparisons agree.

    Raises
    ------
    ValueError
        Where a k is out of bounds, a pair is none, or the comparisons do not connect all.

    References
    ----------
    Saaty, "The Analytic Hierarchy Process" (1980); Harker, Mathematical Modelling 9 (1987).

    Examples
    --------
    >>> times = {("revenue", "recency"): 2, ("recency", "breadth"): 2, ("revenue", "breadth"): 4}
    >>> agreed = ahp_weights(times)
    >>> {name: round(weight, 3) for name, weight in agreed.weights.items()}
    {'revenue': 0.571, 'recency': 0.286, 'breadth': 0.143}
    >>> agreed.consistent
    True
    """
    names = list(
        names or dict.fromkeys(name for pair in comparisons for name in pair)
    )
    size = len(names)
    if size < 2:
        raise ValueError("a comparison takes at least two dimensions")
    ratios = _ratios(comparisons, names)
    compared = ratios > 0
    if (np.linalg.matrix_power(compared.astype(float), size) == 0).any():
        raise ValueError("the comparisons do not connect all dimensions")
    # Harker: a pair that was not compared counts for its row.
    matrix = ratios.copy()
    matrix[np.diag_indices(size)] = 1 + (~compared).sum(axis=1)
    values, vectors = np.linalg.eig(matrix)
    top = int(np.argmax(values.real))
    vector = np.abs(vectors[:, top].real)
    weights = vector / vector.sum()
    index = (float(values[top].real) - size) / (size - 1)
    random_index = _RANDOM_INDEX[min(size, len(_RANDOM_INDEX)) - 1]
    ratio = max(index / random_index, 0.0) if random_index else 0.0
    implied = weights[:, None] / weights[None, :]
    gap = np.abs(np.log(np.where(compared, ratios / implied, 1.0)))
    worst = None
    if gap.max() > 1e-9:
        row, column = divmod(int(np.argmax(gap)), size)
        times = float(np.clip(implied[row, column], 1 / _STRONGEST, _STRONGEST))
        worst = (names[row], names[column], times)
    return PairwiseWeights(
        {name: float(weight) for name, weight in zip(names, weights, strict=True)},
        ratio,
        ratio <= _CONSISTENT,
        worst,
    )


def _ratios(
    comparisons: Mapping[tuple[str, str], float], names: list[str]
) -> np.ndarray:
    """How many times each dimension matters as much as each other; 0 where not compared."""
    ratios = np.eye(len(names))
    for (first, second), times in comparisons.items():
        if first not in names or second not in names or first == second:
            raise ValueError(
                f"{first} against {second} is not a pair of {', '.join(names)}"
            )
        if not 1 / _STRONGEST - 1e-9 <= times <= _STRONGEST + 1e-9:
            raise ValueError(
                f"{first} against {second} is {times}; it must be from 1/9 to 9"
            )
        row, column = names.index(first), names.index(second)
        ratios[row, column], ratios[column, row] = times, 1 / times
    return ratios


def entropy_weights(table: pd.DataFrame) -> dict[str, float]:
    """Weights by how much the columns tell customers apart: the more even, the less it says.

    Parameters
    ----------
    table
        Columns of numbers of at least 0, more being better.

    Returns
    -------
    dict
        {column: weight}, adding to one; a column without differences gets none.

    Raises
    ------
    ValueError
        Where a number is below 0 or missing.

    References
    ----------
    Shannon entropy; Zeleny, "Multiple Criteria Decision Making" (1982).

    Examples
    --------
    >>> entropy_weights(pd.DataFrame({"even": [1.0, 1.0], "telling": [0.0, 4.0]}))
    {'even': 0.0, 'telling': 1.0}
    """
    values = table.to_numpy(dtype=float)
    if not (values >= 0).all():
        raise ValueError("entropy weights take numbers of at least 0")
    if len(values) < 2:
        return dict.fromkeys(table.columns, 1 / max(table.shape[1], 1))
    total = values.sum(axis=0)
    share = np.divide(
        values,
        total,
        out=np.full_like(values, 1 / len(values)),
        where=total > 0,
    )
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    telling = 1 + (share * logs).sum(axis=0) / np.log(len(values))
    telling = np.where(telling < 1e-12, 0.0, telling)
    weights = np.full(len(telling), 1 / len(telling))
    if telling.sum() > 0:
        weights = telling / telling.sum()
    return {
        str(name): float(weight)
        for name, weight in zip(table.columns, weights, strict=True)
    }
