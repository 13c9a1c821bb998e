"""Totals and parts that agree: bottom-up, or every forecast weighed by its errors (MinTrace)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.coherence import (
    Hierarchy,
    coherent,
    hierarchy_of,
    minimum_trace,
    move_together,
    shrunk_covariance,
)
from crm_analysis.analyses.forecast.planning.overrides import FIGURES, sample_paths
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.tables.kinds import require

_MINIMUM_ERRORS = 6  # periods with an error of every series, for a covariance
_QUANTILES = {
    "lo_80": 0.1,
    "hi_80": 0.9,
    "lo_95": 0.025,
    "hi_95": 0.975,
}
_SUMS_DIFFER = 1e-3  # share of what was sold


@dataclass(frozen=True, kw_only=True)
class ReconcileOptions(Options):
    """How totals and parts are made to agree.

    `method`: "mint" weighs every forecast, of total and of parts, by its past errors and how they
    go together; "bottom_up" takes the parts as they are and adds them up.
    """

    method: Literal["mint", "bottom_up"] = "mint"
    samples: int = knob(1000, low=200, high=10000, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class Reconciled:
    """Forecasts of totals and parts that add up.

    Attributes
    ----------
    ahead : pandas.DataFrame
        In the forecast's order; values add up at every date, intervals are those of sums.

        - series : text
        - date : first day of the period
        - value, lo_80, hi_80, lo_95, hi_95 : units of demand
        - base_value : units, before

    totals : pandas.DataFrame
        A row a series, over all dates:

        - series : text
        - level : count of levels below it; 0: a part
        - top : bool, whether nothing is above it
        - parts : count of parts it sums
        - base, reconciled : units before and after
        - change : units
        - share : change as a share of base; NaN where that is 0

    gap : pandas.DataFrame
        The base forecast of the top series beside the sum of its parts:

        - date : first day of the period
        - total, parts : units

    weights : str
        Where the errors' covariance came from: "backtest", "fitted", "structure" or "none"
        (bottom-up).
    shrinkage : float or None
        How far correlations were shrunk toward 0 (0 to 1); None where none were estimated.
    notes : tuple of Message
        What the reader should know.
    options : ReconcileOptions
        The method.
    """

    ahead: pd.DataFrame
    totals: pd.DataFrame
    gap: pd.DataFrame
    weights: str
    shrinkage: float | None
    notes: tuple[Message, ...]
    options: ReconcileOptions

    def summary(self) -> dict[str, float | None]:
        """Counts of series and parts, units before (base_total, parts_total) and after (total).

        `gap` is how far base_total was from parts_total, as a share (None where that is 0).
        """
        base_total, parts_total = (
            float(self.gap["total"].sum()),
            float(self.gap["parts"].sum()),
        )
        return {
            "series": float(len(self.totals)),
            "parts": float((self.totals["level"] == 0).sum()),
            "base_total": base_total,
            "parts_total": parts_total,
            "total": float(self.totals.loc[self.totals["top"], "reconciled"].sum()),
            "gap": base_total / parts_total - 1 if parts_total else None,
            "shrinkage": self.shrinkage,
        }


def with_total(parts: pd.DataFrame, name: str = "all") -> pd.DataFrame:
    """Demand by part with the total as one series more (first), ready to be reconciled.

    Parameters
    ----------
    parts
        series, date, value, maybe partial: what `demand` gives by product, category …
    name
        What the total is called; a series of that name is replaced.

    Returns
    -------
    pandas.DataFrame
        - series : text
        - date : first day of the period
        - value : units; a total is the sum of the parts known, NaN where none is
        - partial : bool, whether it is of any part; only where `parts` says so

    Raises
    ------
    AnalysisError
        "data.missing_role".

    Examples
    --------
    >>> dates = pd.to_datetime(["2024-01-01"] * 2)
    >>> with_total(pd.DataFrame({"series": ["a", "b"], "date": dates, "value": [1.0, 2.0]}))
      series       date  value
    0    all 2024-01-01    3.0
    1      a 2024-01-01    1.0
    2      b 2024-01-01    2.0
    """
    require(parts, "series", "date", "value")
    rest = parts[parts["series"].astype(str) != name]
    by_date = rest.groupby("date")
    total = by_date["value"].sum(min_count=1).reset_index()
    total.insert(0, "series", name)
    if "partial" in rest.columns:
        total["partial"] = by_date["partial"].any().to_numpy()
    return pd.concat([total, rest[list(total.columns)]], ignore_index=True)


def reconcile(
    forecast: Forecast,
    hierarchy: pd.DataFrame | None = None,
    options: ReconcileOptions | None = None,
    *,
    ahead: pd.DataFrame | None = None,
) -> Reconciled:
    """Make forecasts of totals and parts add up, at every date, none negative.

    MinT takes the parts that come nearest to all base forecasts, distances being weighed by the
    inverse of the errors' covariance W, so that the variance of the reconciled errors is least. W
    is of the back-test's errors, its correlations shrunk toward 0; without enough errors it is the
    number of parts in each series (structural scaling). Parts below 0 are set to 0 before they are
    added up. Intervals: sample paths of all series, put in an order that gives them the errors'
    correlations, are reconciled one by one, and the quantiles of the outcome taken.

    Parameters
    ----------
    forecast
        With the totals and the parts among its series.
    hierarchy
        series, parent: a row a part of a total; totals may be parts of others, and a part may
        belong to several totals. None: "all" is the total of all other series.
    options
        The method.
    ahead
        The forecast as overridden; None: as forecast.

    Returns
    -------
    Reconciled
        The forecast `.ahead`, adding up; the `.totals` of each series, and the `.gap` there was.

    Raises
    ------
    AnalysisError
        "planning.no_hierarchy": there is no total with parts; "planning.hierarchy_unknown": a name
        in it has no forecast; "planning.hierarchy_loop": a total is part of itself;
        "planning.no_common_dates"; "planning.parts_do_not_sum": what was sold of the parts is not
        what was sold in all, so forecasts need not agree either.

    References
    ----------
    MinT: Wickramasuriya, Athanasopoulos & Hyndman, JASA 114, 2019. Shrinkage: Schaefer & Strimmer,
    Statistical Applications in Genetics and Molecular Biology 4, 2005. Parts set to 0: Di Fonzo &
    Girolimetto, Int. J. Forecasting 39, 2023.
    """
    options = options or ReconcileOptions()
    # Drawing is by series, so the order of dates within each is the order of `ahead`'s.
    drawn = sample_paths(
        forecast, ahead, samples=options.samples, seed=options.seed
    )
    base = (forecast.ahead if ahead is None else ahead).reset_index(drop=True)
    base["series"] = base["series"].astype(str)
    names = list(pd.unique(base["series"]))
    tree = hierarchy_of(names, hierarchy)
    wide = base.pivot(index="date", columns="series", values="value")[
        tree.order
    ].dropna()
    if wide.empty:
        raise AnalysisError("planning.no_common_dates")
    _check_sums(forecast.history, tree)
    weighing = _weighing(forecast, tree, options.method)
    values = wide.to_numpy(float)
    reconciled = coherent(values, weighing.projection, tree.sums)
    dates = wide.index.to_numpy().astype("datetime64[ns]")
    paths = np.stack(
        [drawn[name][1][:, np.isin(drawn[name][0], dates)] for name in tree.order],
        axis=2,
    )  # draws x periods x series
    moved = move_together(paths, weighing.correlation, options.seed)
    figures = {
        "value": reconciled,
        **_quantiles(moved, weighing.projection, tree.sums),
    }
    if options.method == "bottom_up" and set(FIGURES) <= set(base.columns):
        # Parts stay as they are, their intervals too.
        for name in _QUANTILES:
            ends = base.pivot(index="date", columns="series", values=name)
            own = ends.loc[wide.index, tree.order].to_numpy(float)
            figures[name][:, tree.totals :] = own[:, tree.totals :]
    below = values @ weighing.projection.T < -1e-9
    return Reconciled(
        _long_table(wide, figures, names),
        _totals(tree, values, reconciled),
        pd.DataFrame(
            {
                "date": wide.index.to_numpy(),
                "total": values[:, tree.top].sum(axis=1),
                "parts": (values[:, tree.totals :] @ tree.sums[tree.top].T).sum(
                    axis=1
                ),
            }
        ),
        weighing.source,
        weighing.shrinkage,
        _notes(
            options.method,
            weighing.source,
            int(below.any(axis=0).sum()),
            names,
            tree,
        ),
        options,
    )


def _check_sums(history: pd.DataFrame, tree: Hierarchy) -> None:
    """What was sold must add up already.

    Distinct customers of two products do not, nor does a list cut off after the best.
    """
    sold = (
        history.assign(series=history["series"].astype(str))
        .pivot_table(
            index="date",
            columns="series",
            values="value",
            aggfunc="sum",
            dropna=False,
        )
        .reindex(columns=tree.order)
        .fillna(0.0)
        .to_numpy(float)
    )
    totals, added = (
        sold[:, : tree.totals],
        sold[:, tree.totals :] @ tree.sums[: tree.totals].T,
    )
    share = np.abs(totals - added).sum(axis=0) / np.maximum(
        np.abs(totals).sum(axis=0), 1e-12
    )
    if (share > _SUMS_DIFFER).any():
        worst = int(share.argmax())
        raise AnalysisError(
            "planning.parts_do_not_sum",
            series=tree.order[worst],
            share=float(share[worst]),
        )


@dataclass(frozen=True)
class _Weighing:
    """How base forecasts become those of the parts (`projection`), and how errors go together."""

    projection: np.ndarray
    correlation: np.ndarray
    source: str
    shrinkage: float | None


def _weighing(forecast: Forecast, tree: Hierarchy, method: str) -> _Weighing:
    errors, source = _errors(forecast, tree.order)
    shrinkage, correlation = None, np.eye(len(tree.order))
    covariance = np.diag(tree.sums.sum(axis=1))
    if errors is not None:
        covariance, shrinkage = shrunk_covariance(errors)
        deviation = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(deviation, deviation)
    if method == "mint":
        return _Weighing(
            minimum_trace(tree.sums, covariance),
            correlation,
            source,
            shrinkage,
        )
    projection = np.hstack(
        [np.zeros((tree.parts, tree.totals)), np.eye(tree.parts)]
    )
    return _Weighing(projection, correlation, "none", None)


def _errors(forecast: Forecast, order: list[str]) -> tuple[np.ndarray | None, str]:
    """Errors of all series at the same time, and where they are from: back-test, else the fit.

    A row an origin and date, a column a series.
    """
    chosen = forecast.accuracy
    if len(chosen):
        chosen = chosen.loc[chosen["chosen"].astype(bool), ["series", "model"]]
    if len(chosen) and len(forecast.backtest):
        tested = forecast.backtest.merge(chosen, on=["series", "model"])
        tested = tested.assign(error=tested["value"] - tested["forecast"])
        errors = _side_by_side(tested, ["cutoff", "date"], order)
        if len(errors) >= _MINIMUM_ERRORS:
            return errors, "backtest"
    history = forecast.history
    errors = _side_by_side(
        history.assign(error=history["value"] - history["fitted"]), ["date"], order
    )
    return (
        (errors, "fitted")
        if len(errors) >= _MINIMUM_ERRORS
        else (None, "structure")
    )


def _side_by_side(
    table: pd.DataFrame, index: list[str], order: list[str]
) -> np.ndarray:
    table = table.assign(series=table["series"].astype(str))
    wide = table.pivot_table(index=index, columns="series", values="error")
    return wide.reindex(columns=order).dropna().to_numpy(float)


def _quantiles(
    paths: np.ndarray, projection: np.ndarray, sums: np.ndarray
) -> dict[str, np.ndarray]:
    """Periods x series for each end of the intervals.

    A period at a time, so that a thousand series fit in memory.
    """
    ends = np.empty((len(_QUANTILES), paths.shape[1], len(sums)))
    for period in range(paths.shape[1]):
        added = coherent(paths[:, period], projection, sums)
        ends[:, period] = np.quantile(added, list(_QUANTILES.values()), axis=0)
    return dict(zip(_QUANTILES, ends, strict=True))


def _long_table(
    wide: pd.DataFrame,
    figures: dict[str, np.ndarray],
    names: list[str],
) -> pd.DataFrame:
    dates = wide.index.to_numpy().astype("datetime64[ns]")
    order = np.array(list(wide.columns), dtype=object)
    table = pd.DataFrame(
        {
            "series": np.repeat(order, len(dates)),
            "date": np.tile(dates, len(order)),
        }
    )
    for name in FIGURES:
        column = figures[name]
        if name != "value":
            limit = np.minimum if name.startswith("lo") else np.maximum
            column = limit(column, figures["value"])
        table[name] = column.T.ravel()
    table["base_value"] = wide.to_numpy(float).T.ravel()
    rank = table["series"].map(
        {name: position for position, name in enumerate(names)}
    )
    return table.iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)


def _totals(
    tree: Hierarchy, base: np.ndarray, reconciled: np.ndarray
) -> pd.DataFrame:
    before, after = base.sum(axis=0), reconciled.sum(axis=0)
    share = np.full(len(before), np.nan)
    np.divide(after - before, before, out=share, where=before != 0)
    return pd.DataFrame(
        {
            "series": tree.order,
            "level": tree.level,
            "top": tree.top,
            "parts": tree.sums.sum(axis=1).astype(int),
            "base": before,
            "reconciled": after,
            "change": after - before,
            "share": share,
        }
    )


def _notes(
    method: str,
    source: str,
    below: int,
    names: list[str],
    tree: Hierarchy,
) -> tuple[Message, ...]:
    others = [name for name in names if name not in set(tree.order)]
    facts = {
        "structure": source == "structure" and {"minimum": _MINIMUM_ERRORS},
        "set_to_zero": below and method == "mint" and {"count": below},
        "not_in_hierarchy": others and {"count": len(others), "series": others[:5]},
    }
    return tuple(
        Message(f"planning.note.{key}", details)
        for key, details in facts.items()
        if isinstance(details, dict)
    )
