"""Conditional logistic regression: what goes with an answer within the same customer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_STEP = 1e-4
_MOST = 60  # contacts of a customer that are compared
_ROUNDS = 50


class Fitted(NamedTuple):
    """Log odds ratios and their covariance, from so many customers."""

    odds: np.ndarray
    covariance: np.ndarray
    customers: int


def fit_within(
    customer: np.ndarray, features: np.ndarray, hits: np.ndarray
) -> Fitted:
    """The log odds ratios within customers; only those with both answers and none say anything.

    The exact likelihood: of all ways to spread a customer's answers over their contacts, how
    likely the ones that came are. It is summed by recursion, all customers at once.

    Parameters
    ----------
    customer
        A number a contact, sorted.
    features
        A row a contact.
    hits
        1 where it was answered.

    References
    ----------
    Chamberlain (1980), Review of Economic Studies 47, 225-238; the recursion: Gail, Lubin &
    Rubinstein (1981), Biometrika 68, 703-707.
    """
    padded, answers, there = _padded(customer, features, hits)
    columns = features.shape[1]
    odds = np.zeros(columns)
    if not len(padded):
        return Fitted(odds, np.full((columns, columns), np.nan), 0)
    information = np.eye(columns)
    for _ in range(_ROUNDS):
        gradient = _gradient(odds, padded, answers, there)
        information = _information(odds, padded, answers, there)
        move = np.linalg.pinv(information) @ gradient
        odds = odds + np.clip(move, -1, 1)
        if np.abs(move).max() < 1e-8:
            break
    return Fitted(odds, np.linalg.pinv(information), len(padded))


def _padded(
    customer: np.ndarray, features: np.ndarray, hits: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Contacts as customer × number, of the customers that answered some and not others."""
    first = np.flatnonzero(np.diff(customer, prepend=customer[:1] - 1))
    number = np.arange(len(customer)) - np.repeat(
        first, np.diff(np.append(first, len(customer)))
    )
    group = np.cumsum(number == 0) - 1
    inside = number < _MOST
    group, number = group[inside], number[inside]
    features, hits = features[inside], hits[inside]
    groups = int(group.max(initial=-1)) + 1
    width = int(number.max(initial=-1)) + 1
    padded = np.zeros((groups, width, features.shape[1]))
    answers, there = (
        np.zeros((groups, width)),
        np.zeros((groups, width), dtype=bool),
    )
    padded[group, number] = features
    answers[group, number] = hits
    there[group, number] = True
    total = answers.sum(axis=1)
    says = (total > 0) & (total < there.sum(axis=1))
    return padded[says], answers[says], there[says]


def _gradient(
    odds: np.ndarray, padded: np.ndarray, answers: np.ndarray, there: np.ndarray
) -> np.ndarray:
    """Of the log likelihood: what came less what was to be expected."""
    groups, width, columns = padded.shape
    total = answers.sum(axis=1).astype(np.int64)
    most = int(total.max())
    weight = np.exp(np.clip(padded @ odds, -30, 30)) * there
    ways = np.zeros((groups, most + 1))
    ways[:, 0] = 1.0
    slope = np.zeros((groups, most + 1, columns))
    for position in range(width):
        own = weight[:, position, None]
        gained = own[:, :, None] * (
            slope[:, :-1] + ways[:, :-1, None] * padded[:, position, None, :]
        )
        slope[:, 1:] += gained
        ways[:, 1:] += own * ways[:, :-1]
        scale = ways.max(axis=1, keepdims=True)  # only ratios matter
        ways /= scale
        slope /= scale[:, :, None]
    row = np.arange(groups)
    expected = slope[row, total] / ways[row, total, None]
    came = (padded * answers[:, :, None]).sum(axis=1)
    return (came - expected).sum(axis=0)


def _information(
    odds: np.ndarray, padded: np.ndarray, answers: np.ndarray, there: np.ndarray
) -> np.ndarray:
    """The curvature of the log likelihood, from differences of its slope."""
    columns = len(odds)
    information = np.empty((columns, columns))
    for position in range(columns):
        step = np.zeros(columns)
        step[position] = _STEP
        above = _gradient(odds + step, padded, answers, there)
        below = _gradient(odds - step, padded, answers, there)
        information[position] = (below - above) / (2 * _STEP)
    return (information + information.T) / 2
