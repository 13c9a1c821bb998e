"""Days, weeks, months, quarters and years: which of them a series goes by, and which come next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.days import local_dates, plausible_dates

_YEAR = {"week": 52, "month": 12, "quarter": 4, "year": 1}  # periods a year
HORIZON = {"day": 28, "week": 13, "month": 12, "quarter": 4, "year": 3}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_LONGEST_STEP = {
    "day": 4.5,
    "week": 11,
    "month": 61,
    "quarter": 200,
}  # days between two dates


@dataclass(frozen=True)
class Grid:
    """The periods of a series, numbered from a fixed start.

    `every` is the period; `weekdays` the days of the week that days are counted on (a shop closed
    on Sundays has six); `anchor` is the weekday a week is dated by (0 is Monday) or the day of the
    month (0: the last) that months, quarters and years are dated by.
    """

    every: str
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    anchor: int = 1

    @property
    def season(self) -> int:
        """Periods in the season that is looked for when nobody says otherwise."""
        return len(self.weekdays) if self.every == "day" else self.year

    @property
    def year(self) -> int:
        """Periods in a year."""
        return _YEAR.get(self.every, round(365.25 * len(self.weekdays) / 7))

    @property
    def closed(self) -> tuple[int, ...]:
        """Weekdays that days are not counted on."""
        return tuple(day for day in range(7) if day not in self.weekdays)

    def number(self, dates: pd.DatetimeIndex | pd.Series | np.ndarray) -> np.ndarray:
        """The number of the period each date lies in."""
        days = np.asarray(dates, dtype="datetime64[D]")
        if self.every in _MONTHS:
            return days.astype("datetime64[M]").astype(np.int64) // _MONTHS[self.every]
        since = (
            days.astype(np.int64) + 3
        )  # 1970-01-01 was a Thursday: from Monday, 1969-12-29
        if self.every == "week":
            return (since - self.anchor) // 7
        is_open = np.zeros(7, dtype=np.int64)
        is_open[list(self.weekdays)] = 1
        open_before = np.cumsum(is_open) - is_open
        return since // 7 * len(self.weekdays) + open_before[since % 7]

    def dates(self, numbers: np.ndarray) -> np.ndarray:
        """The day (datetime64[ns]) each numbered period is dated by."""
        numbers = np.asarray(numbers, dtype=np.int64)
        if self.every in _MONTHS:
            # The last day of a month is the day before the next one's first.
            months = numbers + 1 if self.anchor == 0 else numbers
            starts = (
                (months * _MONTHS[self.every])
                .astype("datetime64[M]")
                .astype("datetime64[D]")
            )
            days = starts + np.timedelta64(self.anchor - 1, "D")
        elif self.every == "week":
            days = (numbers * 7 + self.anchor - 3).astype("datetime64[D]")
        else:
            weekday = np.asarray(self.weekdays)[numbers % len(self.weekdays)]
            days = (numbers // len(self.weekdays) * 7 + weekday - 3).astype(
                "datetime64[D]"
            )
        return days.astype("datetime64[ns]")


def to_dates(values: pd.Series) -> pd.Series:
    """The plausible dates, at the local time they are written with; ISO text is read.

    Raises
    ------
    AnalysisError
        "forecast.not_dates".
    """
    dates = local_dates(values)
    if dates is not values and dates.isna().sum() > values.isna().sum():
        raise AnalysisError("forecast.not_dates")
    return plausible_dates(dates)


def recognise(
    dates: pd.Series | pd.DatetimeIndex | np.ndarray, every: str | None = None
) -> Grid:
    """The grid that dates lie on: the coarsest period that hardly any two of them share.

    >>> recognise(pd.date_range("2024-01-31", periods=4, freq="ME"))
    Grid(every='month', weekdays=(0, 1, 2, 3, 4, 5, 6), anchor=0)
    >>> recognise(pd.bdate_range("2024-01-01", periods=40)).season
    5
    """
    days = np.unique(np.asarray(dates, dtype="datetime64[D]"))
    usual = _usual_period(days)
    every = every or usual
    if every in _MONTHS:
        return Grid(every, anchor=_day_of_month(days) if every == usual else 1)
    lines = np.bincount((days.astype(np.int64) + 3) % 7, minlength=7)
    if every == "week":
        return Grid(every, anchor=int(lines.argmax()) if usual == "week" else 0)
    # A weekday that is rare but there must keep its place: only weekdays never seen are closed,
    # and those only where three weeks and more were looked at.
    if len(days) < 10 or (days[-1] - days[0]).astype(int) < 21:
        return Grid("day")
    return Grid("day", tuple(np.flatnonzero(lines).tolist()))


def _usual_period(days: np.ndarray) -> str:
    if len(days) < 2:
        return "month"
    step = float(np.median(np.diff(days.astype(np.int64))))
    return next(
        (every for every, longest in _LONGEST_STEP.items() if step < longest),
        "year",
    )


def _day_of_month(days: np.ndarray) -> int:
    """The day of the month that all dates share; 0: their months' last; 1: they share none."""
    if len(days) == 0:
        return 1
    stamps = pd.DatetimeIndex(days.astype("datetime64[ns]"))
    month_ends = (stamps.days_in_month == stamps.day).all()
    by_chance = len(days) > 1 and stamps.day.max() <= 28 and stamps.day.nunique() == 1
    if month_ends and not by_chance:
        return 0
    shared = stamps.day.nunique() == 1 and stamps.day[0] <= 28
    return int(stamps.day[0]) if shared else 1
