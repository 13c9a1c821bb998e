"""The dates of a table as every analysis reads them: the local day as written, where plausible.

A placeholder (9999-12-31) or a slip (2042) is no date that "today", the span of a record or a
calendar may come from: it counts as missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.measures import measures, of_each

if TYPE_CHECKING:
    import ibis.expr.types as ir

_Table = TypeVar("_Table", pd.DataFrame, "ir.Table")
# What programs write for "none".
PLACEHOLDERS = (
    *("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01"),
    *("1969-12-31", "1970-01-01", "2038-01-19", "2099-12-31", "2100-01-01"),
    *("2500-01-01", "2999-12-31", "3000-01-01", "9999-12-30", "9999-12-31"),
)
_PLACEHOLDERS = np.array(PLACEHOLDERS, dtype="datetime64[D]").astype(np.int64)
_FIRST, _LAST = np.array(["1700-01-01", "2200-01-01"], "datetime64[D]").astype(int)
_YEAR, _MONTH = 366, 31
_FAR = 5 * _YEAR
_FEW_SHARE = 0.02  # of the rows: so many may have slipped
_FEW_ROWS = 3
_MOST_AHEAD = 0.25  # … and so many be years ahead of today
_OFFSET = r"(:\d\d(?:[.]\d+)?)\s?(?:Z|UTC|[-+]\d\d(?::?\d\d)?)$"


@dataclass(frozen=True)
class DayRange:
    """The first and the last plausible day, since 1970-01-01; none where the last is earlier."""

    first: int
    last: int

    def holds(self, days: np.ndarray) -> np.ndarray:
        """Which days are plausible."""
        return (days >= self.first) & (days <= self.last)

    @property
    def dates(self) -> tuple[dt.date, dt.date]:
        """The two as dates."""
        first, last = np.array([self.first, self.last]).astype("datetime64[D]")
        return first.astype(dt.date), last.astype(dt.date)


def plausible_range(
    days: np.ndarray, rows: np.ndarray | None = None, today: dt.date | None = None
) -> DayRange:
    """The days that a table is of, without what stands apart from nearly all of them.

    What programs write for "none" does, if nothing else is within a year of it; and so do a few
    dates that are years from all others, or after today and a month from all others.

    Parameters
    ----------
    days
        Days since 1970-01-01.
    rows
        How many rows have each of them; one each where not given.
    today
        Whose morrow is the future; the clock's by default.

    Examples
    --------
    >>> days = np.array(["2024-01-01", "2024-01-02", "2024-01-05", "9999-12-31"], "datetime64[D]")
    >>> plausible_range(days.astype(int)).dates[1]
    datetime.date(2024, 1, 5)
    """
    days = np.asarray(days, dtype=np.int64)
    if len(days) and (days.min() < _FIRST or days.max() > _LAST):
        inside = (days >= _FIRST) & (days <= _LAST)
        days, rows = days[inside], None if rows is None else rows[inside]
    counted = np.bincount(days - _FIRST, rows)
    days = np.flatnonzero(counted)
    rows, days = counted[days], days + _FIRST
    alone = _alone(days)
    if not alone.all():
        days, rows = days[~alone], rows[~alone]
    if not len(days):
        return DayRange(0, -1)
    now = int(np.datetime64(today or dt.date.today()).astype(int))
    first, last = _without_strays(days, rows, now + 1)
    return DayRange(int(days[first]), int(days[last]))


def _alone(days: np.ndarray) -> np.ndarray:
    """Which days are placeholders that nothing else is near."""
    is_placeholder = np.isin(days, _PLACEHOLDERS)
    others = days[~is_placeholder]
    if not len(others):
        return np.zeros(len(days), dtype=bool)
    near = max(_YEAR, 2 * _usual_step(others))
    after = np.searchsorted(others, days)
    before = days - others[np.maximum(after - 1, 0)]
    ahead = others[np.minimum(after, len(others) - 1)] - days
    return is_placeholder & (np.minimum(abs(before), abs(ahead)) > near)


def _usual_step(days: np.ndarray) -> int:
    return int(np.median(np.diff(days))) if len(days) > 1 else 0


def _without_strays(
    days: np.ndarray, rows: np.ndarray, tomorrow: int
) -> tuple[int, int]:
    """The positions of the first and the last day that belong to the rest."""
    until = np.cumsum(rows)
    total = until[-1]
    # Quarters that a stray of a few rows is not one of.
    low, middle, high = np.searchsorted(
        until,
        [-(-(total - 1) // 4) + 1, (total + 1) // 2, 3 * (total - 1) // 4 + 1],
    )
    step = _usual_step(days)
    far = max(_FAR, 3 * (days[high] - days[low]), 3 * step)
    few = max(_FEW_SHARE * total, min(_FEW_ROWS, (total - 1) // 2))
    gaps, beyond, short = np.diff(days), total - until[:-1], until[:-1]
    nth = np.arange(len(gaps))
    in_future = days[1:] > tomorrow
    is_stray = (gaps > far) & (beyond <= few)
    is_stray |= in_future & (gaps > max(_MONTH, 3 * step)) & (beyond <= few)
    years_ahead = (days[1:] > tomorrow + _YEAR) & (gaps > _YEAR)
    is_stray |= years_ahead & (beyond <= _MOST_AHEAD * total)
    after = np.flatnonzero(is_stray & (nth >= middle))
    before = np.flatnonzero((gaps > far) & (short <= few) & (nth < middle))
    return (
        int(before[-1]) + 1 if len(before) else 0,
        int(after[0]) if len(after) else len(days) - 1,
    )


def local_dates(dates: pd.Series) -> pd.Series:
    """Dates at the local time that they are written with, whatever their offset from UTC.

    What is no date is missing.

    >>> local_dates(pd.Series(["2024-01-05T23:30:00-05:00", "2024-01-06"])).dt.day.tolist()
    [5, 6]
    """
    if isinstance(dates.dtype, pd.DatetimeTZDtype):
        return dates.dt.tz_localize(None)
    if pd.api.types.is_datetime64_any_dtype(dates):
        return dates
    texts = dates.astype(object)
    is_text = texts.map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)
    texts = texts.mask(
        is_text, texts[is_text].str.replace(_OFFSET, r"\1", regex=True)
    )
    texts = texts.map(_without_zone)
    local = pd.to_datetime(texts, errors="coerce", format="ISO8601")
    unread = texts[local.isna() & texts.notna()]
    if unread.empty:
        return local
    # pandas takes texts for dates of the years 1677 to 2262 alone.
    beyond = {value: _moment(value) for value in unread.unique()}
    return local.astype("datetime64[us]").fillna(texts.map(beyond))


def _moment(value: object) -> np.datetime64:
    try:
        return np.datetime64(str(value).strip()[:19].replace(" ", "T"), "us")
    except ValueError:
        return np.datetime64("NaT", "us")


def _without_zone(value: object) -> object:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.replace(tzinfo=None)
    return value


def plausible_days(dates: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Dates as days since 1970-01-01 (0 where there is none), and which of them are plausible."""
    days, known = _numbers(local_dates(dates))
    if known.any():
        known = known & _range_of(days[known]).holds(days)
    return np.where(known, days, 0), known


def plausible_dates(dates: pd.Series) -> pd.Series:
    """`local_dates` without those that are not plausible.

    >>> days = pd.Series(pd.to_datetime(["2024-01-05"] * 9 + ["2124-01-05"]))
    >>> int(plausible_dates(days).isna().sum())
    1
    """
    dates = local_dates(dates)
    days, known = _numbers(dates)
    if not known.any():
        return dates
    plausible = _range_of(days[known]).holds(days)
    return dates if plausible[known].all() else dates.where(plausible & known)


def with_plausible_dates(table: _Table) -> _Table:
    """The table with those of its dates that are plausible, of the same kind.

    A frame is itself where all are and have no time zone.
    """
    if isinstance(table, pd.DataFrame):
        own = table[
            "date"
        ]  # under copy-on-write each look at a column is an object of its own
        dates = plausible_dates(own)
        return table if dates is own else table.assign(date=dates)
    import ibis

    first, last = map(ibis.literal, range_of(table).dates)
    is_plausible = table.date.cast("date").between(first, last)
    return table.mutate(date=ibis.cases((is_plausible, table.date)))


def range_of(table: pd.DataFrame | ir.Table) -> DayRange:
    """The plausible days of a table; of one without dates there is none."""
    if isinstance(table, pd.DataFrame):
        days, known = _numbers(local_dates(table["date"]))
        return _range_of(days[known]) if known.any() else DayRange(0, -1)
    counted = table.group_by(day=table.date.cast("date")).aggregate(
        rows=table.count()
    )
    counted = counted.to_pandas().dropna()
    days = counted["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
    return plausible_range(days, counted["rows"].to_numpy())


def day_range(
    engine: Engine, store: str, column: str, today: dt.date | None = None
) -> DayRange:
    """The plausible days of a column of the engine's table."""
    return day_ranges(engine, store, [column], today)[column]


def day_ranges(
    engine: Engine, store: str, columns: Sequence[str], today: dt.date | None = None
) -> dict[str, DayRange]:
    """The plausible days of some columns of the engine's table."""
    ends = measures(
        engine,
        [
            f"CAST({end}({quoted(column)}) AS DATE) - DATE '1970-01-01'"
            for column in columns
            for end in ("min", "max")
        ],
        quoted(store),
    )
    ranges: dict[str, DayRange] = {}
    for column, first, last in zip(columns, ends[::2], ends[1::2], strict=True):
        if first is not None and _are_plausible(first, last, today):
            ranges[column] = DayRange(first, last)
    others = [column for column in columns if column not in ranges]
    for column, (days, rows) in of_each(engine, store, others, _days_of):
        ranges[column] = plausible_range(np.array(days), np.array(rows), today)
    return ranges


def _days_of(column: str, source: str) -> str:
    """SQL: the days since 1970-01-01 in a column, and how many rows have each, as lists."""
    return (
        "SELECT coalesce(list(day), []) AS days, coalesce(list(rows), []) AS rows"
        f" FROM (SELECT CAST({quoted(column)} AS DATE) - DATE '1970-01-01' AS day,"
        f" count(*) AS rows FROM {source} WHERE {quoted(column)} IS NOT NULL"
        " GROUP BY day)"
    )


def _numbers(dates: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    known = dates.notna().to_numpy()
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64), known


def _range_of(days: np.ndarray) -> DayRange:
    """`plausible_range` of many days, of which most tables need no closer look."""
    first, last = int(days.min()), int(days.max())
    if _are_plausible(first, last, None):
        return DayRange(first, last)
    return plausible_range(days)


def _are_plausible(first: int, last: int, today: dt.date | None) -> bool:
    """Whether all days from a first to a last are plausible, however many rows have each.

    None of them is ahead, none is so far from the others as strays are, and no placeholder is among
    them, or none can be a year from the others.
    """
    tomorrow = int(np.datetime64(today or dt.date.today()).astype(int)) + 1
    if first < _FIRST or last > tomorrow or last - first > _FAR:
        return False
    is_inside = (first <= _PLACEHOLDERS) & (last >= _PLACEHOLDERS)
    return last - first <= _YEAR or not is_inside.any()
