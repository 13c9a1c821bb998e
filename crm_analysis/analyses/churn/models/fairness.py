"""Whom the model treats how: rates by the values of an attribute."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.measures import auc
from crm_analysis.analyses.inference import wilson
from crm_analysis.errors import AnalysisError

if TYPE_CHECKING:
    from crm_analysis.analyses.churn.result import Churn

__all__ = ["fairness_by"]

_MOST_GROUPS = 12
_FEW = 30


def fairness_by(churn: Churn, attribute: str, threshold: float) -> pd.DataFrame:
    """Out-of-fold rates for each value of a column of the table given (numbers in four equal parts; rare values together as "…", missing as "").

    Out, numbers and dates in their order, other values the most customers first, the rare and the missing last: group, customers, churners, churn_rate (with
    churn_rate_lo, _hi, Wilson), mean_risk, named (share with risk at least the threshold), caught (share of churners named;
    true-positive rate), false_alarms (share of stayers named), precision, auc, few (fewer than 30 churners or stayers: read with care). Equal treatment shows in equal caught and false_alarms
    (equalised odds: Hardt, Price & Srebro 2016), in mean_risk near churn_rate (calibration), or in equal named (parity); where churn rates differ not all three can hold (Kleinberg et al. 2016).
    AnalysisError `churn.unknown_column`.
    """
    if attribute not in churn.table.columns:
        raise AnalysisError("churn.unknown_column", column=attribute)
    column = churn.table.loc[churn.labelled, attribute]
    group, ordered = _groups(column)
    left = churn.out_of_fold["churned"].to_numpy(dtype=bool)
    risk = churn.out_of_fold["risk"].to_numpy()
    named = risk >= threshold
    rows = []
    for value in pd.unique(group):
        inside = (group == value).to_numpy()
        churners, stayers = int((inside & left).sum()), int((inside & ~left).sum())
        lo, hi = wilson(churners, churners + stayers, churn.options.coverage)
        rows.append(
            {
                "group": str(value),
                "customers": churners + stayers,
                "churners": churners,
                "churn_rate": churners / (churners + stayers),
                "churn_rate_lo": float(lo),
                "churn_rate_hi": float(hi),
                "mean_risk": float(risk[inside].mean()),
                "named": float(named[inside].mean()),
                "caught": float(named[inside & left].mean()) if churners else np.nan,
                "false_alarms": float(named[inside & ~left].mean()) if stayers else np.nan,
                "precision": float(left[inside & named].mean())
                if (inside & named).any()
                else np.nan,
                "auc": np.nan
                if (area := auc(left[inside].astype(float), risk[inside])) is None
                else area,
                "few": min(churners, stayers) < _FEW,
            }
        )
    found = pd.DataFrame(rows)
    place = found["group"].map({name: at for at, name in enumerate(ordered)}).fillna(len(ordered))
    found = found.assign(_place=place, _last=found["group"].map({"…": 1, "": 2}).fillna(0))
    found = found.sort_values(
        ["_last", "_place", "customers", "group"],
        ascending=[True, True, False, True],
        ignore_index=True,
    )
    return found.drop(columns=["_place", "_last"])


def _groups(column: pd.Series) -> tuple[pd.Series, list[str]]:
    """The group of each row, and the groups in the order of their values where these have one."""
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    ranked = numeric or pd.api.types.is_datetime64_any_dtype(column)
    if ranked and column.nunique() > _MOST_GROUPS:
        if numeric:
            column = column.astype(float)
        edges = np.unique(column.dropna().quantile([0, 0.25, 0.5, 0.75, 1]))
        names = [f"{_short(lo)} – {_short(hi)}" for lo, hi in pairwise(edges)]
        cut = (
            pd.cut(column, edges, labels=names, include_lowest=True, ordered=False)
            if len(edges) > 1
            else column
        )
        return cut.astype("object").where(column.notna(), ""), names
    texts = (
        column.astype("object")
        .where(column.notna(), "")
        .map(lambda value: f"{value:g}" if isinstance(value, float) else str(value))
    )
    frequent = (
        texts.value_counts().index[: _MOST_GROUPS - 1]
        if texts.nunique() > _MOST_GROUPS
        else texts.unique()
    )
    return texts.where(texts.isin(frequent), "…"), list(
        dict.fromkeys(texts[column.dropna().sort_values().index])
    ) if ranked else []


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(pd.Timestamp(value).date())  # type: ignore[arg-type]
