"""Maximum likelihood with analytic gradients: equal rows grouped, a ladder of starting points, convergence said honestly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

__all__ = ["Optimum", "Rows", "group", "maximise"]

EDGE = 8.0  # logarithms of scaled parameters stay within ±9: beyond it a gamma is a constant for all that data can tell
_SAMPLE = 30_000  # customers the search begins with when there are more
_DECREMENT = 1e-7  # converged: the quadratic model sees less than this to gain in log-likelihood


@dataclass(frozen=True, eq=False)
class Rows:
    """Distinct (x, t_x, T) with the number of customers of each; `position` leads from a customer to their row."""

    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    weight: np.ndarray
    position: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def at_scale(self, scale: float) -> Rows:
        """The same rows with times divided by `scale`."""
        return Rows(self.x, self.t_x / scale, self.T / scale, self.weight, self.position)

    def sample(self, size: int, seed: int) -> Rows:
        """The rows of some customers drawn without replacement."""
        drawn = np.random.default_rng(seed).choice(len(self.position), size, replace=False)
        weight = np.bincount(self.position[drawn], minlength=len(self)).astype(float)
        keep = weight > 0
        return Rows(
            self.x[keep], self.t_x[keep], self.T[keep], weight[keep], np.zeros(0, dtype=np.int64)
        )


def group(summary: pd.DataFrame) -> Rows:
    """Group the rows of a purchase summary. ValueError where the columns or their values cannot be a purchase history."""
    missing = [name for name in ("frequency", "recency", "T") if name not in summary.columns]
    if missing:
        raise ValueError(
            f"a purchase summary has frequency, recency and T; no {', '.join(missing)} here"
        )
    x, t_x, age = (summary[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T"))
    if not len(x):
        raise ValueError("the purchase summary is empty")
    if not (np.isfinite(x).all() and np.isfinite(t_x).all() and np.isfinite(age).all()):
        raise ValueError("frequency, recency and T must be numbers in every row")
    if (
        (x < 0).any()
        or (t_x < 0).any()
        or (t_x > age * (1 + 1e-12) + 1e-12).any()
        or (x != np.floor(x)).any()
    ):
        raise ValueError("in every row frequency must be a whole number from 0 and 0 ≤ recency ≤ T")
    return _distinct(x, t_x, age)


def _distinct(x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> Rows:
    codes_t, times = pd.factorize(t_x)
    codes_age, ages = pd.factorize(age)
    width = int(x.max()) + 1
    key = (codes_t.astype(np.int64) * len(ages) + codes_age) * width + x.astype(np.int64)
    position, keys = pd.factorize(key)
    rest = keys // width
    return Rows(
        (keys % width).astype(float),
        times[rest // len(ages)],
        ages[rest % len(ages)],
        np.bincount(position).astype(float),
        position,
    )


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where the search ended, in logarithms of the scaled parameters; `covariance` is inf where the data say nothing."""

    theta: np.ndarray
    value: float
    converged: bool
    at_edge: bool
    covariance: np.ndarray
    evaluations: int


Likelihood = Callable[[np.ndarray, Rows], tuple[float, np.ndarray]]


def maximise(
    likelihood: Likelihood,
    rows: Rows,
    starts: Sequence[Sequence[float]],
    *,
    sample: int = _SAMPLE,
    seed: int = 0,
) -> Optimum:
    """Maximise a weighted log-likelihood of logarithms of parameters.

    `likelihood(theta, rows)` gives the log-likelihood and its gradient. The rungs of `starts` are tried until one ends inside the
    bounds; the best end is kept. With many customers the search runs on a sample of them, whose curvature then steers a few
    Newton steps on all: the answer is the optimum of all customers, to within 1e-7 in log-likelihood, or it says otherwise.
    """
    customers = rows.weight.sum()
    few = (
        rows.sample(sample, seed)
        if len(rows.position) > sample and len(rows) > sample // 2
        else rows
    )
    share = customers / few.weight.sum()
    best: Optimum | None = None
    spent = 0
    with threadpool_limits(1):
        for start in starts:
            end = _climb(likelihood, few, np.asarray(start, dtype=float))
            spent += end.evaluations
            better = best is None or (end.converged, end.value) > (
                best.converged,
                best.value + 1e-9,
            )
            best = end if better else best
            if end.converged and not end.at_edge:
                break
        assert best is not None
        if few is not rows:
            best = _finish(likelihood, rows, best, share)
    return Optimum(
        best.theta,
        best.value,
        best.converged,
        best.at_edge,
        best.covariance,
        spent + best.evaluations,
    )


def _climb(likelihood: Likelihood, rows: Rows, start: np.ndarray) -> Optimum:
    """One search by L-BFGS within the bounds, then Newton steps to the very top."""
    total = rows.weight.sum()
    count = 0

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal count
        count += 1
        value, slope = likelihood(theta, rows)
        if not (np.isfinite(value) and np.isfinite(slope).all()):
            return 1e10, np.zeros_like(theta)
        return -value / total, -slope / total

    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-EDGE, EDGE)] * len(start),
        options={"maxiter": 500, "ftol": 1e-11, "gtol": 1e-6},
    )
    theta, curvature = found.x, None
    for _ in range(40):
        value, slope = likelihood(theta, rows)
        free = _free(theta, slope)
        curvature = _curvature(likelihood, rows, theta)
        count += 1 + 2 * len(theta)
        step, decrement = _newton(curvature, slope, free)
        if decrement < _DECREMENT * 2:
            break
        theta = _walk(likelihood, rows, theta, step, value)
    value, slope = likelihood(theta, rows)
    return _ending(
        theta,
        value,
        slope,
        curvature if curvature is not None else _curvature(likelihood, rows, theta),
        count,
    )


def _finish(likelihood: Likelihood, rows: Rows, found: Optimum, share: float) -> Optimum:
    """A few steps on all rows along the curvature of the sample."""
    curvature = share * _curvature_of(found)
    if not np.isfinite(curvature).all():
        return _climb(likelihood, rows, found.theta)
    theta, moved, last = found.theta, np.zeros(len(found.theta)), np.zeros(len(found.theta))
    for count in range(1, 13):
        value, slope = likelihood(theta, rows)
        change = last - slope
        if moved @ change > 0:  # what the last step taught of the curvature of all rows (BFGS)
            along = curvature @ moved
            curvature = (
                curvature
                + np.outer(change, change) / (moved @ change)
                - np.outer(along, along) / (moved @ along)
            )
        step, decrement = _newton(curvature, slope, _free(theta, slope))
        if decrement < _DECREMENT * 2:
            return _ending(theta, value, slope, curvature, count)
        there = np.clip(theta + step, -EDGE, EDGE)
        theta, moved, last = there, there - theta, slope
    return _climb(likelihood, rows, theta)


def _curvature_of(found: Optimum) -> np.ndarray:
    finite = np.isfinite(np.diag(found.covariance))
    if not finite.all():
        return np.full_like(found.covariance, np.inf)
    return np.linalg.inv(found.covariance)


def _curvature(likelihood: Likelihood, rows: Rows, theta: np.ndarray) -> np.ndarray:
    """The negative Hessian, from differences of the analytic gradient."""
    size, step = len(theta), 1e-4
    columns = []
    for each in range(size):
        move = np.zeros(size)
        move[each] = step
        columns.append(
            (likelihood(theta - move, rows)[1] - likelihood(theta + move, rows)[1]) / (2 * step)
        )
    found = np.array(columns)
    return (found + found.T) / 2


def _free(theta: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Parameters that are not pressed against their bound."""
    return ~(((theta >= EDGE - 1e-9) & (slope > 0)) | ((theta <= -EDGE + 1e-9) & (slope < 0)))


def _newton(curvature: np.ndarray, slope: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, float]:
    """The Newton step of the free parameters, kept short, and what it promises twice over."""
    step = np.zeros_like(slope)
    if not free.any():
        return step, 0.0
    values, vectors = np.linalg.eigh(curvature[np.ix_(free, free)])
    along = vectors.T @ slope[free]
    values = np.maximum(np.abs(values), 1e-12 * max(float(np.abs(values).max()), 1e-300))
    decrement = float((along**2 / values).sum())
    step[free] = vectors @ (along / values)
    longest = np.abs(step).max()
    return (step if longest <= 1 else step / longest), decrement


def _walk(
    likelihood: Likelihood, rows: Rows, theta: np.ndarray, step: np.ndarray, value: float
) -> np.ndarray:
    """Along the step, no further than the first bound it meets, halved until the likelihood rises."""
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(
            step > 0, (EDGE - theta) / step, np.where(step < 0, (-EDGE - theta) / step, np.inf)
        )
    step = step * min(1.0, float(room.min()))
    for _ in range(12):
        there = np.clip(theta + step, -EDGE, EDGE)
        reached = likelihood(there, rows)[0]
        if np.isfinite(reached) and reached > value:
            return there
        step = step / 2
    return theta


def _ending(
    theta: np.ndarray, value: float, slope: np.ndarray, curvature: np.ndarray, count: int
) -> Optimum:
    """What the end of a search says of itself."""
    _, decrement = _newton(curvature, slope, _free(theta, slope))
    at_edge = bool((np.abs(theta) >= EDGE - 1e-6).any())
    values, vectors = np.linalg.eigh(curvature)
    flat = (
        values < max(1e-3, 1e-9 * values.max())
    )  # along these directions the parameters may go where they like: an error of 30 or more in a logarithm
    covariance = (vectors[:, ~flat] / values[~flat]) @ vectors[:, ~flat].T
    unbound = (np.abs(vectors[:, flat]) > 1e-3).any(axis=1)
    covariance[unbound, unbound] = np.inf
    # Differences of gradients carry rounding of about 1e-9 of the log-likelihood: what is below that is not a slope.
    settled = decrement < max(1e-5, 1e-9 * abs(value))
    return Optimum(
        theta, float(value), bool(np.isfinite(value) and settled), at_edge, covariance, count
    )
