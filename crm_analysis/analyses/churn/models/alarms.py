"""Columns that know the answer: written down because somebody churned, or churn in another form.

Those that certainly do are left out; those that may are kept and named first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import TrainingData
from crm_analysis.analyses.churn.models.measures import auc
from crm_analysis.analyses.churn.models.suspicion import (
    suspicion_of,
    suspicions_beside,
)
from crm_analysis.analyses.inference import wilson

ALONE = 0.95  # no honest single column tells churners apart so well
_ALONE_BY_NAME = 0.8  # nor one that is named like the outcome
_PRESENT_SHARE = 0.95
_PURE_SHARE = 0.98
_COMMON_BASE_RATE = (
    0.8  # from which most customers churn, so that a pure value says nothing
)
_CHURNERS_SHARE = 0.05  # of the churners, who have to show it
_BINS = 32
_ENOUGH_OF_EACH = (
    50  # churners and stayers, below which chance may look like a leak
)
_OUTCOME = re.compile(
    r"churn|attrit|exited|exit_?(date|reason|interview)|cancel|clos(ed|ing|ure)|terminat"
    r"|leav(e|ing)|left_|_left|retention_?(offer|call)|win_?back|reason|complain|defect|lapsed"
    r"|deactivat|unsubscrib|end_?date|final_|naive_?bayes|predict|probab|score_?churn"
    r"|流失|离网|退订|注销|销户|投诉|挽留|原因|离开|终止|结束日期|预测|概率",
    re.IGNORECASE,
)
# What a status says of who has left.
_GONE = re.compile(
    r"closed|cancel|terminat|churn|lapsed|deactivat|unsubscrib|withdrawn|expired"
    r"|^(?:left|gone|quit|inactive)$"
    r"|流失|离网|退订|注销|销户|已取消|已终止|停用",
    re.IGNORECASE,
)
_GONE_SHARE = 0.6  # of those who have such a value, who churned
_RECENCY = re.compile(
    r"recency|days?_?since|inactiv|last_?(order|purchase|seen|login|visit|activity)|idle|dormant"
    r"|最近|未购|沉默|不活跃|上次|最后",
    re.IGNORECASE,
)

_LEAST = 1e-12  # of a base rate


def score_alone(data: TrainingData, fold: np.ndarray) -> dict[str, float]:
    """For each feature, how well it ranks churners all by itself, out of fold (AUC).

    It ranks by the share that churned in the row's cell (level, or one of 32 quantiles; missing is
    a cell) in the other folds.
    """
    return {
        str(name): _auc_alone(data.features[name], data.churned, fold)
        for name in data.features.columns
    }


def _auc_alone(column: pd.Series, churned: np.ndarray, fold: np.ndarray) -> float:
    cell = _cells(column)
    folds, cells = int(fold.max()) + 1, int(cell.max()) + 1
    key = fold * cells + cell
    rows = (
        np.bincount(key, minlength=folds * cells)
        .reshape(folds, cells)
        .astype(float)
    )
    hits = np.bincount(key, weights=churned, minlength=folds * cells).reshape(
        folds, cells
    )
    other_rows, other_hits = rows.sum(axis=0) - rows, hits.sum(axis=0) - hits
    other_total = np.maximum(other_rows.sum(axis=1, keepdims=True), 1)
    base = other_hits.sum(axis=1, keepdims=True) / other_total
    base = np.maximum(base, _LEAST)  # all who churned may be in one fold
    rate = (other_hits + 5 * base) / (other_rows + 5)
    # Folds differ a little in their base rate, which would order the folds and not the customers.
    area = auc(churned, np.log(rate[fold, cell] / base[fold, 0]))
    return 0.5 if area is None else float(area)


def _cells(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int64) + 1
    numbers = column.to_numpy(dtype=float)
    missing = np.isnan(numbers)
    if missing.all():
        return np.zeros(len(numbers), dtype=np.int64)
    edges = np.unique(
        np.quantile(numbers[~missing], np.linspace(0, 1, _BINS + 1)[1:-1])
    )
    quantile = np.searchsorted(edges, np.where(missing, 0, numbers), side="left")
    return np.where(missing, 0, 1 + quantile)


@dataclass(frozen=True)
class _Alarm:
    feature: str
    kind: str
    auc_alone: float
    left_out: bool
    share: float = np.nan
    rows: float = np.nan
    value: str = ""


def find_alarms(
    data: TrainingData,
    alone: dict[str, float],
    keep: tuple[str, ...],
    keep_leaks: bool,
    innocent: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Features that are suspected of knowing the answer, those left out first.

    `innocent` features are not judged: they were made from what was known on the cut-off.

    - `feature` : name
    - `kind` : "answer" (tells churners apart all by itself), "recency" (as that, and named like the
      days since the last purchase or visit: churn is then defined by it), "present_only" (filled in
      hardly but for churners), "outcome" (named like something that follows churn, and telling),
      "pure_level" (one of its values has only churners: kept, unless its name speaks of churn too),
      "gone_level" (one of its values says in words that somebody left, and most who have it did),
      and those of `Suspicion`
    - `auc_alone` : as `score_alone` says
    - `grade` : "certain", or "suspicious"
    - `left_out` : True or False, the certain ones unless they are kept on request
    - `share`, `rows` : of those who have the value, or any value, how many churned (0 to 1), and
      how many they are; missing where that is not the reason. Of a suspicion: an AUC
    - `value` : of a pure level, or one that says in words that somebody left
    """
    judged = [str(name) for name in data.features.columns if name not in innocent]
    alarms = {}
    for name in judged:
        column = data.features[name]
        alarm = _alarm(name, column, data.churned, alone[name])
        alarms[name] = alarm or _suspected(name, column, data.churned, alone[name])
    named = [name for name, alarm in alarms.items() if alarm]
    others = replace(data, features=data.features.drop(columns=named))
    strong = {name: alone[name] for name in judged if not alarms[name]}
    for name, beside in suspicions_beside(others, strong).items():
        alarms[name] = _Alarm(name, beside.kind, alone[name], False, beside.share)
    table = pd.DataFrame(
        [alarm for alarm in alarms.values() if alarm],
        columns=list(_Alarm.__dataclass_fields__),
    )
    certain = table["left_out"].astype(bool)
    table["grade"] = np.where(certain, "certain", "suspicious")
    table["left_out"] = certain & ~(table["feature"].isin(keep) | keep_leaks)
    return table.sort_values(
        ["left_out", "auc_alone"],
        ascending=False,
        kind="stable",
        ignore_index=True,
    )


def _suspected(
    name: str, column: pd.Series, churned: np.ndarray, alone: float
) -> _Alarm | None:
    if min(churned.sum(), len(churned) - churned.sum()) < _ENOUGH_OF_EACH:
        return None
    suspicion = suspicion_of(column, churned, alone)
    if suspicion is None:
        return None
    return _Alarm(
        name, suspicion.kind, alone, suspicion.is_certain, suspicion.share
    )


def _alarm(
    name: str, column: pd.Series, churned: np.ndarray, alone: float
) -> _Alarm | None:
    speaks_of_churn = bool(_OUTCOME.search(name))
    churners, base = float(churned.sum()), float(churned.mean())
    enough = len(churned) >= 50 and churners >= 10
    if enough and alone >= ALONE:
        recency = _RECENCY.search(name) and not speaks_of_churn
        return _Alarm(name, "recency" if recency else "answer", alone, True)
    present = column.notna().to_numpy()
    if not present.all() and base < _COMMON_BASE_RATE:
        rows, hits = int(present.sum()), int(churned[present].sum())
        telling = (
            hits >= max(10, _CHURNERS_SHARE * churners)
            and hits / rows >= _PRESENT_SHARE
        )
        if telling and float(wilson(hits, rows)[0]) > base:
            return _Alarm(
                name, "present_only", alone, True, hits / rows, float(rows)
            )
    pure = _pure_level(column, churned)
    if enough and speaks_of_churn and (alone >= _ALONE_BY_NAME or pure):
        return _Alarm(name, "outcome", alone, True, *(pure or ()))
    if pure:
        return _Alarm(name, "pure_level", alone, False, *pure)
    gone = _gone_level(column, churned) if enough else None
    return _Alarm(name, "gone_level", alone, False, *gone) if gone else None


def _pure_level(
    column: pd.Series, churned: np.ndarray
) -> tuple[float, float, str] | None:
    """The level, if any, that as good as all who have it churned.

    They are a twentieth of the churners at least: share, rows, level.
    """
    levels = _levels(column, churned)
    pure = levels["hits"] >= max(20, _CHURNERS_SHARE * churned.sum())
    return _largest(levels[pure & (levels["share"] >= _PURE_SHARE)])


def _gone_level(
    column: pd.Series, churned: np.ndarray
) -> tuple[float, float, str] | None:
    """The level, if any, that says in words that somebody left, and most who have it did.

    Share, rows, level.
    """
    levels = _levels(column, churned)
    many = levels["hits"] >= max(10, _CHURNERS_SHARE * churned.sum())
    levels = levels[many & (levels["share"] >= _GONE_SHARE)]
    return _largest(levels[levels["level"].str.contains(_GONE)])


def _largest(levels: pd.DataFrame) -> tuple[float, float, str] | None:
    if not len(levels):
        return None
    row = levels.loc[levels["hits"].idxmax()]
    return float(row["share"]), float(row["rows"]), str(row["level"])


def _levels(column: pd.Series, churned: np.ndarray) -> pd.DataFrame:
    """By level of a category, or of a number of two values: `rows`, churners, and their `share`.

    None where most customers churn, for then a level of churners says nothing.
    """
    labels, codes = _coded(column)
    if churned.mean() >= _COMMON_BASE_RATE:
        labels = []
    rows = np.bincount(codes + 1, minlength=len(labels) + 1)[1:][: len(labels)]
    hits = np.bincount(codes + 1, weights=churned, minlength=len(labels) + 1)[1:]
    table = pd.DataFrame(
        {"level": labels, "rows": rows, "hits": hits[: len(labels)]}
    )
    table["level"] = table["level"].astype(object)
    return table.assign(share=table["hits"] / table["rows"].clip(lower=1))


def _coded(column: pd.Series) -> tuple[list[str], np.ndarray]:
    """A category's levels and which each row has; of a number of two values, yes."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels = [str(level) for level in column.cat.categories]
        return levels, column.cat.codes.to_numpy().astype(np.int64)
    numbers = column.to_numpy(dtype=float)
    values = np.unique(numbers[~np.isnan(numbers)])
    if len(values) != 2:
        return [], np.full(len(numbers), -1)
    return [f"{value:g}" for value in values], np.where(
        np.isnan(numbers), -1, numbers == values[1]
    )
