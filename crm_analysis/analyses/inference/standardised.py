"""Two groups compared as if they were alike in what is known of them (standardisation)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_STEPS, _CONVERGED = 50, 1e-9
_RIDGE = (
    1e-3  # in all, of standardised columns: holds still what events do not tell
)


class Standardised(NamedTuple):
    """The outcome if all were of the group, if none were; difference and ratio with intervals.

    NaN where it cannot be said.
    """

    inside: float
    outside: float
    difference: float
    lo: float
    hi: float
    ratio: float
    ratio_lo: float
    ratio_hi: float


UNKNOWN = Standardised(*[float("nan")] * 8)


def standardised(
    outcome: np.ndarray,
    inside: np.ndarray,
    covariates: np.ndarray,
    coverage: float = 0.95,
    *,
    is_share: bool,
) -> Standardised:
    """A group against the others, with what is known of both taken into account.

    A model of the outcome by group and covariates, logistic of a yes or no and linear of amounts,
    says of each what it would be inside the group and outside; the means over all are compared.
    Intervals are by the sandwich, so that they do not rest on the model's variance. What is not
    among the covariates is not taken into account.

    Parameters
    ----------
    outcome
        Of each: 1 or 0, or an amount.
    inside
        Who is of the group.
    covariates
        A column each, known of all.
    coverage
        Of the intervals.
    is_share
        Whether the outcome is a yes or no.

    References
    ----------
    Robins (1986), Mathematical Modelling 7, 1393-1512, on standardisation; Stefanski and Boos
    (2002), American Statistician 56, 29-38, on its interval.

    Examples
    --------
    Those with x are of the group more often and leave more often; the group adds nothing:

    >>> rng = np.random.default_rng(0)
    >>> x = rng.integers(0, 2, 4000)
    >>> group = rng.random(4000) < 0.2 + 0.5 * x
    >>> left = (rng.random(4000) < 0.1 + 0.4 * x).astype(float)
    >>> of = standardised(left, group, x[:, None].astype(float), is_share=True)
    >>> bool(left[group].mean() - left[~group].mean() > 0.15), bool(of.lo < 0 < of.hi)
    (True, True)
    """
    from scipy.special import ndtri

    design = _design(inside, covariates)
    size, width = design.shape
    if size <= width + 1 or inside.all() or not inside.any():
        return UNKNOWN
    fitted = _fit(design, outcome, is_share)
    if fitted is None:
        return UNKNOWN
    weights, bread, residual = fitted
    scores = (design * residual[:, None]) @ bread
    means, influences = [], []
    for side in (1.0, 0.0):
        moved = design.copy()
        moved[:, 1] = side
        expected, slope = _expected(moved @ weights, is_share)
        gradient = (moved * slope[:, None]).mean(axis=0)
        means.append(float(expected.mean()))
        influences.append(expected - expected.mean() + size * (scores @ gradient))
    reach = float(ndtri(0.5 + coverage / 2)) / np.sqrt(size - width)
    difference = means[0] - means[1]
    error = reach * float((influences[0] - influences[1]).std())
    ratio, low, high = (float("nan"),) * 3
    if is_share and min(means) > 0:
        ratio = means[0] / means[1]
        relative = influences[0] / means[0] - influences[1] / means[1]
        factor = float(np.exp(reach * relative.std()))
        low, high = ratio / factor, ratio * factor
    return Standardised(
        means[0],
        means[1],
        difference,
        difference - error,
        difference + error,
        ratio,
        low,
        high,
    )


def _design(inside: np.ndarray, covariates: np.ndarray) -> np.ndarray:
    """One, the group, and the covariates that vary, each with mean 0 and deviation 1."""
    deviation = covariates.std(axis=0)
    varying = deviation > 0
    scaled = (covariates[:, varying] - covariates[:, varying].mean(axis=0)) / (
        deviation[varying]
    )
    return np.column_stack([np.ones(len(inside)), inside.astype(float), scaled])


def _expected(linear: np.ndarray, is_share: bool) -> tuple[np.ndarray, np.ndarray]:
    """The outcome, and how it changes with the linear part."""
    if not is_share:
        return linear, np.ones(len(linear))
    from scipy.special import expit

    chance = expit(linear)
    return chance, chance * (1 - chance)


def _fit(
    design: np.ndarray, outcome: np.ndarray, is_share: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """The weights, the inverse of the information, the residuals; None without convergence."""
    weights = np.zeros(design.shape[1])
    penalty = np.full(design.shape[1], _RIDGE)
    penalty[:2] = 0.0
    for _ in range(_STEPS):
        expected, slope = _expected(design @ weights, is_share)
        information = design.T @ (design * slope[:, None]) + np.diag(penalty)
        if np.linalg.cond(information) > 1e12:
            return None
        bread = np.linalg.inv(information)
        residual = outcome - expected
        step = bread @ (design.T @ residual - penalty * weights)
        weights = weights + step
        if np.abs(step).max() < _CONVERGED * (1 + np.abs(weights).max()):
            # A small group draws the model to itself: what is left of it counts for more (HC3).
            leverage = slope * np.einsum("ij,jk,ik->i", design, bread, design)
            return weights, bread, residual / np.maximum(1 - leverage, 0.1)
    return None
