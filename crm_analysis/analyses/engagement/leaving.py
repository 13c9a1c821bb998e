"""Unsubscribing within customers: who left against who stayed, each measured by their own usual.

A customer unsubscribes once, at their last contact, which has the most contacts before it. A
conditional logit over a customer's own contacts alone would therefore see pressure where there is
none: in shops where it does nothing the odds grew by two thirds with each contact of 30 days, in
20 of 20 simulations. So whoever left is set beside customers who, at a contact of the same number
and about as long after their first, stayed; and of each it counts by how much the contact came
closer to the ones before than was usual for that customer. The law of the gaps is then the same
for all in a set, and the conditional logit over the sets finds nothing where there is nothing.
"""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.engagement.conditional import Fitted, fit_within

_BESIDE = 4  # who stayed, for each who left
_NEAR = 40  # of whom the nearest in the calendar are taken
_LONGER = (
    0.5  # the most that the log of the time since the first contact may differ
)
_SEASON = 180.0  # days in the calendar that weigh as much as twice the time since the first
_MOST = 3000  # who left that are compared


def fit_leaving(
    customer: np.ndarray,
    day: np.ndarray,
    level: np.ndarray,
    hits: np.ndarray,
    left: np.ndarray,
    seed: int = 0,
) -> Fitted:
    """The log odds of leaving at the second, third, later level against the first.

    Parameters
    ----------
    customer
        A number a contact, sorted.
    day
        Of each contact, sorted within a customer.
    level
        How many contacts lie shortly before, this one included: from 1 on.
    hits, left
        1 where it was answered; 1 where the customer unsubscribed at it.

    Returns
    -------
    Fitted
        A log odds ratio a level from 2 on, their covariance, and how many who left were compared.

    References
    ----------
    Goldstein & Langholz (1992), Annals of Statistics 20, 1903-1928 (sets of those at risk); Mundlak
    (1978), Econometrica 46, 69-85 (a customer's own mean beside the present); Suissa (1995),
    Epidemiology 6, 248-253 (why a customer's own past is not enough).

    Examples
    --------
    Contacts at random, of which a second within a week doubles the chance of leaving.

    >>> rng = np.random.default_rng(0)
    >>> customer, number = np.divmod(np.arange(30_000), 10)
    >>> day = np.cumsum(rng.exponential(7, 30_000))
    >>> level = 1 + ((number > 0) & (np.diff(day, prepend=0) < 7)).astype(int)
    >>> left = (rng.random(30_000) < 0.01 * level).astype(float)
    >>> fitted = fit_leaving(customer, day, level, np.zeros(30_000), left)
    >>> bool(1.4 < np.exp(fitted.odds[0]) < 2.8)
    True
    """
    first = np.flatnonzero(np.diff(customer, prepend=customer[:1] - 1))
    begins = np.repeat(first, np.diff(np.append(first, len(customer))))
    number = np.arange(len(customer)) - begins
    here = (level[:, None] == np.arange(2, int(level.max()) + 1)).astype(float)
    usual, answers = (
        _before(values[:, None], begins) / np.maximum(number, 1)[:, None]
        for values in (level.astype(float), hits)
    )
    # Who has left is no longer at risk; before a third contact no gap is usual yet.
    at_risk = (number > 1) & (_before(left[:, None], begins)[:, 0] == 0)
    since = np.log1p(day - day[begins])
    features = np.column_stack([here, usual, answers, since])
    sets, rows = _sets(number, since, day, left, at_risk, seed)
    fitted = fit_within(sets, features[rows], left[rows])
    levels = here.shape[1]
    return Fitted(
        fitted.odds[:levels],
        fitted.covariance[:levels, :levels],
        fitted.customers,
    )


def _before(values: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """The sum over the customer's contacts before each one."""
    sums = np.cumsum(values, axis=0)
    return sums - values - (sums - values)[begins]


def _sets(
    number: np.ndarray,
    since: np.ndarray,
    day: np.ndarray,
    left: np.ndarray,
    at_risk: np.ndarray,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Each who left with those nearest who stayed: the set's number and the contact, a row each."""
    leavers = np.flatnonzero(at_risk & (left > 0))
    if len(leavers) > _MOST:
        chosen = np.random.default_rng(seed).permutation(len(leavers))[:_MOST]
        leavers = leavers[np.sort(chosen)]
    sets: list[np.ndarray] = []
    rows: list[np.ndarray] = []
    for same in np.unique(number[leavers]):
        stayed = np.flatnonzero(at_risk & (left == 0) & (number == same))
        stayed = stayed[np.argsort(since[stayed], kind="stable")]
        for leaver in leavers[number[leavers] == same]:
            beside = _nearest(leaver, stayed, since, day)
            if len(beside):
                rows.append(np.append(leaver, beside))
                sets.append(np.full(len(beside) + 1, len(sets)))
    if not rows:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    return np.concatenate(sets), np.concatenate(rows)


def _nearest(
    leaver: int, stayed: np.ndarray, since: np.ndarray, day: np.ndarray
) -> np.ndarray:
    place = int(np.searchsorted(since[stayed], since[leaver]))
    near = stayed[max(place - _NEAR, 0) : place + _NEAR]
    apart = np.abs(since[near] - since[leaver])
    total = apart + np.abs(day[near] - day[leaver]) / _SEASON
    order = np.argsort(total, kind="stable")[:_BESIDE]
    return near[order[apart[order] < _LONGER]]
