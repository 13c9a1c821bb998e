"""Non-negative factors of a sparse matrix under the Kullback-Leibler divergence."""

from __future__ import annotations

from typing import Any

import numpy as np

_TINY = 1e-9


class SparseRows:
    """A sparse matrix laid out for the updates: its values and where they stand.

    `quotient` and `turned` (its transpose, of the same values) are what `divide` fills.
    """

    def __init__(self, matrix: Any) -> None:
        self.matrix = matrix.tocsr()
        self.rows = np.repeat(
            np.arange(matrix.shape[0]), np.diff(self.matrix.indptr)
        )
        self.columns = self.matrix.indices
        self.quotient = self.matrix.astype(np.float64)
        self.turned = self.quotient.T

    def divide(self, weights: np.ndarray, topics: np.ndarray) -> None:
        """Fill in the matrix over what the factors say of it, where it is not zero."""
        explained = np.einsum(
            "ij,ij->i",
            weights.take(self.rows, axis=0),
            np.ascontiguousarray(topics.T).take(self.columns, axis=0),
        )
        explained = np.maximum(explained, _TINY)
        np.divide(self.matrix.data, explained, out=self.quotient.data)


def factorise(
    table: SparseRows, topics: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (rows × topics) and topics (topics × columns, each adding up to 1).

    Parameters
    ----------
    table : SparseRows
        What is to be written as weights times topics.
    topics : numpy.ndarray
        Where to begin, all above 0.
    steps : int
        Multiplicative updates.

    References
    ----------
    Lee and Seung (2001), Algorithms for Non-negative Matrix Factorization, NIPS 13.
    """
    topics = topics / topics.sum(axis=1, keepdims=True)
    weights = weigh(table, topics, 2)
    for _ in range(steps):
        table.divide(weights, topics)
        topics = topics * (table.turned @ weights).T + _TINY
        topics = topics / topics.sum(axis=1, keepdims=True)
        # Topics add up to 1, so that no divisor is needed here.
        table.divide(weights, topics)
        weights = weights * (table.quotient @ topics.T) + _TINY
    return weights, topics


def weigh(table: SparseRows, topics: np.ndarray, steps: int = 20) -> np.ndarray:
    """The weights of rows for topics that stand."""
    mass = np.asarray(table.matrix.sum(axis=1), dtype=np.float64)
    weights = (
        np.repeat(mass.reshape(-1, 1) / len(topics), len(topics), axis=1) + _TINY
    )
    for _ in range(steps):
        table.divide(weights, topics)
        weights = weights * (table.quotient @ topics.T) + _TINY
    return weights


def beginnings(matrix: Any, most: int, seed: int) -> np.ndarray:
    """The parts of singular vectors above zero that carry more, up to `most` of them.

    References
    ----------
    Boutsidis and Gallopoulos (2008), SVD based initialization, Pattern Recognition 41, 1350-1362.
    """
    from scipy.sparse.linalg import svds

    most = min(most, min(matrix.shape) - 1)
    begin = np.random.default_rng(seed).random(min(matrix.shape))
    left, values, right = svds(matrix.astype(np.float64), k=most, v0=begin)
    order = np.argsort(-values)
    rows = []
    for position in order:
        u, v = left[:, position], right[position]
        up = np.linalg.norm(np.maximum(u, 0)) * np.linalg.norm(np.maximum(v, 0))
        down = np.linalg.norm(np.minimum(u, 0)) * np.linalg.norm(np.minimum(v, 0))
        rows.append(np.maximum(v if up >= down else -v, 0))
    start = np.array(rows)
    return start + start.mean() / 2 + _TINY
