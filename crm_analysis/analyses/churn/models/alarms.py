"""Columns that know the answer: what was written down because somebody left, or is another form of having left."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.evaluation import Examples
from crm_analysis.analyses.churn.models.measures import auc
from crm_analysis.analyses.inference import wilson

__all__ = ["ALONE", "find_alarms", "score_alone"]

ALONE = 0.95  # no honest single column tells churners apart so well
_NAMED = 0.8  # nor one that is named like the outcome
_PURE = 0.95
_ROWS = 50_000
_BINS = 32
_FOLDS = 5
_OUTCOME = re.compile(
    r"churn|attrit|exited|exit_?(date|reason|interview)|cancel|clos(ed|ing|ure)|terminat|leav(e|ing)|left_|_left|retention_?(offer|call)|win_?back|reason|complain|defect|"
    r"lapsed|deactivat|unsubscrib|end_?date|final_|naive_?bayes|predict|probab|score_?churn|流失|离网|退订|注销|销户|投诉|挽留|原因|离开|终止|结束日期|预测|概率",
    re.IGNORECASE,
)
_RECENCY = re.compile(
    r"recency|days?_?since|inactiv|last_?(order|purchase|seen|login|visit|activity)|idle|dormant|最近|未购|沉默|不活跃|上次|最后",
    re.IGNORECASE,
)


def score_alone(examples: Examples, fold: np.ndarray) -> dict[str, float]:
    """For each feature, how well it ranks churners all by itself, out of fold: the share that left in its cell (level, or one of 32 quantiles; missing is a cell) in the other folds."""
    return {
        str(name): _alone(examples.features[name], examples.left, fold)
        for name in examples.features.columns
    }


def _alone(column: pd.Series, left: np.ndarray, fold: np.ndarray) -> float:
    cell = _cells(column)
    count = int(cell.max()) + 1
    both = fold * count + cell
    folds = int(fold.max()) + 1
    rows = np.bincount(both, minlength=folds * count).reshape(folds, count).astype(float)
    churned = np.bincount(both, weights=left, minlength=folds * count).reshape(folds, count)
    others, churned_others = rows.sum(axis=0) - rows, churned.sum(axis=0) - churned
    base = churned_others.sum(axis=1, keepdims=True) / np.maximum(
        others.sum(axis=1, keepdims=True), 1
    )
    rate = (churned_others + 5 * base) / (others + 5)
    # Folds differ a little in their base rate, which would order the folds and not the customers.
    area = auc(left, np.log(rate[fold, cell] / base[fold, 0]))
    return 0.5 if area is None else float(area)


def _cells(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int64) + 1
    numbers = column.to_numpy(dtype=float)
    gone = np.isnan(numbers)
    known = numbers[~gone]
    if not len(known):
        return np.zeros(len(numbers), dtype=np.int64)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.where(gone, 0, 1 + np.searchsorted(edges, np.where(gone, 0, numbers), side="left"))


def find_alarms(
    examples: Examples,
    alone: dict[str, float],
    keep: tuple[str, ...],
    keep_leaks: bool,
    innocent: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Features that are suspected of knowing the answer.

    Out: feature; kind: "answer" (tells churners apart all by itself), "recency" (as that, and named like the days since the last purchase or visit: leaving is then defined by it), "present_only" (filled in
    hardly but for churners), "outcome" (named like something that follows leaving, and telling), "pure_level" (one of its values has only churners); auc_alone; left_out; share (of those who have
    the value or any value, how many left) and rows (that have it), missing where not the reason; value (of a pure level). A "pure_level" is told but kept, unless its name speaks of leaving too. `innocent` features are not asked: they were made from what was known on the cut-off.
    """
    found = [
        row
        for name in examples.features.columns
        if name not in innocent
        and (row := _suspect(str(name), examples.features[name], examples.left, alone[str(name)]))
    ]
    table = pd.DataFrame(
        found, columns=["feature", "kind", "auc_alone", "left_out", "share", "rows", "value"]
    )
    table["left_out"] = (
        table["left_out"].astype(bool) & ~table["feature"].isin(keep) & (not keep_leaks)
    )
    return table.sort_values(
        ["left_out", "auc_alone"], ascending=False, kind="stable", ignore_index=True
    )


def _suspect(
    name: str, column: pd.Series, left: np.ndarray, alone: float
) -> tuple[str, str, float, bool, float, float, str] | None:
    outcome, recency = bool(_OUTCOME.search(name)), bool(_RECENCY.search(name))
    enough = len(left) >= 50 and left.sum() >= 10
    if enough and alone >= ALONE:
        return (
            name,
            "recency" if recency and not outcome else "answer",
            alone,
            True,
            np.nan,
            np.nan,
            "",
        )
    base, churners = float(left.mean()), float(left.sum())
    there = column.notna().to_numpy()
    if not there.all() and base < 0.8:
        rows, hits = int(there.sum()), int(left[there].sum())
        if (
            hits >= max(10, 0.05 * churners)
            and hits / rows >= _PURE
            and float(wilson(hits, rows)[0]) > base
        ):
            return name, "present_only", alone, True, hits / rows, float(rows), ""
    pure = _pure_level(column, left, base, churners)
    if enough and outcome and (alone >= _NAMED or pure):
        return name, "outcome", alone, True, *(pure or (np.nan, np.nan, ""))
    if pure:
        return name, "pure_level", alone, False, *pure
    return None


def _pure_level(
    column: pd.Series, left: np.ndarray, base: float, churners: float
) -> tuple[float, float, str] | None:
    """The level, if any, that as good as all who have it left, a twentieth of the churners at least."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = [str(level) for level in column.cat.categories]
        codes = column.cat.codes.to_numpy()
    else:
        numbers = column.to_numpy(dtype=float)
        values = np.unique(numbers[~np.isnan(numbers)])
        if len(values) != 2:
            return None
        names = [f"{value:g}" for value in values]
        codes = np.where(np.isnan(numbers), -1, (numbers == values[1]).astype(int))
    if not names or base >= 0.8:
        return None
    rows = np.bincount(codes + 1, minlength=len(names) + 1)[1:]
    hits = np.bincount(codes + 1, weights=left, minlength=len(names) + 1)[1:]
    share = np.divide(hits, rows, out=np.zeros(len(names)), where=rows > 0)
    good = (hits >= max(20, 0.05 * churners)) & (share >= 0.98)
    if not good.any():
        return None
    at = int(np.argmax(np.where(good, hits, -1)))
    return float(share[at]), float(rows[at]), names[at]
