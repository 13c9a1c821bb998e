"""How good risks are: ranking, probabilities, calibration; at every threshold, and for whom.

Each measure has an interval from customers drawn again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import KEYS, is_number
from crm_analysis.analyses.inference import wilson

MEASURES = ("auc", "average_precision", "log_loss", "brier", "lift_10")
_EDGE = 1e-6
# Rows of which the intervals are drawn; a larger table's are made narrower by the square root.
_MAXIMUM_ROWS = 100_000
_POINTS = 500  # thresholds that a curve is drawn through at most
_MAXIMUM_GROUPS = 12
_MAXIMUM_VALUES = 12
_FEW = 30
_REST, _MISSING = "…", ""


def auc(churned: np.ndarray, score: np.ndarray) -> float | None:
    """The chance that a churner has a higher score than a stayer, ties counting half.

    None without churners or without stayers. Hanley & McNeil 1982.

    >>> auc(np.array([0, 0, 1, 1]), np.array([.1, .4, .35, .8]))
    0.75
    """
    churners = float(churned.sum())
    stayers = len(churned) - churners
    if not churners or not stayers:
        return None
    _, position, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[position]
    pairs_won = np.dot(rank, churned) - churners * (churners + 1) / 2
    return float(pairs_won / (churners * stayers))


def losses(churned: np.ndarray, risk: np.ndarray) -> np.ndarray:
    """The log-loss of each row (nats)."""
    inside = np.clip(risk, _EDGE, 1 - _EDGE)
    return -np.where(churned == 1, np.log(inside), np.log1p(-inside))


def log_loss(churned: np.ndarray, risk: np.ndarray) -> float:
    """Mean log-loss (nats)."""
    return float(losses(churned, risk).mean())


def measures(churned: np.ndarray, risk: np.ndarray) -> dict[str, float | None]:
    """auc, average_precision, log_loss (nats), brier, lift_10 and ece.

    lift_10: the share of churners among the riskiest tenth over that of all. ece:
    `calibration_error`.
    """
    values = next(_weighted_measures(churned, risk, [np.ones(len(churned))]))
    found: dict[str, float | None] = dict(zip(MEASURES, values, strict=True))
    if churned.min() == churned.max():
        found |= {"auc": None, "average_precision": None, "lift_10": None}
    return {**found, "ece": calibration_error(churned, risk)}


def intervals(
    churned: np.ndarray,
    risk: np.ndarray,
    customer: np.ndarray,
    draws: int,
    coverage: float,
    seed: int,
) -> dict[str, tuple[float, float]]:
    """For each measure the bounds that so many of the samples of customers lie within.

    Customers are drawn with replacement, all rows of one together. It tells how far chance among
    customers goes, not how another training sample would change the model; the folds' deviation
    tells of that.
    """
    rng = np.random.default_rng(seed)
    narrower = 1.0
    customers = int(customer.max()) + 1
    if len(churned) > _MAXIMUM_ROWS:
        inside = (rng.random(customers) < _MAXIMUM_ROWS / len(churned))[customer]
        narrower = float(np.sqrt(inside.mean()))
        churned, risk = churned[inside], risk[inside]
        customer = np.unique(customer[inside], return_inverse=True)[1]
        customers = int(customer.max()) + 1
    weights = (
        rng.poisson(1.0, customers)[customer].astype(float) for _ in range(draws)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.array(list(_weighted_measures(churned, risk, weights)))
    tail = (1 - coverage) / 2
    bounds = {}
    for name, values in zip(MEASURES, drawn.T, strict=True):
        finite = values[np.isfinite(values)]
        if not len(finite):
            bounds[name] = (float("nan"), float("nan"))
            continue
        median = float(np.median(finite))
        lo, hi = (
            median + (np.quantile(finite, [tail, 1 - tail]) - median) * narrower
        )
        bounds[name] = (float(lo), float(hi))
    return bounds


def _weighted_measures(
    churned: np.ndarray, risk: np.ndarray, weights: Iterable[np.ndarray]
) -> Iterator[tuple[float, ...]]:
    """The measures for each set of weights: sorted once, then only sums."""
    order = np.argsort(-risk, kind="stable")
    churned, risk = churned[order].astype(float), risk[order]
    loss, square = losses(churned, risk), (risk - churned) ** 2
    ends = np.append(
        np.flatnonzero(np.diff(risk)), len(risk) - 1
    )  # ties fall together
    for drawn in weights:
        weight = drawn[order]
        churners, customers = (
            np.cumsum(weight * churned)[ends],
            np.cumsum(weight)[ends],
        )
        stayers = customers - churners
        total, total_churners = customers[-1], churners[-1]
        gained = np.diff(churners, prepend=0.0)
        area = np.sum(np.diff(stayers, prepend=0.0) * (churners - gained / 2))
        precision = np.divide(
            churners,
            customers,
            out=np.zeros_like(churners),
            where=customers > 0,
        )
        tenth = np.interp(
            0.1 * total, np.append(0.0, customers), np.append(0.0, churners)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            yield (
                float(area / (total_churners * (total - total_churners))),
                float(np.sum(gained * precision) / total_churners),
                float(np.dot(weight, loss) / total),
                float(np.dot(weight, square) / total),
                float(tenth / total_churners / 0.1),
            )


def calibration_error(
    churned: np.ndarray, risk: np.ndarray, bins: int = 10
) -> float:
    """How far the mean risk is from the share that churned, over bins of equal size.

    The expected calibration error (Naeini, Cooper & Hauskrecht 2015).

    >>> calibration_error(np.array([0, 1] * 50), np.full(100, 0.5))
    0.0
    """
    table = reliability(churned, risk, bins)
    customers = table["customers"]
    return float(
        np.dot(customers, (table["predicted"] - table["observed"]).abs())
        / customers.sum()
    )


def reliability(churned: np.ndarray, risk: np.ndarray, bins: int) -> pd.DataFrame:
    """Mean risk and share that churned, by bins of equal size, equal risks in one bin.

    Columns: bin, predicted, observed, observed_lo, observed_hi (Wilson), customers.
    """
    _, position, ties = np.unique(risk, return_inverse=True, return_counts=True)
    middle = (np.cumsum(ties) - (ties + 1) / 2)[position]
    cell = np.minimum(middle * bins // max(len(risk), 1), bins - 1).astype(int)
    count = np.bincount(cell, minlength=bins).astype(float)
    churners = np.bincount(cell, weights=churned.astype(float), minlength=bins)
    lo, hi = wilson(churners, count)
    return pd.DataFrame(
        {
            "bin": np.arange(1, bins + 1),
            "predicted": np.bincount(cell, weights=risk, minlength=bins)
            / np.maximum(count, 1),
            "observed": churners / np.maximum(count, 1),
            "observed_lo": lo,
            "observed_hi": hi,
            "customers": count.astype(int),
        }
    )[count > 0].reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class Curves:
    """Out of fold, riskiest customers first; all shares from 0 to 1.

    - `roc`: a row a threshold.
        - `false_positive_rate`, `true_positive_rate` : share of stayers, of churners named
        - `threshold` : risk
    - `precision_recall`: a row a threshold.
        - `recall` : share of churners named
        - `precision` : share of churners among those named
        - `threshold` : risk
    - `gain`: a row a hundredth of the customers.
        - `share` : of customers
        - `captured` : share of churners among them
        - `lift` : captured over share
        - `churners`, `customers` : counts
    - `reliability`: ten bins of equal size.
        - `bin` : number, the safest first
        - `predicted` : mean risk
        - `observed`, `observed_lo`, `observed_hi` : share that churned, with Wilson's interval
        - `customers` : count
    """

    roc: pd.DataFrame
    precision_recall: pd.DataFrame
    gain: pd.DataFrame
    reliability: pd.DataFrame


def curves_of(churned: np.ndarray, risk: np.ndarray) -> Curves:
    """ROC, precision-recall, gain and reliability of risks."""
    order = np.argsort(-risk, kind="stable")
    threshold = risk[order]
    ends = np.append(np.flatnonzero(np.diff(threshold)), len(risk) - 1)
    if len(ends) > _POINTS:
        some = np.linspace(0, len(ends) - 1, _POINTS).astype(int)
        ends = np.unique(np.append(ends[some], len(risk) - 1))
    threshold, named = threshold[ends], ends + 1.0
    caught = np.cumsum(churned[order].astype(float))[ends]
    churners = max(float(churned.sum()), 1.0)
    roc = pd.DataFrame(
        {
            "false_positive_rate": np.append(
                0, (named - caught) / max(float(len(churned) - churned.sum()), 1.0)
            ),
            "true_positive_rate": np.append(0, caught / churners),
            "threshold": np.append(np.inf, threshold),
        }
    )
    precision_recall = pd.DataFrame(
        {
            "recall": caught / churners,
            "precision": caught / named,
            "threshold": threshold,
        }
    )
    share = np.linspace(0, 1, 101)
    captured = np.interp(
        share * len(churned), np.append(0.0, named), np.append(0.0, caught)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = np.where(share > 0, captured / churners / share, np.nan)
    gain = pd.DataFrame(
        {
            "share": share,
            "captured": captured / churners,
            "lift": lift,
            "churners": captured,
            "customers": share * len(churned),
        }
    )
    return Curves(roc, precision_recall, gain, reliability(churned, risk, 10))


def fairness_attributes(
    table: pd.DataFrame, target: str, from_orders: bool
) -> list[str]:
    """The columns that say who customers are: groups before numbers.

    Of orders only their groups: how long ago and how much somebody bought is the risk itself.
    """
    counts = table.drop(columns=[*KEYS, target], errors="ignore").nunique()
    numbers = [name for name in counts.index[counts > 2] if is_number(table[name])]
    few = counts.index[(counts > 1) & (counts <= _MAXIMUM_VALUES)]
    groups = [str(name) for name in few if name not in numbers]
    return groups if from_orders else [*groups, *map(str, numbers)]


def fairness_by(
    attribute: pd.Series,
    out_of_fold: pd.DataFrame,
    threshold: float,
    coverage: float,
) -> pd.DataFrame:
    """Out-of-fold rates for each value of an attribute of the customers.

    Numbers come in four equal parts; rare values together as "…", missing ones as "". Numbers and
    dates stand in their order, other values the most customers first, the rare and the missing
    last.

    Parameters
    ----------
    attribute
        Its value for each row of `out_of_fold`.
    out_of_fold
        churned, risk: `Churn.out_of_fold`.
    threshold
        The risk from which a customer is named.
    coverage
        Of the interval of the churn rate.

    Returns
    -------
    DataFrame
        - `group` : the value
        - `customers`, `churners` : counts
        - `churn_rate`, `churn_rate_lo`, `churn_rate_hi` : share, with Wilson's interval
        - `mean_risk` : from 0 to 1
        - `named` : share with a risk of at least the threshold
        - `caught` : share of churners named (true-positive rate)
        - `false_alarms` : share of stayers named
        - `precision` : share of churners among those named
        - `auc` : within the group
        - `few` : fewer than 30 churners or stayers: read with care

        Equal treatment shows in equal caught and false_alarms (equalised odds: Hardt, Price &
        Srebro 2016), in mean_risk near churn_rate (calibration), or in equal named (parity); where
        churn rates differ not all three can hold (Kleinberg et al. 2016).
    """
    group, in_order = _groups(attribute)
    churned = out_of_fold["churned"].to_numpy(dtype=bool)
    risk = out_of_fold["risk"].to_numpy()
    rows = []
    for value in pd.unique(group):
        inside = (group == value).to_numpy()
        rates = _rates(churned[inside], risk[inside], threshold, coverage)
        rows.append({"group": str(value), **rates})
    table = pd.DataFrame(rows)
    position = table["group"].map(
        {name: index for index, name in enumerate(in_order)}
    )
    table = table.assign(
        _last=table["group"].map({_REST: 1, _MISSING: 2}).fillna(0),
        _position=position.fillna(len(in_order)),
    )
    table = table.sort_values(
        ["_last", "_position", "customers", "group"],
        ascending=[True, True, False, True],
        ignore_index=True,
    )
    return table.drop(columns=["_position", "_last"])


def _rates(
    churned: np.ndarray, risk: np.ndarray, threshold: float, coverage: float
) -> dict[str, float]:
    churners, stayers = int(churned.sum()), int((~churned).sum())
    named = risk >= threshold
    lo, hi = wilson(churners, len(churned), coverage)
    area = auc(churned.astype(float), risk)
    return {
        "customers": len(churned),
        "churners": churners,
        "churn_rate": churners / len(churned),
        "churn_rate_lo": float(lo),
        "churn_rate_hi": float(hi),
        "mean_risk": float(risk.mean()),
        "named": float(named.mean()),
        "caught": float(named[churned].mean()) if churners else np.nan,
        "false_alarms": float(named[~churned].mean()) if stayers else np.nan,
        "precision": float(churned[named].mean()) if named.any() else np.nan,
        "auc": np.nan if area is None else area,
        "few": min(churners, stayers) < _FEW,
    }


def _groups(column: pd.Series) -> tuple[pd.Series, list[str]]:
    """The group of each row, and the groups in the order of their values where these have one."""
    numeric = is_number(column)
    has_order = numeric or pd.api.types.is_datetime64_any_dtype(column)
    if has_order and column.nunique() > _MAXIMUM_GROUPS:
        return _quarters(column.astype(float) if numeric else column)
    texts = column.astype("object").where(column.notna(), _MISSING).map(_text)
    frequent = texts.unique()
    if len(frequent) > _MAXIMUM_GROUPS:
        frequent = texts.value_counts().index[: _MAXIMUM_GROUPS - 1]
    groups = texts.where(texts.isin(frequent), _REST)
    if not has_order:
        return groups, []
    return groups, list(dict.fromkeys(texts[column.dropna().sort_values().index]))


def _quarters(column: pd.Series) -> tuple[pd.Series, list[str]]:
    edges = np.unique(column.dropna().quantile([0, 0.25, 0.5, 0.75, 1]))
    names = [f"{_short(lo)} – {_short(hi)}" for lo, hi in pairwise(edges)]
    if len(edges) > 1:
        cut = pd.cut(
            column, edges, labels=names, include_lowest=True, ordered=False
        )
    else:
        cut = column
    return cut.astype("object").where(column.notna(), _MISSING), names


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _short(value: float | np.datetime64) -> str:
    return (
        f"{value:.4g}"
        if isinstance(value, float)
        else str(pd.Timestamp(value).date())
    )
