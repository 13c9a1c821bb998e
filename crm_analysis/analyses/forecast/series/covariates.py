"""What is known beforehand: public holidays, events, and columns a person brings, a figure a period, past and ahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.periods import Grid
from crm_analysis.errors import AnalysisError

__all__ = ["Known", "countries", "holiday_days", "known_columns"]


@dataclass(frozen=True, eq=False)
class Known:
    """`columns`: periods × names."""

    columns: np.ndarray
    names: tuple[str, ...]


def countries() -> list[str]:
    """The two-letter codes of the countries whose holidays are known.

    >>> {"CN", "US", "GB"} <= set(countries())
    True
    """
    import holidays

    return sorted(
        code for code in holidays.list_supported_countries(include_aliases=False) if len(code) == 2
    )


def holiday_days(country: str, first: int, last: int) -> dict[str, str]:
    """The public holidays of a country from year `first` to `last`: {ISO date: name}, by package `holidays`.

    >>> holiday_days("CN", 2024, 2024)["2024-02-10"]
    'Chinese New Year (Spring Festival)'
    """
    import holidays

    if country not in holidays.list_supported_countries():
        raise AnalysisError("forecast.unknown_country", country=country)
    days = holidays.country_holidays(
        country,
        years=range(first, last + 1),
        language="en_US"
        if "en_US" in holidays.list_localized_countries().get(country, [])
        else None,
    )
    return {day.isoformat(): name for day, name in days.items()}


def known_columns(
    grid: Grid,
    numbers: np.ndarray,
    series: str,
    options: ForecastOptions,
    regressors: pd.DataFrame | None,
) -> Known:
    """The columns for the periods `numbers`: for days, whether the day is a holiday, the one before or the one after; for longer periods, how
    many holidays lie in it; each event's share of the period; each column of `regressors` (`date`, maybe `series`, numbers).

    Raises
    ------
    AnalysisError
        "forecast.unknown_country"; "forecast.bad_event" for days that are not dates or end before they begin; "forecast.regressor_missing" where a column
        has no figure for a period.
    """
    columns: list[np.ndarray] = []
    names: list[str] = []
    starts = grid.dates(np.append(numbers, numbers[-1] + 1)).astype("datetime64[D]")
    if options.country:
        columns_here, names_here = _holidays(grid, numbers, starts, options.country)
        columns += columns_here
        names += names_here
    for name in dict.fromkeys(event[0] for event in options.events):
        share = np.zeros(len(numbers))
        for _, first, last in (event for event in options.events if event[0] == name):
            share += _share(grid, numbers, first, last)
        if share.any():
            columns.append(share)
            names.append(name)
    if regressors is not None:
        for name, values in _regressors(grid, numbers, series, regressors).items():
            columns.append(values)
            names.append(name)
    return Known(np.column_stack(columns) if columns else np.zeros((len(numbers), 0)), tuple(names))


def _holidays(
    grid: Grid, numbers: np.ndarray, starts: np.ndarray, country: str
) -> tuple[list[np.ndarray], list[str]]:
    years = starts.astype("datetime64[Y]").astype(int) + 1970
    days = np.array(
        sorted(holiday_days(country, int(years.min()), int(years.max()) + 1)), dtype="datetime64[D]"
    )
    if grid.every == "day":
        return [np.isin(starts[:-1] + shift, days).astype(float) for shift in (0, 1, -1)], [
            "holiday",
            "day_before_holiday",
            "day_after_holiday",
        ]
    if grid.every == "year":
        return [], []
    inside = grid.number(days) if len(days) else np.zeros(0, dtype=np.int64)
    # Counted over working days: a holiday on a Sunday takes nothing away from a month of shop days, but marks a week all the same.
    return [np.array([float((inside == number).sum()) for number in numbers])], ["holidays"]


def _share(grid: Grid, numbers: np.ndarray, first: str, last: str) -> np.ndarray:
    try:
        begin, end = np.datetime64(first, "D"), np.datetime64(last or first, "D")
    except ValueError as problem:
        raise AnalysisError("forecast.bad_event", first=first, last=last) from problem
    if end < begin or np.isnat(begin) or np.isnat(end) or (end - begin).astype(int) > 3700:
        raise AnalysisError("forecast.bad_event", first=first, last=last)
    days = grid.number(np.arange(begin, end + 1))
    if grid.every == "day":
        return np.isin(numbers, days).astype(float)
    held = np.array([(days == number).sum() for number in numbers], dtype=float)
    edges = pd.DatetimeIndex(grid.dates(np.append(numbers, numbers[-1] + 1)))
    return held / np.maximum(
        1.0, np.diff(edges.to_numpy().astype("datetime64[D]").astype(np.int64))
    )


def _regressors(
    grid: Grid, numbers: np.ndarray, series: str, table: pd.DataFrame
) -> dict[str, np.ndarray]:
    if "date" not in table.columns:
        raise AnalysisError("data.missing_role", role="date")
    own = table[table["series"].astype(str) == series] if "series" in table.columns else table
    at = grid.number(pd.to_datetime(own["date"]).to_numpy())
    found = {}
    for name in (column for column in own.columns if column not in ("date", "series", "value")):
        if not pd.api.types.is_numeric_dtype(own[name]):
            raise AnalysisError("forecast.regressor_text", column=str(name))
        means = own[name].astype(float).groupby(at).mean().reindex(numbers).to_numpy()
        if np.isnan(means).any():
            place = int(np.flatnonzero(np.isnan(means))[0])
            raise AnalysisError(
                "forecast.regressor_missing",
                column=str(name),
                date=str(grid.dates(numbers[place : place + 1])[0])[:10],
            )
        found[str(name)] = means
    return found
