"""Dated rows → sums by month or day, and the period before the last to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

__all__ = ["Record", "record_of"]

_LEAST_MONTHS = 3
LENGTH = 90  # days of a period, as the state of the business has it


@dataclass(frozen=True, eq=False)
class Record:
    """`start`, `end`: first and last day.

    `periods`: period (first day), finished (it ends within the record), value: a row each month,
    or each day where the record has fewer than three months. `now`, `before`: the sums of the last
    `days` days and of as many before; None where the record does not reach that far.
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
        return (
            None
            if self.now is None or not self.before or self.before < 0
            else self.now / self.before - 1
        )


def record_of(dates: pd.Series, values: np.ndarray) -> Record | None:
    """The record of what happened when.

    Rows without a date are left out, and None where none has one.

    >>> found = record_of(pd.Series(pd.to_datetime(["2024-01-30", "2024-02-29", "2024-04-30"])), np.array([1.0, 2.0, 4.0]))
    >>> found.every, found.periods["value"].tolist(), found.periods["finished"].all()
    ('month', [1.0, 2.0, 0.0, 4.0], np.True_)
    """
    there = dates.notna().to_numpy()
    if not there.any() or not pd.api.types.is_datetime64_any_dtype(dates):
        return None
    days = dates[there].to_numpy().astype("datetime64[D]")
    number = days.astype(np.int64)
    begin, end = int(number.min()), int(number.max())
    daily = np.bincount(
        number - begin, weights=np.nan_to_num(values[there]), minlength=end - begin + 1
    )
    steps = np.diff(np.unique(number))
    reached = end + (
        int(np.median(steps)) - 1 if len(steps) else 0
    )  # a weekly or monthly figure stands for the days that follow it
    each = np.arange(begin, end + 1).astype("datetime64[D]")
    months = each.astype("datetime64[M]").astype(np.int64)
    first = int(months[0])
    if int(months[-1]) - first + 1 >= _LEAST_MONTHS:
        starts = np.arange(first, int(months[-1]) + 1).astype("datetime64[M]")
        ends = (starts + 1).astype("datetime64[D]").astype(np.int64) - 1
        made = pd.DataFrame(
            {
                "period": starts.astype("datetime64[ns]"),
                "finished": ends <= reached,
                "value": np.bincount(months - first, weights=daily),
            }
        )
    else:
        made = pd.DataFrame(
            {"period": each.astype("datetime64[ns]"), "finished": True, "value": daily}
        )
    reaches = len(daily) >= 2 * LENGTH
    return Record(
        str(each[0]),
        str(each[-1]),
        "month" if len(made) < len(daily) else "day",
        made,
        LENGTH,
        float(daily[-LENGTH:].sum()) if reaches else None,
        float(daily[-2 * LENGTH : -LENGTH].sum()) if reaches else None,
    )
