"""Totals and parts that agree: bottom-up, or every forecast weighed by how well it did (MinTrace)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.coherence import (
    coherent,
    minimum_trace,
    move_together,
    shrunk_covariance,
)
from crm_analysis.analyses.forecast.planning.overrides import FIGURES
from crm_analysis.analyses.forecast.planning.sample_paths import sample_paths
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.tables.kinds import require

__all__ = ["ReconcileOptions", "Reconciled", "reconcile", "with_total"]

_FEWEST_ERRORS = (
    6  # periods with an error of every series, before their covariance is worth estimating
)
_QUANTILES = {"lo_80": 0.1, "hi_80": 0.9, "lo_95": 0.025, "hi_95": 0.975}


@dataclass(frozen=True, kw_only=True)
class ReconcileOptions(Options):
    """`method`: "mint" weighs every forecast, of total and of parts, by its past errors and how they go together; "bottom_up" takes the parts as they are and adds them up."""

    method: Literal["mint", "bottom_up"] = "mint"
    samples: int = knob(1000, low=200, high=10000, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class Reconciled:
    """`ahead`: series, date, value, lo_80, hi_80, lo_95, hi_95, base_value (before), in the forecast's order: values add up at every date, intervals are those of sums.
    `totals`: series, level (0: the parts), parts (how many it sums), base, reconciled, change, share, a row a series, over all dates. `gap`: date, total, parts: the
    base forecast of each top series beside the sum of its parts. `weights`: what the covariance came from: "backtest", "fitted", "structure" or "none" (bottom-up). `shrinkage`: 0 to 1,
    None where nothing was estimated. `notes`: (key, details).
    """

    ahead: pd.DataFrame
    totals: pd.DataFrame
    gap: pd.DataFrame
    weights: str
    shrinkage: float | None
    notes: tuple[Message, ...]
    options: ReconcileOptions

    def summary(self) -> dict[str, float | None]:
        """series, parts (that are no sums), base_total and parts_total (of the top series and of the parts, before), total (after), gap (share of parts_total; None where that is 0), shrinkage."""
        top, parts = float(self.gap["total"].sum()), float(self.gap["parts"].sum())
        return {
            "series": float(len(self.totals)),
            "parts": float((self.totals["level"] == 0).sum()),
            "base_total": top,
            "parts_total": parts,
            "total": float(self.totals.loc[self.totals["top"], "reconciled"].sum()),
            "gap": top / parts - 1 if parts else None,
            "shrinkage": self.shrinkage,
        }


def with_total(parts: pd.DataFrame, name: str = "all") -> pd.DataFrame:
    """Demand by part with the total as one series more (first), ready to be forecast and reconciled.

    In: series, date, value, maybe partial: what `demand` gives by product, category, ... Out: the same columns; a period's total is the sum of the parts known, NaN where none is.

    >>> parts = pd.DataFrame({"series": ["a", "b"], "date": pd.to_datetime(["2024-01-01"] * 2), "value": [1.0, 2.0]})
    >>> with_total(parts)["value"].tolist()
    [3.0, 1.0, 2.0]
    """
    require(parts, "series", "date", "value")
    rest = parts[parts["series"].astype(str) != name]
    by_date = rest.groupby("date")
    total = by_date["value"].sum(min_count=1).reset_index()
    total["series"] = name
    columns = ["series", "date", "value"]
    if "partial" in rest.columns:
        total["partial"] = by_date["partial"].any().to_numpy()
        columns.append("partial")
    return pd.concat([total[columns], rest[columns]], ignore_index=True)


def reconcile(
    forecast: Forecast,
    hierarchy: pd.DataFrame | None = None,
    options: ReconcileOptions | None = None,
    *,
    ahead: pd.DataFrame | None = None,
) -> Reconciled:
    """Forecasts of totals and parts that add up, at every date, none negative.

    MinT: the parts that come nearest to all base forecasts, distances being weighed by the inverse of the errors' covariance W, so that the
    variance of the reconciled errors is least (Wickramasuriya, Athanasopoulos & Hyndman, JASA 114, 2019); W from the back-test's errors,
    its correlations shrunk toward 0 (Schaefer & Strimmer 2005); without enough errors W is the number of parts in each series (structural scaling). Parts
    below 0 are set to 0 before they are added up (Di Fonzo & Girolimetto, Int. J. Forecasting 39, 2023). Intervals: sample paths of all series,
    put in an order that gives them the errors' correlations, are reconciled one by one, and the quantiles of the outcome taken.

    Parameters
    ----------
    forecast
        A `Forecast` that has the totals and the parts among its series.
    hierarchy
        series, parent: a row a part of a total; totals may be parts of others, and a part may belong to several totals. None: "all" is
        the total of all other series.
    options
        The method.
    ahead
        The forecast as overridden; None: as forecast.

    Raises
    ------
    AnalysisError
        "planning.no_hierarchy": there is no total with parts; "planning.hierarchy_unknown": a name in it has no forecast; "planning.hierarchy_loop": a total is part of itself;
        "planning.parts_do_not_sum": what was sold of the parts is not what was sold in all, so forecasts need not agree either.
    """
    options = options or ReconcileOptions()
    # Drawing is by series, so the order of dates within each is the order of `ahead`'s.
    drawn = sample_paths(forecast, ahead, samples=options.samples, seed=options.seed)
    base = (forecast.ahead if ahead is None else ahead).reset_index(drop=True)
    names = [str(name) for name in pd.unique(base["series"])]
    order, sums, level, top = _structure(names, hierarchy)
    wide = base.assign(series=base["series"].astype(str)).pivot(
        index="date", columns="series", values="value"
    )[order]
    wide = wide.dropna()
    if wide.empty:
        raise AnalysisError("planning.no_common_dates")
    _check_sums(forecast.history, order, sums)
    parts = sums.shape[1]
    tops = len(order) - parts
    errors, source = _errors(forecast, order)
    shrinkage, correlation = None, np.eye(len(order))
    if errors is not None:
        covariance, shrinkage = shrunk_covariance(errors)
        deviation = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(deviation, deviation)
    else:
        covariance = np.diag(sums.sum(axis=1))
    projection = np.hstack([np.zeros((parts, tops)), np.eye(parts)])
    if options.method == "mint":
        projection = minimum_trace(sums, covariance)
    else:
        source = "none"
    reconciled = coherent(wide.to_numpy(float), projection, sums)
    below = int((wide.to_numpy(float) @ projection.T < -1e-9).any(axis=0).sum())
    dates = wide.index.to_numpy().astype("datetime64[ns]")
    paths = np.stack(
        [drawn[name][1][:, np.isin(drawn[name][0], dates)] for name in order], axis=2
    )  # draws x periods x series
    quantiles = _quantiles(move_together(paths, correlation, options.seed), projection, sums)
    columns = ["series", "date", *(name for name in FIGURES)]
    pieces = {"value": reconciled, **quantiles}
    if options.method == "bottom_up" and set(FIGURES) <= set(base.columns):
        # Parts stay as they are, their intervals too.
        for name in _QUANTILES:
            kept = (
                base.assign(series=base["series"].astype(str))
                .pivot(index="date", columns="series", values=name)
                .loc[wide.index, order]
            )
            pieces[name][:, tops:] = kept.to_numpy(float)[:, tops:]
    long = pd.DataFrame(
        {
            "series": np.repeat(np.array(order, dtype=object), len(dates)),
            "date": np.tile(dates, len(order)),
        }
    )
    for name in columns[2:]:
        figures = pieces[name]
        bound = np.minimum if name.startswith("lo") else np.maximum
        long[name] = (figures if name == "value" else bound(figures, reconciled)).T.ravel()
    long["base_value"] = wide.to_numpy(float).T.ravel()
    rank = {name: place for place, name in enumerate(names)}
    long = long.sort_values(
        ["series", "date"],
        key=lambda column: column.map(rank) if column.name == "series" else column,
        kind="stable",
        ignore_index=True,
    )
    totals = _totals(order, sums, level, top, wide.to_numpy(float), reconciled)
    matched = _gap(wide, top, sums)
    notes: list[Message] = []
    if options.method == "mint" and source == "structure":
        notes.append(Message("planning.note.structure", {"least": _FEWEST_ERRORS}))
    if below and options.method == "mint":
        notes.append(Message("planning.note.set_to_zero", {"count": below}))
    if len(order) < len(names):
        others = [name for name in names if name not in set(order)]
        notes.append(
            Message("planning.note.not_in_hierarchy", {"count": len(others), "series": others[:5]})
        )
    return Reconciled(
        long,
        totals,
        matched,
        source,
        shrinkage if options.method == "mint" else None,
        tuple(notes),
        options,
    )


def _structure(
    names: list[str], hierarchy: pd.DataFrame | None
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Totals before parts, the summing matrix (a row a series, a column a part), how many levels each series has below it, and whether it has none above."""
    if hierarchy is None:
        edges = [(name, "all") for name in names if name != "all"] if "all" in names else []
    else:
        require(hierarchy, "series", "parent")
        given = hierarchy.dropna(subset=["parent"])
        edges = list(zip(given["series"].astype(str), given["parent"].astype(str), strict=True))
    if not edges:
        raise AnalysisError("planning.no_hierarchy")
    below: dict[str, list[str]] = {}
    for child, parent in edges:
        below.setdefault(parent, []).append(child)
    known = set(names)
    unknown = list(dict.fromkeys(name for edge in edges for name in edge if name not in known))
    if unknown:
        raise AnalysisError("planning.hierarchy_unknown", series=unknown[:5], count=len(unknown))
    leaves: dict[str, dict[str, None]] = {}
    depth: dict[str, int] = {}

    def walk(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise AnalysisError("planning.hierarchy_loop", series=name)
        if name in leaves:
            return
        found: dict[str, None] = {}
        for child in below.get(name, []):
            walk(child, (*above, name))
            found.update(leaves[child])
        leaves[name] = found or {name: None}
        depth[name] = 1 + max(depth[child] for child in below[name]) if name in below else 0

    named = {name for edge in edges for name in edge}
    involved = [name for name in names if name in named]
    for name in involved:
        walk(name, ())
    parts = [name for name in involved if depth[name] == 0]
    sums_of = sorted((name for name in involved if depth[name]), key=lambda name: -depth[name])
    order = sums_of + parts
    at = {name: place for place, name in enumerate(parts)}
    sums = np.zeros((len(order), len(parts)))
    for row, name in enumerate(order):
        sums[row, [at[leaf] for leaf in leaves[name]]] = 1.0
    children = {child for child, _ in edges}
    return (
        order,
        sums,
        np.array([depth[name] for name in order]),
        np.array([name not in children for name in order]),
    )


def _check_sums(history: pd.DataFrame, order: list[str], sums: np.ndarray) -> None:
    """What was sold must add up already: distinct customers of two products do not, nor does a list cut off after the best."""
    past = history.assign(series=history["series"].astype(str)).pivot_table(
        index="date", columns="series", values="value", aggfunc="sum", dropna=False
    )
    past = past.reindex(columns=order).fillna(0.0).to_numpy(float)
    tops = len(order) - sums.shape[1]
    told, added = past[:, :tops], past[:, tops:] @ sums[:tops].T
    off = np.abs(told - added).sum(axis=0) / np.maximum(np.abs(told).sum(axis=0), 1e-12)
    if (off > 1e-3).any():
        worst = int(off.argmax())
        raise AnalysisError(
            "planning.parts_do_not_sum", series=order[worst], share=float(off[worst])
        )


def _errors(forecast: Forecast, order: list[str]) -> tuple[np.ndarray | None, str]:
    """Errors of all series at the same time (a row an origin and date, a column a series): of the back-test, else of the fit."""
    chosen = (
        forecast.accuracy.loc[forecast.accuracy["chosen"].astype(bool), ["series", "model"]]
        if len(forecast.accuracy)
        else pd.DataFrame()
    )
    if len(chosen) and len(forecast.backtest):
        held = forecast.backtest.merge(chosen, on=["series", "model"])
        held = held.assign(
            error=held["value"] - held["forecast"], series=held["series"].astype(str)
        )
        wide = (
            held.pivot_table(index=["cutoff", "date"], columns="series", values="error")
            .reindex(columns=order)
            .dropna()
        )
        if len(wide) >= _FEWEST_ERRORS:
            return wide.to_numpy(float), "backtest"
    past = forecast.history.assign(
        error=forecast.history["value"] - forecast.history["fitted"],
        series=forecast.history["series"].astype(str),
    )
    wide = (
        past.pivot_table(index="date", columns="series", values="error")
        .reindex(columns=order)
        .dropna()
    )
    return (wide.to_numpy(float), "fitted") if len(wide) >= _FEWEST_ERRORS else (None, "structure")


def _quantiles(
    paths: np.ndarray, projection: np.ndarray, sums: np.ndarray
) -> dict[str, np.ndarray]:
    """Periods x series for each end of the intervals; a period at a time, so that a thousand series fit in memory."""
    found = {name: np.empty((paths.shape[1], len(sums))) for name in _QUANTILES}
    for period in range(paths.shape[1]):
        ends = np.quantile(
            coherent(paths[:, period], projection, sums), list(_QUANTILES.values()), axis=0
        )
        for place, name in enumerate(_QUANTILES):
            found[name][period] = ends[place]
    return found


def _totals(
    order: list[str],
    sums: np.ndarray,
    level: np.ndarray,
    top: np.ndarray,
    base: np.ndarray,
    after: np.ndarray,
) -> pd.DataFrame:
    before, now = base.sum(axis=0), after.sum(axis=0)
    share = np.divide(now - before, before, out=np.full(len(order), np.nan), where=before != 0)
    return pd.DataFrame(
        {
            "series": order,
            "level": level,
            "top": top,
            "parts": sums.sum(axis=1).astype(int),
            "base": before,
            "reconciled": now,
            "change": now - before,
            "share": share,
        }
    )


def _gap(wide: pd.DataFrame, top: np.ndarray, sums: np.ndarray) -> pd.DataFrame:
    values = wide.to_numpy(float)
    added = values[:, len(top) - sums.shape[1] :] @ sums[top].T
    return pd.DataFrame(
        {
            "date": wide.index.to_numpy(),
            "total": values[:, top].sum(axis=1),
            "parts": added.sum(axis=1),
        }
    )
