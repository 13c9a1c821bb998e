"""Sample paths of a forecast as it now stands: the model's own, moved along with values set by hand or a scenario."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.overrides import NOTHING
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.analyses.forecast.series.periods import recognise

__all__ = ["period_edges", "sample_paths"]


def sample_paths(
    forecast: Forecast, ahead: pd.DataFrame | None = None, *, samples: int = 1000, seed: int = 0
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each series its dates (datetime64[ns], ascending) and samples x periods of demand, at least 0; series are drawn apart.

    `ahead`: the same forecast with other values (overridden, under a scenario); the paths of a period are multiplied by new / old value, or moved by the
    difference where the old one is 0. Series and periods that `ahead` lacks are left out.
    """
    drawn: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    now = (
        None
        if ahead is None
        else {str(name): part for name, part in ahead.groupby("series", sort=False, observed=True)}
    )
    for name, part in forecast.ahead.groupby("series", sort=False, observed=True):
        part = part.sort_values("date")
        dates = pd.to_datetime(part["date"]).to_numpy().astype("datetime64[ns]")
        if now is not None and str(name) not in now:
            continue
        paths = forecast.paths(str(name), samples, seed)
        if now is not None:
            other = now[str(name)].sort_values("date")
            theirs = pd.to_datetime(other["date"]).to_numpy().astype("datetime64[ns]")
            kept = np.isin(dates, theirs)
            new = other["value"].to_numpy(float)[np.searchsorted(theirs, dates[kept])]
            old = part["value"].to_numpy(float)[kept]
            dates, paths = dates[kept], paths[:, kept]
            there = old > NOTHING
            ratio = np.divide(new, old, out=np.ones_like(new), where=there)
            paths = np.maximum(np.where(there, paths * ratio, paths + (new - old)), 0.0)
        drawn[str(name)] = (dates, paths)
    return drawn


def period_edges(dates: np.ndarray, every: str | None = None) -> np.ndarray:
    """Where the periods dated by `dates` begin, and where the last ends (datetime64[ns]), months being as long as they are.

    >>> period_edges(np.array(["2024-01-31", "2024-02-29"], dtype="datetime64[ns]"), "month").astype("datetime64[D]").astype(str).tolist()
    ['2024-01-01', '2024-02-01', '2024-03-01']
    """
    grid = recognise(dates, every)
    if grid.every in ("month", "quarter", "year"):
        grid = dataclasses.replace(grid, anchor=1)
    numbers = grid.number(dates)
    return grid.dates(np.r_[numbers, numbers[-1] + 1])
