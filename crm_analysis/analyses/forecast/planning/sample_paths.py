"""Sample paths of a forecast as it now stands, with values set by hand or under a scenario."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.overrides import moved
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.analyses.forecast.series.periods import recognise
from crm_analysis.tables.kinds import require


def sample_paths(
    forecast: Forecast,
    ahead: pd.DataFrame | None = None,
    *,
    samples: int = 1000,
    seed: int = 0,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Of each series its dates (datetime64[ns], ascending) and samples x periods of demand.

    Demand is at least 0, and series are drawn apart. `ahead` is the same forecast with other
    values (overridden, under a scenario): the paths of a period are multiplied by new / old value,
    or moved by the difference where the old one is 0. Series and periods that `ahead` lacks are
    left out.
    """
    modelled = _by_series(forecast.ahead)
    planned = modelled if ahead is None else _by_series(ahead)
    drawn = {}
    for series, (dates, values) in modelled.items():
        if series not in planned:
            continue
        paths = forecast.paths(series, samples, seed)
        if ahead is not None:
            planned_dates, planned_values = planned[series]
            shared = np.isin(dates, planned_dates)
            dates, old = dates[shared], values[shared]
            new = planned_values[np.searchsorted(planned_dates, dates)]
            paths = moved(paths[:, shared], old, new)
        drawn[series] = (dates, paths)
    return drawn


def _by_series(ahead: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    require(ahead, "series", "date", "value")
    parts = {}
    for name, part in ahead.groupby("series", sort=False, observed=True):
        part = part.sort_values("date")
        parts[str(name)] = (
            pd.to_datetime(part["date"]).to_numpy().astype("datetime64[ns]"),
            part["value"].to_numpy(float),
        )
    return parts


def period_edges(dates: np.ndarray, every: str | None = None) -> np.ndarray:
    """Where the periods dated by `dates` begin, and where the last ends (datetime64[ns]).

    Months are as long as they are.

    >>> month_ends = np.array(["2024-01-31", "2024-02-29"], dtype="datetime64[ns]")
    >>> period_edges(month_ends, "month").astype("datetime64[D]").astype(str).tolist()
    ['2024-01-01', '2024-02-01', '2024-03-01']
    """
    grid = recognise(dates, every).by_first_days
    numbers = grid.number(dates)
    return grid.dates(np.append(numbers, numbers[-1] + 1))
