"""Days, weeks, months, quarters and years: which of them a series goes by, and which come next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["HORIZON", "SEASON", "YEAR", "Grid", "recognise"]

SEASON = {"day": 7, "week": 52, "month": 12, "quarter": 4, "year": 1}
YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}  # periods a year
HORIZON = {"day": 28, "week": 13, "month": 12, "quarter": 4, "year": 3}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_FEWEST_WEEKS = 3


@dataclass(frozen=True)
class Grid:
    """The periods of a series, numbered from a fixed start.

    `every` is the period; `weekdays` the days of the week that days are counted on (a shop closed on Sundays has six); `anchor` is
    the weekday a week is dated by (0 is Monday) or the day of the month (0: the last) that months, quarters and years are dated by.
    """

    every: str
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    anchor: int = 1

    @property
    def season(self) -> int:
        """Periods in the season that is looked for when nobody says otherwise."""
        return len(self.weekdays) if self.every == "day" else SEASON[self.every]

    @property
    def year(self) -> int:
        """Periods in a year."""
        return round(365.25 * len(self.weekdays) / 7) if self.every == "day" else YEAR[self.every]

    def number(self, dates: pd.DatetimeIndex | pd.Series | np.ndarray) -> np.ndarray:
        """The number of the period each date lies in."""
        days = np.asarray(dates, dtype="datetime64[D]")
        if self.every in _MONTHS:
            return days.astype("datetime64[M]").astype(np.int64) // _MONTHS[self.every]
        since = days.astype(np.int64) + 3  # 1970-01-01 was a Thursday: from Monday, 1969-12-29
        if self.every == "week":
            return (since - self.anchor) // 7
        open_days = np.zeros(7, dtype=np.int64)
        open_days[list(self.weekdays)] = 1
        before = np.cumsum(open_days) - open_days
        return since // 7 * len(self.weekdays) + before[since % 7]

    def dates(self, numbers: np.ndarray) -> np.ndarray:
        """The day (datetime64[ns]) each numbered period is dated by."""
        numbers = np.asarray(numbers, dtype=np.int64)
        if self.every in _MONTHS:
            length = _MONTHS[self.every]
            if self.anchor == 0:
                days = ((numbers + 1) * length).astype("datetime64[M]").astype(
                    "datetime64[D]"
                ) - np.timedelta64(1, "D")
            else:
                days = (numbers * length).astype("datetime64[M]").astype(
                    "datetime64[D]"
                ) + np.timedelta64(self.anchor - 1, "D")
        elif self.every == "week":
            days = (numbers * 7 + self.anchor - 3).astype("datetime64[D]")
        else:
            weekday = np.asarray(self.weekdays)[numbers % len(self.weekdays)]
            days = (numbers // len(self.weekdays) * 7 + weekday - 3).astype("datetime64[D]")
        return days.astype("datetime64[ns]")


def recognise(dates: pd.Series | pd.DatetimeIndex | np.ndarray, every: str | None = None) -> Grid:
    """The grid that dates lie on: the coarsest period that no two of them share, but for what is a bit irregular.

    >>> recognise(pd.date_range("2024-01-31", periods=4, freq="ME"))
    Grid(every='month', weekdays=(0, 1, 2, 3, 4, 5, 6), anchor=0)
    >>> recognise(pd.bdate_range("2024-01-01", periods=40)).season
    5
    """
    days = np.unique(np.asarray(dates, dtype="datetime64[D]"))
    every = every or _every(days)
    if every in _MONTHS:
        return Grid(every, anchor=_day_of_month(days) if every == _every(days) else 1)
    weekday = (days.astype(np.int64) + 3) % 7
    if every == "week":
        return Grid(
            every,
            anchor=int(np.bincount(weekday, minlength=7).argmax()) if _every(days) == "week" else 0,
        )
    long_enough = len(days) and (days[-1] - days[0]).astype(int) >= 7 * _FEWEST_WEEKS
    seen = np.bincount(weekday, minlength=7)
    is_open = (
        seen > 0.05 * seen.max() if long_enough and len(days) >= 10 else np.ones(7, dtype=bool)
    )
    # A weekday that is rare but there must keep its place: only weekdays never seen are closed.
    is_open |= seen > 0
    return Grid("day", tuple(int(day) for day in np.flatnonzero(is_open)))


def _every(days: np.ndarray) -> str:
    if len(days) < 2:
        return "month"
    step = float(np.median(np.diff(days.astype(np.int64))))
    for every, longest in (("day", 4.5), ("week", 11), ("month", 61), ("quarter", 200)):
        if step < longest:
            return every
    return "year"


def _day_of_month(days: np.ndarray) -> int:
    """The day of the month that all dates share; 0 where each is its month's last; 1 where they share none."""
    stamps = pd.DatetimeIndex(days.astype("datetime64[ns]"))
    if len(days) == 0:
        return 1
    if (stamps.days_in_month == stamps.day).all() and (
        len(days) == 1 or stamps.day.max() > 28 or stamps.day.nunique() > 1
    ):
        return 0
    return int(stamps.day[0]) if stamps.day.nunique() == 1 and stamps.day[0] <= 28 else 1
