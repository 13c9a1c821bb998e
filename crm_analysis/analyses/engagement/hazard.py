"""Unsubscribing contact by contact: a hazard in discrete time, given what customers did so far.

A customer compared with themselves (conditional logit) would not do: who leaves does so at their
last contact, which has the most before it, so that in shops where pressure does nothing the odds
seem to grow by two thirds with each contact of 30 days, in 20 of 20 simulations.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_ROUNDS = 50
_PENALTY = 1e-3  # keeps a number of contacts that nobody left at finite


class Hazards(NamedTuple):
    """The chance of leaving at each level, all else as it was, with its interval."""

    chance: np.ndarray
    lo: np.ndarray
    hi: np.ndarray


def hazards(
    level: np.ndarray,
    levels: int,
    features: np.ndarray,
    left: np.ndarray,
    customer: np.ndarray,
    coverage: float = 0.95,
) -> Hazards:
    """How likely a customer leaves at a contact, had all contacts been of each level in turn.

    A logistic regression over the contacts of those who had not left yet, averaged over the
    features they had; errors by customer.

    Parameters
    ----------
    level
        Of each contact, from 0 on. `levels`: how many there are.
    features
        A row a contact: what was known of the customer before it.
    left
        1 where the customer left at it.
    customer
        A number a contact.

    References
    ----------
    Allison (1982), Sociological Methodology 13, 61-98; Singer & Willett (1993), Journal of
    Educational Statistics 18, 155-195.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> level, mood = rng.integers(0, 2, 20_000), rng.normal(size=20_000)
    >>> left = (rng.random(20_000) < 0.02 + 0.03 * level).astype(float)
    >>> found = hazards(level, 2, mood[:, None], left, np.arange(20_000))
    >>> found.chance.round(2).tolist()
    [0.02, 0.05]
    """
    from scipy.special import expit, logit, ndtri

    spread = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    dummies = (level[:, None] == np.arange(1, levels)).astype(float)
    columns = np.column_stack([np.ones(len(level)), dummies, scaled])
    odds, bread = _fitted(columns, left)
    residual = (left - expit(columns @ odds))[:, None] * columns
    of_each = np.zeros((int(customer.max()) + 1, columns.shape[1]))
    np.add.at(of_each, customer, residual)
    covariance = bread @ (of_each.T @ of_each) @ bread
    z = float(ndtri(0.5 + coverage / 2))
    chance, low, high = np.empty((3, levels))
    for position in range(levels):
        turned = columns.copy()
        turned[:, 1:levels] = np.arange(1, levels) == position
        p = expit(turned @ odds)
        slope = ((p * (1 - p))[:, None] * turned).mean(axis=0)
        mean = float(p.mean())
        error = float(np.sqrt(slope @ covariance @ slope)) / (mean * (1 - mean))
        chance[position] = mean
        low[position], high[position] = expit(
            logit(mean) + z * error * np.array([-1, 1])
        )
    return Hazards(chance, low, high)


def _fitted(columns: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log odds by Newton's method, and the inverse of their information."""
    from scipy.special import expit, logit

    odds = np.zeros(columns.shape[1])
    odds[0] = logit((left.sum() + 0.5) / (len(left) + 1))
    penalty = np.full(len(odds), _PENALTY)
    penalty[0] = 0.0
    inverse = np.eye(len(odds))
    for _ in range(_ROUNDS):
        p = expit(columns @ odds)
        gradient = columns.T @ (left - p) - penalty * odds
        information = (columns * (p * (1 - p))[:, None]).T @ columns
        inverse = np.linalg.pinv(information + np.diag(penalty))
        move = inverse @ gradient
        odds = odds + np.clip(move, -1, 1)
        if np.abs(move).max() < 1e-8:
            break
    return odds, inverse
