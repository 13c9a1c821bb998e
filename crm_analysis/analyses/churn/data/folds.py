"""Rows to learn from, and folds: as many churners in each, all rows of one customer in the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Prepared features, whether each row churned (1.0, 0.0), and whose row it is (0, 1, …)."""

    features: pd.DataFrame
    churned: np.ndarray
    customer: np.ndarray

    def __len__(self) -> int:
        return len(self.churned)

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.customer.max()) + 1

    def take(self, rows: np.ndarray) -> TrainingData:
        """Some of the rows."""
        return TrainingData(
            self.features.iloc[rows],
            self.churned[rows],
            np.unique(self.customer[rows], return_inverse=True)[1],
        )

    def sample(self, rows: int, seed: int) -> TrainingData:
        """About so many rows: customers by lot, each with all their rows."""
        drawn = np.random.default_rng(seed).random(self.customers) < rows / len(self)
        return self.take(np.flatnonzero(drawn[self.customer]))

    def folds(self, folds: int, seed: int) -> np.ndarray:
        """A fold for each row."""
        return assign_folds(self.churned, self.customer, folds, seed)


def assign_folds(
    churned: np.ndarray, customer: np.ndarray, folds: int, seed: int
) -> np.ndarray:
    """A fold (0 … folds − 1) for each row.

    `customer` counts 0, 1, … and decides, so that nobody is on both sides of a split. Customers are
    shuffled and dealt out in the order of how many of their rows churned, and how many they have.

    >>> churned, customer = np.array([1, 0, 1, 0, 0, 0]), np.array([0, 0, 1, 2, 3, 3])
    >>> assign_folds(churned, customer, folds=2, seed=0).tolist()
    [1, 1, 0, 0, 1, 1]
    """
    count = int(customer.max()) + 1
    churned_rows = np.bincount(customer, weights=churned, minlength=count)
    dice = np.random.default_rng(seed).random(count)
    order = np.lexsort((dice, np.bincount(customer, minlength=count), churned_rows))
    fold = np.empty(count, dtype=np.int64)
    fold[order] = np.arange(count) % folds
    # Which fold begins is chance too, or the first would always have the rest.
    return np.random.default_rng(seed + 1).permutation(folds)[fold][customer]
