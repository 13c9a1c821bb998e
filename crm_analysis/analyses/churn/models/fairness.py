"""Whom the model treats how: rates by the values of an attribute."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import KEYS, is_number
from crm_analysis.analyses.churn.models.measures import auc
from crm_analysis.analyses.inference import wilson

_MAXIMUM_GROUPS = 12
_MAXIMUM_VALUES = 12
_FEW = 30
_REST, _MISSING = "…", ""


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
    position = table["group"].map({name: index for index, name in enumerate(in_order)})
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
        cut = pd.cut(column, edges, labels=names, include_lowest=True, ordered=False)
    else:
        cut = column
    return cut.astype("object").where(column.notna(), _MISSING), names


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _short(value: float | np.datetime64) -> str:
    return (
        f"{value:.4g}" if isinstance(value, float) else str(pd.Timestamp(value).date())
    )
