"""A score of some answers with its interval, and of two groups of answers the difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from crm_analysis.analyses.feedback.survey.scales import Answers
from crm_analysis.analyses.inference import (
    Moments,
    effective_size,
    mean_interval,
    means_differ,
    moments,
    net_share,
    square_and_add,
    wilson,
)

POINTS = 100.0  # a net score runs from -100 to 100


class Measure(NamedTuple):
    """What is measured of answers: 1, 0, -1 of a net score, 1 and 0 of a share, numbers of a mean.

    NaN where there is no answer.
    """

    name: str
    kind: Literal["net", "share", "mean"]
    values: np.ndarray


class Figure(NamedTuple):
    """A score; `size` is how many independent answers it is worth, `spread` one's variance."""

    value: float
    lo: float
    hi: float
    adjusted: float
    size: float
    spread: float


class Difference(NamedTuple):
    """One score less another, with its interval and p-value."""

    difference: float
    lo: float
    hi: float
    p: float


def measures_of(answers: Sequence[Answers]) -> Iterator[Measure]:
    """Of NPS the net score, of the others the share of the top two and the mean."""
    for one in answers:
        if one.name == "nps":
            yield Measure("nps", "net", one.net)
        else:
            yield Measure(one.name, "share", one.top_two)
            yield Measure(f"{one.name}_mean", "mean", one.values)


def figure(
    values: np.ndarray,
    kind: str,
    cluster: np.ndarray | None = None,
    coverage: float = 0.95,
) -> Figure:
    """The score of some answers; those of one customer count as alike as they are.

    Examples
    --------
    >>> nps = figure(np.repeat([1.0, 0.0, -1.0], [50, 30, 20]), "net")
    >>> [round(value, 1) for value in nps[:4]]
    [30.0, 14.1, 44.2, 29.1]
    >>> csat = figure(np.repeat([1.0, 0.0], [8, 2]), "share")
    >>> [round(value, 3) for value in csat[:3]]
    [0.8, 0.49, 0.943]
    """
    count = len(values)
    size = float(count) if cluster is None else effective_size(values, cluster)
    worth = size / count
    mean, spread = float(values.mean()), float(values.var())
    if kind == "net":
        above, below = ((values == side).sum() * worth for side in (1, -1))
        adjusted, low, high = net_share(above, below, size, coverage)
        return Figure(
            POINTS * mean,
            POINTS * float(low),
            POINTS * float(high),
            POINTS * float(adjusted),
            size,
            POINTS**2 * spread,
        )
    if kind == "share":
        low, high = wilson(values.sum() * worth, size, coverage)
        return Figure(mean, float(low), float(high), np.nan, size, spread)
    of = _as_moments(values, size, cluster)
    lo, hi = mean_interval(of, coverage)
    return Figure(mean, lo, hi, np.nan, size, spread)


def _as_moments(
    values: np.ndarray, size: float, cluster: np.ndarray | None
) -> Moments:
    people = len(values)
    if cluster is not None:
        people = int((np.bincount(cluster) > 0).sum())
    of = moments(values)
    return Moments(people, of.mean, of.variance * len(values) / size)


def differ(
    one: np.ndarray,
    other: np.ndarray,
    kind: str,
    clusters: tuple[np.ndarray | None, np.ndarray | None] = (None, None),
    coverage: float = 0.95,
) -> Difference:
    """The difference between the scores of two groups of answers.

    Net scores and shares by their own intervals, squared and added; means by Welch.

    Examples
    --------
    >>> many, few = np.repeat([1.0, 0.0], [56, 14]), np.repeat([1.0, 0.0], [48, 32])
    >>> [round(value, 4) for value in differ(many, few, "share")]
    [0.2, 0.0524, 0.3339, 0.008]
    """
    from scipy.special import ndtr

    own = figure(one, kind, clusters[0], coverage)
    others = figure(other, kind, clusters[1], coverage)
    if kind == "mean":
        estimate = means_differ(
            _as_moments(one, own.size, clusters[0]),
            _as_moments(other, others.size, clusters[1]),
            coverage,
        )
        return Difference(estimate.difference, estimate.lo, estimate.hi, estimate.p)
    difference, low, high = square_and_add(
        (own.value, own.lo, own.hi), (others.value, others.lo, others.hi)
    )
    both = figure(np.concatenate([one, other]), kind)
    variance = both.spread * (1 / own.size + 1 / others.size)
    z = abs(difference) / np.sqrt(variance) if variance > 0 else 0.0
    return Difference(difference, low, high, float(2 * ndtr(-z)))
