"""Dated rows → sums by month or day, and the period before the last to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.tables.days import plausible_days

_FEWEST_MONTHS = 3
LENGTH = 90  # days of a period, as the state of the business has it


@dataclass(frozen=True, eq=False)
class Record:
    """What happened when.

    Attributes
    ----------
    start, end
        First and last day, as ISO dates.
    every
        "month", or "day" where the record has fewer than three months.
    periods
        A row a month or day: period (its first day), finished (whether it ends within the
        record), value (the sum).
    days
        How many days `now` and `before` span.
    now, before
        The sums of the last `days` days and of as many before; None where the record does not
        reach that far.
    """

    start: str
    end: str
    every: Literal["month", "day"]
    periods: pd.DataFrame
    days: int
    now: float | None
    before: float | None

    @property
    def change(self) -> float | None:
        """`now` against `before`, as a share."""
        if self.now is None or not self.before or self.before < 0:
            return None
        return self.now / self.before - 1


def record_of(dates: pd.Series, values: np.ndarray) -> Record | None:
    """The record of what happened when, of the rows that have a date; None where none has one.

    >>> dates = pd.Series(pd.to_datetime(["2024-01-30", "2024-02-29", "2024-04-30"]))
    >>> record = record_of(dates, np.array([1.0, 2.0, 4.0]))
    >>> record.every, record.periods["value"].tolist()
    ('month', [1.0, 2.0, 0.0, 4.0])
    """
    if not pd.api.types.is_datetime64_any_dtype(dates):
        return None
    numbers, dated = plausible_days(dates)
    if not dated.any():
        return None
    numbers = numbers[dated]
    first, last = int(numbers.min()), int(numbers.max())
    daily = np.bincount(
        numbers - first,
        weights=np.nan_to_num(values[dated]),
        minlength=last - first + 1,
    )
    days = np.arange(first, last + 1).astype("datetime64[D]")
    periods = _by_month(days, daily, last + _days_that_follow(numbers))
    every: Literal["month", "day"] = "month"
    if len(periods) < _FEWEST_MONTHS:
        every = "day"
        periods = pd.DataFrame(
            {
                "period": days.astype("datetime64[ns]"),
                "finished": True,
                "value": daily,
            }
        )
    is_long = len(daily) >= 2 * LENGTH
    return Record(
        str(days[0]),
        str(days[-1]),
        every,
        periods,
        LENGTH,
        float(daily[-LENGTH:].sum()) if is_long else None,
        float(daily[-2 * LENGTH : -LENGTH].sum()) if is_long else None,
    )


def _days_that_follow(numbers: np.ndarray) -> int:
    """For how many days after its own a figure stands, as a weekly or monthly one does."""
    steps = np.diff(np.unique(numbers))
    return int(np.median(steps)) - 1 if len(steps) else 0


def _by_month(days: np.ndarray, daily: np.ndarray, reached: int) -> pd.DataFrame:
    months = days.astype("datetime64[M]").astype(np.int64)
    starts = np.arange(months[0], months[-1] + 1).astype("datetime64[M]")
    ends = (starts + 1).astype("datetime64[D]").astype(np.int64) - 1
    return pd.DataFrame(
        {
            "period": starts.astype("datetime64[ns]"),
            "finished": ends <= reached,
            "value": np.bincount(months - months[0], weights=daily),
        }
    )
