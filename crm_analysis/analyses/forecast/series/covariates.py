"""What is known beforehand, past and ahead: public holidays, events, columns a person brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.periods import Grid, to_dates
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

_LONGEST_EVENT = 3700  # days
_NEIGHBOURS = {"holiday": 0, "day_before_holiday": 1, "day_after_holiday": -1}


@dataclass(frozen=True, eq=False)
class Covariates:
    """A row a period, a column each of `names`."""

    values: np.ndarray
    names: tuple[str, ...]


def countries() -> list[str]:
    """The two-letter codes of the countries whose holidays are known.

    >>> {"CN", "US", "GB"} <= set(countries())
    True
    """
    import holidays

    codes = holidays.list_supported_countries(include_aliases=False)
    return sorted(code for code in codes if len(code) == 2)


def holiday_days(country: str, first: int, last: int) -> dict[str, str]:
    """The public holidays of a country from year `first` to `last`: {ISO date: name}.

    They come from package `holidays`.

    Raises
    ------
    AnalysisError
        "forecast.unknown_country".

    Examples
    --------
    >>> holiday_days("CN", 2024, 2024)["2024-02-10"]
    'Chinese New Year (Spring Festival)'
    """
    import holidays

    if country not in holidays.list_supported_countries():
        raise AnalysisError("forecast.unknown_country", country=country)
    languages = holidays.list_localized_countries().get(country, [])
    days = holidays.country_holidays(
        country,
        years=range(first, last + 1),
        language="en_US" if "en_US" in languages else None,
    )
    return {day.isoformat(): name for day, name in days.items()}


def covariates_of(
    series: str,
    grid: Grid,
    numbers: np.ndarray,
    options: ForecastOptions,
    regressors: pd.DataFrame | None,
) -> Covariates:
    """The covariates of a series for the periods `numbers`.

    For days, whether the day is a holiday, the one before or the one after; for longer periods,
    how many holidays lie in it; each event's share of the period; each column of `regressors`
    (`date`, maybe `series`, numbers).

    Raises
    ------
    AnalysisError
        "forecast.unknown_country"; "forecast.bad_event" for days that are no dates or end before
        they begin; "forecast.regressor_missing" where a column has no figure for a period;
        "forecast.regressor_text" where it has no numbers.
    """
    columns: list[tuple[str, np.ndarray]] = []
    if options.country:
        columns += _holidays(grid, numbers, options.country).items()
    for name in dict.fromkeys(event[0] for event in options.events):
        shares = [
            _share(grid, numbers, first, last)
            for event, first, last in options.events
            if event == name
        ]
        share = np.sum(shares, axis=0)
        if share.any():
            columns.append((name, share))
    if regressors is not None:
        columns += _regressors(series, grid, numbers, regressors).items()
    values = np.empty((len(numbers), len(columns)))
    for position, (_, column) in enumerate(columns):
        values[:, position] = column
    return Covariates(values, tuple(name for name, _ in columns))


def _holidays(
    grid: Grid, numbers: np.ndarray, country: str
) -> dict[str, np.ndarray]:
    starts = grid.dates(np.append(numbers, numbers[-1] + 1)).astype("datetime64[D]")
    years = starts.astype("datetime64[Y]").astype(int) + 1970
    names = holiday_days(country, int(years.min()), int(years.max()) + 1)
    days = np.array(sorted(names), dtype="datetime64[D]")
    if grid.every == "day":
        dates = starts[:-1]
        return {
            name: np.isin(dates + shift, days).astype(float)
            for name, shift in _NEIGHBOURS.items()
        }
    if grid.every == "year":
        return {}
    # Counted over all days: a holiday on a Sunday takes nothing away from a month of shop days,
    # but marks a week all the same.
    return {"holidays": _counts(grid.number(days), numbers)}


def _counts(days: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """How many of the days, said by the number of their period, lie in each period."""
    return np.array([(days == number).sum() for number in numbers], dtype=float)


def _share(grid: Grid, numbers: np.ndarray, first: str, last: str) -> np.ndarray:
    """The share of each period that lies from day `first` to day `last`."""
    try:
        begin, end = (
            np.datetime64(first, "D"),
            np.datetime64(last or first, "D"),
        )
    except ValueError as problem:
        raise AnalysisError(
            "forecast.bad_event", first=first, last=last
        ) from problem
    days = (end - begin).astype(int) if not np.isnat([begin, end]).any() else -1
    if not 0 <= days <= _LONGEST_EVENT:
        raise AnalysisError("forecast.bad_event", first=first, last=last)
    periods = grid.number(np.arange(begin, end + 1))
    if grid.every == "day":
        return np.isin(numbers, periods).astype(float)
    edges = grid.dates(np.append(numbers, numbers[-1] + 1)).astype("datetime64[D]")
    return _counts(periods, numbers) / np.maximum(
        1.0, np.diff(edges.astype(np.int64))
    )


def _regressors(
    series: str, grid: Grid, numbers: np.ndarray, table: pd.DataFrame
) -> dict[str, np.ndarray]:
    require(table, "date")
    if "series" in table.columns:
        table = table[table["series"].astype(str) == series]
    periods = grid.number(to_dates(table["date"]).to_numpy())
    columns = {}
    for name in table.columns.difference(["date", "series", "value"], sort=False):
        if not pd.api.types.is_numeric_dtype(table[name]):
            raise AnalysisError("forecast.regressor_text", column=str(name))
        means = (
            table[name]
            .astype(float)
            .groupby(periods)
            .mean()
            .reindex(numbers)
            .to_numpy()
        )
        missing = np.flatnonzero(np.isnan(means))
        if len(missing):
            date = str(grid.dates(numbers[missing[:1]])[0])[:10]
            raise AnalysisError(
                "forecast.regressor_missing", column=str(name), date=date
            )
        columns[str(name)] = means
    return columns
