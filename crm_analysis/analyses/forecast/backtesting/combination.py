"""Several models' answers become one: the mean of all that did not fail in the back-test.

Forecasts combined with equal or nearly equal weights are hard to beat, and weights learnt from a few windows are mostly noise (Smith & Wallis,
Oxford Bulletin 71, 2009; Petropoulos & Svetunkov, IJF 36, 2020). So weights lean on equal ones, and a model goes only when it is far worse than the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from crm_analysis.analyses.forecast.backtesting.candidates import Candidate
from crm_analysis.analyses.forecast.models import Fit

__all__ = ["combine", "equal", "on_scale", "weights"]

_FAR_WORSE = 1.6  # times the median error of the models tried
_POWER = 1.0


def weights(
    errors: Mapping[Candidate, float], tried: Sequence[Candidate]
) -> dict[Candidate, float]:
    """The weight of each model from its mean absolute error in the back-test so far (equal weights where there is none); sums to 1.

    >>> weights({}, [Candidate("theta"), Candidate("ces")])
    {Candidate(model='theta', log=False): 0.5, Candidate(model='ces', log=False): 0.5}
    """
    known = np.array([errors.get(one, np.nan) for one in tried], dtype=float)
    if not len(tried):
        return {}
    if np.isnan(known).all() or np.nanmin(known) <= 0:
        return {one: 1 / len(tried) for one in tried}
    known = np.where(np.isnan(known), np.nanmedian(known), known)
    weight = np.where(
        known <= _FAR_WORSE * np.median(known), (np.median(known) / known) ** _POWER, 0.0
    )
    weight /= weight.sum()
    return {one: float(value) for one, value in zip(tried, weight, strict=True) if value > 0}


def equal(tried: Sequence[Candidate]) -> dict[Candidate, float]:
    """Equal weights: for intermittent demand, where the least absolute error would go to whoever says nothing comes."""
    return {one: 1 / len(tried) for one in tried}


def combine(fits: Mapping[Candidate, Fit], weight: Mapping[Candidate, float], log: bool) -> Fit:
    """The weighted mean of the models' means; of the spreads the weighted median, on the scale that is wanted (`log`: of relative errors).

    Errors of models of one series move together, so it is spreads that meet, not variances; and the median, because one model of several may take
    a short history for an explosion and say that anything can happen.
    """
    parts = [(fits[one], share, one.log) for one, share in weight.items() if one in fits]
    total = sum(share for _, share, _ in parts)
    mean = sum(
        (fit.mean * (share / total) for fit, share, _ in parts),
        start=np.zeros(len(parts[0][0].mean)),
    )
    fitted = sum(
        (fit.fitted * (share / total) for fit, share, _ in parts),
        start=np.zeros(len(parts[0][0].fitted)),
    )
    spread = _median(
        np.array([on_scale(fit, own, log) for fit, _, own in parts]),
        np.array([share for _, share, _ in parts]),
    )
    return Fit(mean, spread, fitted, " + ".join(fit.label for fit, _, _ in parts))


def _median(rows: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The weighted median of each column (models × steps), between the two middle values where the weights part evenly.

    >>> _median(np.array([[1.0], [2.0], [50.0]]), np.array([1.0, 1.0, 1.0]))
    array([2.])
    """
    order = np.argsort(rows, axis=0, kind="stable")
    ordered, below = (
        np.take_along_axis(rows, order, 0),
        np.cumsum(weight[order], axis=0) / weight.sum(),
    )
    low, high = (
        np.take_along_axis(ordered, np.argmax(below >= share, axis=0)[None], 0)[0]
        for share in (0.5 - 1e-9, 0.5 + 1e-9)
    )
    return (low + high) / 2


def on_scale(fit: Fit, own: bool, wanted: bool) -> np.ndarray:
    """A fit's spread as relative errors (`wanted`) or in units, whichever scale it was fitted on."""
    if own == wanted:
        return fit.spread
    size = np.maximum(np.abs(fit.mean), 1e-12)
    return fit.spread / size if wanted else fit.spread * size
