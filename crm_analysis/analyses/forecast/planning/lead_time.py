"""Demand over a stretch of time that need not begin or end with a period: the sum over sample paths of a forecast."""

from __future__ import annotations

import numpy as np

__all__ = ["demand_between"]


def demand_between(
    paths: np.ndarray,
    edges: np.ndarray,
    start: np.ndarray,
    middle: np.ndarray,
    end: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Demand from `start` to `middle` and from `start` to `end`, one of each a path.

    `paths`: draws x periods, at least 0. `edges`: where the periods begin, and where the last ends, in one unit of time with `start` <=
    `middle` <= `end`, a time each path. Beyond the last edge demand goes on as in the last period.

    A part of a period takes a random share of the period's demand: the bridge of a gamma process with the period's own mean m and variance v
    (shares are Dirichlet with shape m^2/v x length of each part; Ribeiro & Webber, J. Computational Finance 7(2), 2004). So a share f of a
    period has mean f m and variance f v, whatever the distribution in the forecast, is never negative, and parts add up to the whole.
    Spreading demand evenly would give variance f^2 v: half a month's stock would look safer than it is.

    >>> paths = np.array([[10.0, 20.0], [10.0, 20.0]])
    >>> lead, all_of_it = demand_between(paths, np.array([0.0, 1.0, 2.0]), np.zeros(2), np.array([1.0, 1.5]), np.array([2.0, 3.0]), np.random.default_rng(0))
    >>> lead.tolist(), all_of_it.tolist()
    ([10.0, 20.0], [30.0, 50.0])
    """
    last = edges[-1] - edges[-2]
    more = max(0, int(np.ceil(round((float(end.max()) - float(edges[-1])) / last, 9))))
    if more:
        paths = np.hstack([paths, np.repeat(paths[:, -1:], more, axis=1)])
        edges = np.r_[edges, edges[-1] + last * np.arange(1, more + 1)]
    length = np.diff(edges)
    first = _inside(edges, length, start, middle)
    second = _inside(edges, length, middle, end)
    mean, variance = paths.mean(axis=0), paths.var(axis=0)
    share_first, share_second = first.copy(), second.copy()
    partly = ((first > 0) & (first < 1)) | ((second > 0) & (second < 1))
    rows, columns = np.nonzero(partly & (variance > 0) & (mean > 0))
    if len(rows):
        shape = (mean[columns] ** 2 / variance[columns])[:, None]
        lengths = np.column_stack([first[rows, columns], second[rows, columns]])
        lengths = np.column_stack([lengths, np.clip(1.0 - lengths.sum(axis=1), 0.0, 1.0)])
        shares = _dirichlet(shape * lengths, rng)
        share_first[rows, columns], share_second[rows, columns] = shares[:, 0], shares[:, 1]
    lead = (paths * share_first).sum(axis=1)
    return lead, lead + (paths * share_second).sum(axis=1)


def _inside(
    edges: np.ndarray, length: np.ndarray, start: np.ndarray, end: np.ndarray
) -> np.ndarray:
    """The share of each period (column) that lies between start and end (a row a path)."""
    overlap = np.minimum(edges[None, 1:], end[:, None]) - np.maximum(
        edges[None, :-1], start[:, None]
    )
    return np.clip(overlap / length, 0.0, 1.0)


def _dirichlet(shape: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A draw of shares a row; the rows of `shape` may be tiny, when one part takes all, or hold zeros."""
    draws = rng.standard_gamma(shape)
    total = draws.sum(axis=1)
    lost = (
        total <= 0
    )  # all too small for a float: in the limit one part takes all, in proportion to its length
    if lost.any():
        bounds = np.cumsum(shape[lost], axis=1) / shape[lost].sum(axis=1, keepdims=True)
        winner = (
            (rng.random(int(lost.sum()))[:, None] > bounds).sum(axis=1).clip(0, shape.shape[1] - 1)
        )
        draws[lost] = np.eye(shape.shape[1])[winner]
        total = draws.sum(axis=1)
    return draws / total[:, None]
