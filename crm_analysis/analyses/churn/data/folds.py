"""Folds: the same share of churners in each, and all examples of one customer in the same."""

from __future__ import annotations

import numpy as np

__all__ = ["assign_folds"]


def assign_folds(left: np.ndarray, customer: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """A fold (0 … folds − 1) for each row; `customer` counts 0, 1, … and decides, so that nobody is on both sides of a split.

    Customers are shuffled and dealt out in the order of how many of their examples left, and how many they have.

    >>> assign_folds(np.array([1, 0, 1, 0, 0, 0]), np.array([0, 0, 1, 2, 3, 3]), 2, 0).tolist()
    [1, 1, 0, 0, 1, 1]
    """
    count = int(customer.max()) + 1
    churned = np.bincount(customer, weights=left, minlength=count)
    rows = np.bincount(customer, minlength=count)
    dice = np.random.default_rng(seed).random(count)
    order = np.lexsort((dice, rows, churned))
    fold = np.empty(count, dtype=np.int64)
    fold[order] = np.arange(count) % folds
    # Which fold begins is chance too, or the first would always have the rest.
    return np.random.default_rng(seed + 1).permutation(folds)[fold][customer]
