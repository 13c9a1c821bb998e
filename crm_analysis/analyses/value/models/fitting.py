"""Maximum likelihood with analytic gradients: rows grouped, several starts, honest convergence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from crm_analysis.tables.threads import one_thread

# Logarithms of scaled parameters stay within these: beyond, a gamma is a constant to the data.
EDGE = 8.0
_SAMPLE = 30_000  # customers the search begins with when there are more
_DECREMENT = 1e-7  # converged: the quadratic model sees less than this to gain in log-likelihood
_ON_A_RIDGE = (
    1e-3  # the same where a direction is flat: no data tell so small a gain
)
_AT_EDGE = 1e-6


@dataclass(frozen=True, eq=False)
class Rows:
    """Distinct (x, t_x, T) with the number of customers of each.

    `position` leads from a customer to their row.
    """

    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    weight: np.ndarray
    position: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    @property
    def mean_age(self) -> float:
        """The mean of T over customers, above 0."""
        return max(float(self.weight @ self.T / self.weight.sum()), 1e-12)

    def at_scale(self, scale: float) -> Rows:
        """The same rows with times divided by `scale`."""
        return replace(self, t_x=self.t_x / scale, T=self.T / scale)

    def take(self, chosen: np.ndarray) -> Rows:
        """The rows at some positions, as rows of their own."""
        return Rows(
            self.x[chosen],
            self.t_x[chosen],
            self.T[chosen],
            self.weight[chosen],
            np.arange(len(chosen)),
        )

    def counts(self) -> tuple[np.ndarray, np.ndarray]:
        """The distinct x, and the number of customers of each."""
        customers = np.bincount(self.x.astype(np.int64), weights=self.weight)
        orders = np.flatnonzero(customers)
        return orders, customers[orders]

    def sample(self, size: int, seed: int) -> Rows:
        """The rows of some customers drawn without replacement."""
        drawn = np.random.default_rng(seed).choice(
            len(self.position), size, replace=False
        )
        weight = np.bincount(self.position[drawn], minlength=len(self)).astype(
            float
        )
        return replace(
            replace(self, weight=weight).take(np.flatnonzero(weight)),
            position=np.zeros(0, dtype=np.int64),
        )


def group(summary: pd.DataFrame) -> Rows:
    """Group the rows of a purchase summary.

    Raises ValueError where the columns or their values cannot be purchase histories.
    """
    missing = [
        name
        for name in ("frequency", "recency", "T")
        if name not in summary.columns
    ]
    if missing:
        raise ValueError(
            f"a purchase summary has frequency, recency and T; no {', '.join(missing)} here"
        )
    x, t_x, age = (
        summary[name].to_numpy(dtype=float)
        for name in ("frequency", "recency", "T")
    )
    if not len(x):
        raise ValueError("the purchase summary is empty")
    if not all(np.isfinite(values).all() for values in (x, t_x, age)):
        raise ValueError("frequency, recency and T must be numbers in every row")
    whole = (x >= 0) & (x == np.floor(x))
    ordered = (t_x >= 0) & (t_x <= age * (1 + 1e-12) + 1e-12)
    if not (whole & ordered).all():
        raise ValueError(
            "in every row frequency must be a whole number from 0 and 0 ≤ recency ≤ T"
        )
    return _distinct(x, t_x, age)


def _distinct(x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> Rows:
    time_codes, times = pd.factorize(t_x)
    age_codes, ages = pd.factorize(age)
    width = int(x.max()) + 1
    pairs = time_codes.astype(np.int64) * len(ages) + age_codes
    position, keys = pd.factorize(pairs * width + x.astype(np.int64))
    pairs = keys // width
    return Rows(
        (keys % width).astype(float),
        times[pairs // len(ages)],
        ages[pairs % len(ages)],
        np.bincount(position).astype(float),
        position,
    )


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where the search ended, in logarithms of the scaled parameters.

    `covariance` is inf where the data say nothing of a parameter.
    """

    theta: np.ndarray
    value: float
    converged: bool
    at_edge: bool
    covariance: np.ndarray
    evaluations: int

    @property
    def parameters(self) -> list[float]:
        """The scaled parameters themselves."""
        return [float(value) for value in np.exp(self.theta)]

    @property
    def unbounded(self) -> np.ndarray:
        """Which parameters lie at the edge of what is searched."""
        return np.abs(self.theta) > EDGE - _AT_EDGE

    @property
    def curvature(self) -> np.ndarray:
        """The inverse of the covariance; inf where the data do not bound every parameter."""
        if not np.isfinite(np.diag(self.covariance)).all():
            return np.full_like(self.covariance, np.inf)
        return np.linalg.inv(self.covariance)


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

    `likelihood(theta, rows)` gives the log-likelihood and its gradient. The `starts` are tried in
    turn until one ends inside the bounds; the best end counts. With many customers the search runs
    on a sample of them, whose curvature then steers a few Newton steps on all: the answer is the
    optimum of all customers, to within 1e-7 in log-likelihood (5e-4 where the data leave a
    direction flat), or it says otherwise.
    """
    sampled = rows
    if len(rows.position) > sample and len(rows) > sample // 2:
        sampled = rows.sample(sample, seed)
    best: Optimum | None = None
    evaluations = 0
    with one_thread():
        for start in starts:
            end = _climb(likelihood, sampled, np.asarray(start, dtype=float))
            evaluations += end.evaluations
            rank = (end.converged, end.value)
            if best is None or rank > (best.converged, best.value + 1e-9):
                best = end
            if end.converged and not end.at_edge:
                break
        assert best is not None
        if sampled is not rows:
            best = _finish(
                likelihood, rows, best, rows.weight.sum() / sampled.weight.sum()
            )
    return replace(best, evaluations=evaluations + best.evaluations)


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

    search = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-EDGE, EDGE)] * len(start),
        options={"maxiter": 500, "ftol": 1e-11, "gtol": 1e-6},
    )
    theta = search.x
    for _ in range(40):
        value, slope = likelihood(theta, rows)
        curvature = _curvature(likelihood, rows, theta)
        count += 1 + 2 * len(theta)
        step, decrement = _newton(curvature, slope, _free(theta, slope))
        reached = theta
        if decrement >= _DECREMENT * 2:
            reached = _walk(likelihood, rows, theta, step, value)
        if reached is theta:
            break
        theta = reached
    else:
        value, slope = likelihood(theta, rows)
    return _ending(theta, value, slope, curvature, count)


def _finish(
    likelihood: Likelihood,
    rows: Rows,
    end: Optimum,
    share: float,
) -> Optimum:
    """A few steps on all rows along the curvature of the sample."""
    curvature = share * end.curvature
    if not np.isfinite(curvature).all():
        return _climb(likelihood, rows, end.theta)
    theta = end.theta
    moved, last_slope = np.zeros(len(theta)), np.zeros(len(theta))
    for count in range(1, 13):
        value, slope = likelihood(theta, rows)
        change = last_slope - slope
        if (
            moved @ change > 0
        ):  # what the last step taught of the curvature of all rows (BFGS)
            along = curvature @ moved
            learned = np.outer(change, change) / (moved @ change)
            curvature = (
                curvature + learned - np.outer(along, along) / (moved @ along)
            )
        step, decrement = _newton(curvature, slope, _free(theta, slope))
        if decrement < _DECREMENT * 2:
            return _ending(theta, value, slope, curvature, count)
        reached = np.clip(theta + step, -EDGE, EDGE)
        theta, moved, last_slope = reached, reached - theta, slope
    return _climb(likelihood, rows, theta)


def _curvature(likelihood: Likelihood, rows: Rows, theta: np.ndarray) -> np.ndarray:
    """The negative Hessian, from differences of the analytic gradient."""
    step = 1e-4
    columns = []
    for move in np.eye(len(theta)) * step:
        below, above = (
            likelihood(point, rows)[1] for point in (theta - move, theta + move)
        )
        columns.append((below - above) / (2 * step))
    hessian = np.array(columns)
    return (hessian + hessian.T) / 2


def _free(theta: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Parameters that are not pressed against their bound."""
    pressed_up = (theta >= EDGE - 1e-9) & (slope > 0)
    pressed_down = (theta <= -EDGE + 1e-9) & (slope < 0)
    return ~(pressed_up | pressed_down)


def _newton(
    curvature: np.ndarray, slope: np.ndarray, free: np.ndarray
) -> tuple[np.ndarray, float]:
    """The Newton step of the free parameters, of at most 1, and what it promises twice over."""
    step = np.zeros_like(slope)
    if not free.any():
        return step, 0.0
    values, vectors = np.linalg.eigh(curvature[np.ix_(free, free)])
    along = vectors.T @ slope[free]
    values = np.maximum(
        np.abs(values), 1e-12 * max(float(np.abs(values).max()), 1e-300)
    )
    decrement = float((along**2 / values).sum())
    step[free] = vectors @ (along / values)
    return step / max(float(np.abs(step).max()), 1.0), decrement


def _walk(
    likelihood: Likelihood,
    rows: Rows,
    theta: np.ndarray,
    step: np.ndarray,
    value: float,
) -> np.ndarray:
    """Along the step to the first bound it meets, halved until the likelihood rises."""
    bound = np.where(step > 0, EDGE, -EDGE)
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(step != 0, (bound - theta) / step, np.inf)
    step = step * min(1.0, float(room.min()))
    for _ in range(12):
        point = np.clip(theta + step, -EDGE, EDGE)
        reached = likelihood(point, rows)[0]
        if np.isfinite(reached) and reached > value:
            return point
        step = step / 2
    return theta


def _ending(
    theta: np.ndarray,
    value: float,
    slope: np.ndarray,
    curvature: np.ndarray,
    count: int,
) -> Optimum:
    _, decrement = _newton(curvature, slope, _free(theta, slope))
    values, vectors = np.linalg.eigh(curvature)
    # Along flat directions parameters may go where they like: errors of 30 in a logarithm.
    flat = values < max(1e-3, 1e-9 * values.max())
    covariance = (vectors[:, ~flat] / values[~flat]) @ vectors[:, ~flat].T
    unbounded = (np.abs(vectors[:, flat]) > 1e-3).any(axis=1)
    covariance[unbounded, unbounded] = np.inf
    # Differences of gradients are rounded to about 1e-9 of the log-likelihood: no slope below.
    within = _ON_A_RIDGE if flat.any() else max(1e-5, 1e-9 * abs(value))
    return Optimum(
        theta,
        float(value),
        converged=bool(np.isfinite(value) and decrement < within),
        at_edge=bool((np.abs(theta) >= EDGE - _AT_EDGE).any()),
        covariance=covariance,
        evaluations=count,
    )
