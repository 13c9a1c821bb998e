"""How good risks are: ranking, probabilities, calibration, each with an interval from customers drawn again and again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.result import Curves
from crm_analysis.analyses.inference import wilson

__all__ = [
    "MEASURES",
    "auc",
    "calibration_error",
    "curves_of",
    "intervals",
    "log_loss",
    "losses",
    "measures",
]

MEASURES = ("auc", "average_precision", "log_loss", "brier", "lift_10")
_EDGE = 1e-6
_MOST_ROWS = 100_000  # rows of which the intervals are drawn; a larger table's are made narrower by the square root
_POINTS = 500


def auc(left: np.ndarray, score: np.ndarray) -> float | None:
    """The chance that a churner has a higher score than a stayer, ties counting half (Hanley & McNeil 1982).

    >>> auc(np.array([0, 0, 1, 1]), np.array([.1, .4, .35, .8]))
    0.75
    """
    churners = float(left.sum())
    stayers = len(left) - churners
    if not churners or not stayers:
        return None
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2
    return float((np.dot(rank[place], left) - churners * (churners + 1) / 2) / (churners * stayers))


def losses(left: np.ndarray, risk: np.ndarray) -> np.ndarray:
    """The log-loss of each row."""
    inside = np.clip(risk, _EDGE, 1 - _EDGE)
    return -np.where(left == 1, np.log(inside), np.log1p(-inside))


def log_loss(left: np.ndarray, risk: np.ndarray) -> float:
    """Mean log-loss (nats)."""
    return float(losses(left, risk).mean())


def measures(left: np.ndarray, risk: np.ndarray) -> dict[str, float | None]:
    """auc, average_precision, log_loss, brier, lift_10 (churners among the riskiest tenth over the base rate) and ece."""
    found = dict(zip(MEASURES, next(_drawn(left, risk, [np.ones(len(left))])), strict=True))
    none = left.min() == left.max()
    return {
        **{
            name: None if none and name in ("auc", "average_precision", "lift_10") else float(value)
            for name, value in found.items()
        },
        "ece": calibration_error(left, risk),
    }


def intervals(
    left: np.ndarray, risk: np.ndarray, customer: np.ndarray, draws: int, coverage: float, seed: int
) -> dict[str, tuple[float, float]]:
    """For each measure the bounds that so many of the samples of customers (drawn with replacement, all examples of one together) lie within.

    It tells how far chance among customers goes, not how another training sample would change the model; the folds' deviation tells of that.
    """
    rng = np.random.default_rng(seed)
    narrower = 1.0
    people = int(customer.max()) + 1
    if len(left) > _MOST_ROWS:
        kept = rng.random(people) < _MOST_ROWS / len(left)
        inside = kept[customer]
        narrower = float(np.sqrt(inside.mean()))
        left, risk = left[inside], risk[inside]
        customer = np.unique(customer[inside], return_inverse=True)[1]
        people = int(customer.max()) + 1
    weights = (rng.poisson(1.0, people)[customer].astype(float) for _ in range(draws))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.array(list(_drawn(left, risk, weights)))
    tail = (1 - coverage) / 2
    bounds = {}
    for at, name in enumerate(MEASURES):
        column = found[np.isfinite(found[:, at]), at]
        if not len(column):
            bounds[name] = (float("nan"), float("nan"))
            continue
        lo, hi = np.quantile(column, [tail, 1 - tail])
        middle = float(np.median(column))
        bounds[name] = (
            middle - (middle - float(lo)) * narrower,
            middle + (float(hi) - middle) * narrower,
        )
    return bounds


def _drawn(
    left: np.ndarray, risk: np.ndarray, weights: Iterator[np.ndarray] | list[np.ndarray]
) -> Iterator[tuple[float, ...]]:
    """The measures for each set of weights: sorted once, then only sums."""
    order = np.argsort(-risk, kind="stable")
    left, risk = left[order].astype(float), risk[order]
    loss, square = losses(left, risk), (risk - left) ** 2
    ends = np.append(np.flatnonzero(np.diff(risk)), len(risk) - 1)  # ties fall together
    for drawn in weights:
        weight = drawn[order]
        true, every = np.cumsum(weight * left)[ends], np.cumsum(weight)[ends]
        total, churners = every[-1], true[-1]
        false = every - true
        area = np.sum(np.diff(false, prepend=0.0) * (true - np.diff(true, prepend=0.0) / 2))
        gained = np.diff(true, prepend=0.0)
        precision = np.divide(true, every, out=np.zeros_like(true), where=every > 0)
        tenth = np.interp(0.1 * total, np.r_[0.0, every], np.r_[0.0, true])
        with np.errstate(divide="ignore", invalid="ignore"):
            yield (
                float(area / (churners * (total - churners))),
                float(np.sum(gained * precision) / churners),
                float(np.dot(weight, loss) / total),
                float(np.dot(weight, square) / total),
                float(tenth / churners / 0.1),
            )


def calibration_error(left: np.ndarray, risk: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: how far the mean risk is from the share that left, over bins of equal size (Naeini, Cooper & Hauskrecht 2015).

    >>> calibration_error(np.array([0, 1] * 50), np.full(100, 0.5))
    0.0
    """
    found = _reliability(left, risk, bins)
    return float(
        np.dot(found["customers"], (found["predicted"] - found["observed"]).abs())
        / found["customers"].sum()
    )


def curves_of(left: np.ndarray, risk: np.ndarray) -> Curves:
    """ROC, precision-recall, gain and reliability of risks."""
    order = np.argsort(-risk, kind="stable")
    sorted_risk, true = risk[order], np.cumsum(left[order].astype(float))
    ends = np.append(np.flatnonzero(np.diff(sorted_risk)), len(risk) - 1)
    if len(ends) > _POINTS:
        ends = np.unique(
            np.append(ends[np.linspace(0, len(ends) - 1, _POINTS).astype(int)], len(risk) - 1)
        )
    true, every, threshold = true[ends], ends + 1.0, sorted_risk[ends]
    churners, stayers = max(float(left.sum()), 1.0), max(float(len(left) - left.sum()), 1.0)
    roc = pd.DataFrame(
        {
            "false_positive_rate": np.r_[0, (every - true) / stayers],
            "true_positive_rate": np.r_[0, true / churners],
            "threshold": np.r_[np.inf, threshold],
        }
    )
    recall = pd.DataFrame(
        {"recall": true / churners, "precision": true / every, "threshold": threshold}
    )
    shares = np.linspace(0, 1, 101)
    found = np.interp(shares * len(left), np.r_[0.0, every], np.r_[0.0, true])
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = np.where(shares > 0, found / churners / shares, np.nan)
    gain = pd.DataFrame(
        {
            "share": shares,
            "found": found / churners,
            "lift": lift,
            "churners": found,
            "customers": shares * len(left),
        }
    )
    return Curves(roc, recall, gain, _reliability(left, risk, 10))


def _reliability(left: np.ndarray, risk: np.ndarray, bins: int) -> pd.DataFrame:
    _, place, ties = np.unique(risk, return_inverse=True, return_counts=True)
    # Equal risks are in one bin: that of the middle of them.
    part = np.minimum(
        (np.cumsum(ties) - (ties + 1) / 2)[place] * bins // max(len(risk), 1), bins - 1
    ).astype(int)
    count = np.bincount(part, minlength=bins).astype(float)
    hits = np.bincount(part, weights=left.astype(float), minlength=bins)
    total = np.bincount(part, weights=risk, minlength=bins)
    there = count > 0
    lo, hi = wilson(hits, count)
    table = pd.DataFrame(
        {
            "bin": np.arange(1, bins + 1),
            "predicted": total / np.maximum(count, 1),
            "observed": hits / np.maximum(count, 1),
            "observed_lo": lo,
            "observed_hi": hi,
            "customers": count.astype(int),
        }
    )
    return table[there].reset_index(drop=True)
