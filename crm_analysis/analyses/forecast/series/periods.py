"""The periods that a series goes by, days to years: which they are, and which come next.

A series keeps its own rhythm: quarters from February, ends of quarters, periods of two or four
weeks, and months, quarters and years of whole weeks (4-4-5, as retailers count).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.days import local_dates, plausible_dates

# Periods a year.
_YEAR = {
    "week": 52,
    "fortnight": 26,
    "four_week": 13,
    "month": 12,
    "quarter": 4,
    "half": 2,
    "year": 1,
}
HORIZON = {
    "day": 28,
    "week": 13,
    "fortnight": 13,
    "four_week": 13,
    "month": 12,
    "quarter": 4,
    "half": 4,
    "year": 3,
}
_WEEKS = {"fortnight": 14, "four_week": 28, "quarter": 91, "year": 364}  # in days
_MONTH_OF_WEEKS = (28, 28, 35)
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_LONGEST_STEP = {
    "day": 4.5,
    "week": 11,
    "month": 61,
    "quarter": 137,
    "half": 270,
}  # days between two dates


@dataclass(frozen=True)
class Grid:
    """The periods of a series, numbered from a fixed start.

    `every` is the period; `weekdays` the days of the week that days are counted on (a shop closed
    on Sundays has six); `anchor` is the weekday a week is dated by (0 is Monday) or the day of the
    month (0: the last) that months, quarters and years are dated by, `month` which month of these
    (0: the first of the calendar's). Periods of whole weeks other than one have `starts`, the days
    (since 1970-01-01) that they are dated by.
    """

    every: str
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    anchor: int = 1
    month: int = 0
    starts: tuple[int, ...] = ()

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

    @property
    def cycle(self) -> tuple[int, ...]:
        """The lengths in days of the periods that follow the last of `starts`."""
        steps = np.diff(self.starts)
        if self.every != "month":
            return (_WEEKS[self.every],)
        if len(steps) < 3:
            return _MONTH_OF_WEEKS
        # The same period of the last quarters: a leap week is in one of them alone.
        last = [np.sort(steps[nth::-3][:4]) for nth in range(-3, 0)]
        return tuple(int(same[(len(same) - 1) // 2]) for same in last)

    def _reaching(self, back: int, ahead: int) -> np.ndarray:
        """The starts with so many more before and after them."""
        cycle = np.asarray(self.cycle)
        after = self.starts[-1] + np.cumsum(np.resize(cycle, ahead))
        before = self.starts[0] - np.cumsum(np.resize(cycle[::-1], back))[::-1]
        return np.concatenate([before, self.starts, after]).astype(np.int64)

    @property
    def by_first_days(self) -> Grid:
        """The same periods, dated by their first days where these are of the calendar's."""
        if self.starts or self.every not in _MONTHS:
            return self
        # The month that follows the last of a period is the first of the next.
        month = (self.month + (self.anchor == 0)) % _MONTHS[self.every]
        return replace(self, anchor=1, month=month)

    @property
    def in_years(self) -> Grid:
        """The years that its periods make up: from February for quarters from February.

        Those of the calendar where its quarters are; else a year begins with the first quarter
        that begins in it, or ends with the first that ends in it.

        >>> Grid("quarter", month=1).in_years.month, Grid("quarter", anchor=0).in_years.anchor
        (1, 0)
        """
        is_of_calendar = self.month == (2 if self.anchor == 0 else 0)
        if self.every != "quarter" or is_of_calendar:
            return Grid("year")
        return Grid("year", anchor=self.anchor, month=self.month)

    def number(
        self, dates: pd.DatetimeIndex | pd.Series | np.ndarray
    ) -> np.ndarray:
        """The number of the period each date lies in."""
        days = np.asarray(dates, dtype="datetime64[D]")
        if self.starts:
            numbers = days.astype(np.int64)
            shortest = min(self.cycle)
            back = (
                self.starts[0] - numbers.min(initial=self.starts[0])
            ) // shortest
            ahead = (
                numbers.max(initial=self.starts[-1]) - self.starts[-1]
            ) // shortest
            starts = self._reaching(back + 1, ahead + 1)
            return np.searchsorted(starts, numbers, side="right") - 2 - back
        if self.every in _MONTHS:
            months = days.astype("datetime64[M]").astype(np.int64) - self.month
            length = _MONTHS[self.every]
            return (months + length - 1 if self.anchor == 0 else months) // length
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
        if self.starts:
            back = -numbers.min(initial=0)
            ahead = max(0, numbers.max(initial=0) - len(self.starts) + 1)
            days = self._reaching(back, ahead)[numbers + back].astype(
                "datetime64[D]"
            )
        elif self.every in _MONTHS:
            months = numbers * _MONTHS[self.every] + self.month
            # The last day of a month is the day before the next one's first.
            months = months + 1 if self.anchor == 0 else months
            starts = months.astype("datetime64[M]").astype("datetime64[D]")
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
    Grid(every='month', weekdays=(0, 1, 2, 3, 4, 5, 6), anchor=0, month=0, starts=())
    >>> recognise(pd.bdate_range("2024-01-01", periods=40)).season
    5
    """
    days = np.unique(np.asarray(dates, dtype="datetime64[D]"))
    usual = _usual_period(days)
    in_weeks = _in_whole_weeks(days, every)
    if in_weeks and every in (None, in_weeks.every):
        return in_weeks
    every = every or usual
    if every in _MONTHS:
        if every != usual:
            return Grid(every)
        anchor = _day_of_month(days)
        return Grid(every, anchor=anchor, month=_month_of(days, every, anchor))
    lines = np.bincount((days.astype(np.int64) + 3) % 7, minlength=7)
    if every == "week":
        return Grid(every, anchor=int(lines.argmax()) if usual == "week" else 0)
    # A weekday that is rare but there must keep its place: only weekdays never seen are closed,
    # and those only where three weeks and more were looked at.
    if len(days) < 10 or (days[-1] - days[0]).astype(int) < 21:
        return Grid("day")
    return Grid("day", tuple(np.flatnonzero(lines).tolist()))


def _in_whole_weeks(days: np.ndarray, every: str | None) -> Grid | None:
    """The grid of dates that are two, four, 13 or 52 weeks apart, or now four and now five.

    What lies on the calendar's months does so by chance.
    """
    numbers = days.astype(np.int64)
    steps = np.diff(numbers)
    if every in ("fortnight", "four_week") and len(days) == 1:
        return Grid(every, starts=(int(numbers[0]),))
    if len(steps) < 2 or (steps % 7).any() or _lies_on_months(days):
        return None
    usual = int(np.median(steps))
    for name, length in _WEEKS.items():
        # Quarters and years of whole weeks have a leap week now and then.
        is_exact = name in ("fortnight", "four_week")
        rest = (
            steps % length
            if is_exact
            else (steps != length) & (steps != length + 7)
        )
        if usual // length == 1 and usual % length in (0, 7) and not rest.any():
            starts = np.arange(numbers[0], numbers[-1] + 1, length)
            return Grid(
                name, starts=tuple((starts if is_exact else numbers).tolist())
            )
    if set(steps.tolist()) == {28, 35}:
        return Grid("month", starts=tuple(numbers.tolist()))
    return None


def _lies_on_months(days: np.ndarray) -> bool:
    """Whether all dates are the same day of their month, or its last."""
    day, is_last = _in_month(days)
    return len(np.unique(day)) == 1 or bool(is_last.all())


def _in_month(days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The day of the month, from 1, and whether it is the month's last."""
    months = days.astype("datetime64[M]")
    day = (days - months).astype(np.int64) + 1
    return day, (days + 1).astype("datetime64[M]") != months


def _month_of(days: np.ndarray, every: str, anchor: int) -> int:
    """Which month of a quarter or year its dates are in; the calendar's where they differ."""
    length = _MONTHS[every]
    months = np.unique(days.astype("datetime64[M]").astype(np.int64) % length)
    if len(months) == 1:
        return int(months[0])
    return length - 1 if anchor == 0 else 0


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
    day, is_last = _in_month(days)
    shared = bool((day == day[0]).all()) and day[0] <= 28
    if is_last.all() and not (shared and len(days) > 1):
        return 0
    return int(day[0]) if shared else 1
