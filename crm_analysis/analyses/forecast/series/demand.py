"""Demand from orders: how much was wanted in each period, in all or by product and the like."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import (
    EVERY,
    MEASURES,
    Every,
    Measure,
)
from crm_analysis.analyses.forecast.series.periods import Grid, recognise, to_dates
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require
from crm_analysis.tables.sales import only_sales

ALL = "all"  # the series of everything together


@dataclass(frozen=True, eq=False)
class Demand:
    """Demand by period, and what it was counted from.

    Attributes
    ----------
    table
        - series : text
        - date : first day of the period, datetime64
        - value : pieces, money or a count; NaN where nothing at all is recorded
        - partial : whether the record covers only part of the period
        - largest : the most that one order, or one customer, brought; only of pieces and money
    every
        The period: "day", "week", "month", "quarter" or "year"; of a ready table that goes by them
        "fortnight", "four_week" or "half".
    by
        The column whose values are the series; None: one series, "all".
    measure
        "quantity", "revenue", "orders" or "customers"; "" for the values of a ready table.
    partial
        ISO dates of the first and last period where the record covers only part of them.
    gaps
        ISO dates of periods without any record.
    closed
        Weekdays (0 is Monday) on which the business never sells; only of days.
    returned
        What returns took off, in units of the measure.
    lines
        Lines that were counted.
    no_date
        Lines that were not, having no date or one that cannot be.
    """

    table: pd.DataFrame
    every: str
    by: str | None = None
    measure: str = ""
    partial: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    closed: tuple[int, ...] = ()
    returned: float = 0.0
    lines: int = 0
    no_date: int = 0


def demand(
    table: pd.DataFrame,
    every: Every = "month",
    by: str | None = None,
    measure: Measure = "quantity",
    *,
    keep_partial: bool = False,
) -> pd.DataFrame:
    """Demand by period as one tidy frame: the `table` of `measure_demand`.

    Parameters
    ----------
    table, every, by, measure, keep_partial
        As `measure_demand` takes them.

    Returns
    -------
    pandas.DataFrame
        - series : text
        - date : first day of the period
        - value : pieces, money or a count; NaN where nothing at all is recorded
        - partial : whether the record covers only part of the period
        - largest : the most that one order, or one customer, brought; only of pieces and money

    Raises
    ------
    AnalysisError
        As `measure_demand`.

    Examples
    --------
    >>> orders = pd.DataFrame({
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-31", "2024-03-01", "2024-03-31"]),
    ...     "quantity": [1, 2, 3, 4],
    ... })
    >>> demand(orders)[["series", "date", "value"]]
      series       date  value
    0    all 2024-01-01    3.0
    1    all 2024-02-01    NaN
    2    all 2024-03-01    7.0
    """
    return measure_demand(
        table, every, by, measure, keep_partial=keep_partial
    ).table


def measure_demand(
    table: pd.DataFrame,
    every: Every = "month",
    by: str | None = None,
    measure: Measure = "quantity",
    *,
    keep_partial: bool = False,
) -> Demand:
    """Demand by period, with what was left out, what is missing and what returns took off.

    A series begins with its first sale. From then on a period without one is 0 while the business
    as a whole sold something, and NaN where nothing at all is recorded: a gap in the file is not a
    zero. By day, weekdays on which the business never sells are no periods.

    Parameters
    ----------
    table
        Order lines: `date` and what the measure takes: `quantity`; `amount` for revenue; `order`
        (else `customer`) for orders; `customer`; and the column `by`. Or a table of kind series
        (`date`, `value`, maybe `series`), taken as it is, summed to `every` where it is finer: to
        fiscal years where its quarters are not those of the calendar. Periods of whole weeks stay.
    every
        "day", "week" (dated by its Monday), "month" (its first), "quarter" or "year".
    by
        A column whose values are the series ("product", "category", "country" …); None: one
        series, "all". Lines without a value there are the series "".
    measure
        "quantity" and "revenue" are net of returns; "orders" and "customers" count those with at
        least one line that is no return.
    keep_partial
        Whether a first or last period that the record only partly covers stays, marked; otherwise
        it is left out.

    Returns
    -------
    Demand
        The `.table` that `demand` gives, `.gaps`, `.partial` periods, what was `.returned`.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "forecast.no_rows": no line has a date; "forecast.only_partial": the
        record covers no whole period; "forecast.not_dates": the dates are text;
        "forecast.infinite": a figure is infinite.

    Examples
    --------
    >>> days = ["2024-01-01", "2024-01-31", "2024-03-01", "2024-03-31"]
    >>> orders = pd.DataFrame({"date": pd.to_datetime(days), "quantity": [1, 2, 3, 4]})
    >>> measure_demand(orders).gaps
    ('2024-02-01',)
    """
    if measure not in MEASURES:
        raise ValueError(f"measure is {measure!r}; it must be one of {MEASURES}")
    if every not in EVERY:
        raise ValueError(f"every is {every!r}; it must be one of {EVERY}")
    table = only_sales(table)
    lines, stamps = _dated(table)
    own = recognise(stamps) if _is_ready(lines) else None
    if own is not None and _as_long(own, every):
        own_rows = _unchanged(lines, stamps, own, by)
        return replace(own_rows, no_date=len(table) - len(lines))

    figures, returned = _figures(lines, measure)
    codes, names = _series(lines, by)
    days = stamps.astype("datetime64[D]")
    grid = own.in_years if own and every == "year" else _grid(days, every)
    numbers = grid.number(days)
    periods = np.arange(numbers.min(), numbers.max() + 1)
    shape = (len(names), len(periods))
    cells = codes.astype(np.int64) * len(periods) + (numbers - periods[0])
    values = _tally(cells, shape[0] * shape[1], figures, measure).reshape(shape)
    gap = ~np.isin(periods, numbers)
    values[:, gap] = np.nan

    partial = np.isin(periods, _partial_periods(stamps, grid, periods))
    sold = np.zeros(shape, dtype=bool)
    sold.flat[cells] = True
    shown = np.arange(len(periods)) >= sold.argmax(axis=1)[:, None]
    if not keep_partial:
        shown &= ~partial
    rows, columns = np.nonzero(shown)
    if not len(rows):
        raise AnalysisError("forecast.only_partial", every=every)
    dates = grid.dates(periods)
    tidy = pd.DataFrame(
        {
            "series": np.asarray(names, dtype=object)[rows],
            "date": dates[columns],
            "value": values[rows, columns],
            "partial": partial[columns],
        }
    )
    if measure in ("quantity", "revenue") and not _is_ready(lines):
        largest = _largest_parts(lines, cells, values.size, figures)
        tidy["largest"] = largest.reshape(shape)[rows, columns]
    return Demand(
        table=tidy,
        every=every,
        by=by,
        measure=measure,
        partial=_iso(dates[partial]),
        gaps=_iso(dates[gap]),
        closed=grid.closed,
        returned=returned,
        lines=len(lines),
        no_date=len(table) - len(lines),
    )


def _dated(table: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """The lines with a date, and their dates to the second."""
    require(table, "date")
    if pd.api.types.infer_dtype(table["date"], skipna=True) == "string":
        raise AnalysisError("forecast.not_dates")
    dates = to_dates(table["date"])
    dated = dates.notna().to_numpy()
    if not dated.any():
        raise AnalysisError("forecast.no_rows")
    return table.loc[dated], dates[dated].to_numpy().astype("datetime64[s]")


def _as_long(grid: Grid, every: str) -> bool:
    """Whether periods are as long as those asked for, or cannot be cut to them."""
    if grid.starts and every != grid.every:
        return True  # weeks make up no months, quarters or years of the calendar
    if grid.every == "half":
        return every != "year"
    return grid.every in EVERY and EVERY.index(grid.every) >= EVERY.index(every)


def _is_ready(lines: pd.DataFrame) -> bool:
    """Whether the table brings the figures themselves, rather than order lines."""
    return "value" in lines.columns and not {"quantity", "amount"} & set(
        lines.columns
    )


def _unchanged(
    lines: pd.DataFrame, stamps: np.ndarray, grid: Grid, by: str | None
) -> Demand:
    """A ready table whose periods are as long as asked for, or longer: its own rows."""
    codes, names = _series(lines, by)
    tidy = pd.DataFrame(
        {
            "series": np.asarray(names, dtype=object)[codes],
            "date": stamps.astype("datetime64[ns]"),
            "value": lines["value"].to_numpy(dtype=float, na_value=np.nan),
            "partial": False,
        }
    )
    return Demand(tidy, grid.every, by, closed=grid.closed, lines=len(lines))


def _figures(lines: pd.DataFrame, measure: str) -> tuple[np.ndarray, float]:
    """What is summed, or the codes of who is counted (−1: nobody), and what returns took off."""
    if _is_ready(lines):
        return _finite(lines, "value"), 0.0
    is_return = np.zeros(len(lines), dtype=bool)
    for name in ("quantity", "amount"):
        if name in lines.columns:
            is_return |= _finite(lines, name) < 0
    if measure in ("quantity", "revenue"):
        role = "quantity" if measure == "quantity" else "amount"
        require(lines, role)
        figures = _finite(lines, role)
        return figures, float(-figures[is_return].sum()) + 0.0

    role = "customer"
    if measure == "orders" and (
        "order" in lines.columns or "customer" not in lines.columns
    ):
        role = "order"
    require(lines, role)
    codes = pd.factorize(lines[role].to_numpy())[0].astype(np.int64)
    if measure == "orders" and role == "customer":
        # Without order numbers a customer's day is an order.
        day = lines["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
        codes = np.where(codes < 0, -1, pd.factorize(codes * 100_000 + day)[0])
    return np.where(is_return, -1, codes), float(is_return.sum())


def _finite(lines: pd.DataFrame, column: str) -> np.ndarray:
    """The figures of a column, 0 where there is none."""
    figures = lines[column].to_numpy(dtype=float, na_value=np.nan)
    infinite = int(np.isinf(figures).sum())
    if infinite:
        raise AnalysisError("forecast.infinite", column=column, count=infinite)
    return np.nan_to_num(figures)


def _series(lines: pd.DataFrame, by: str | None) -> tuple[np.ndarray, list[str]]:
    """The code of each line's series, and their names."""
    if by is None and {"series", "value"} <= set(lines.columns):
        by = "series"
    if by is None:
        return np.zeros(len(lines), dtype=np.int64), [ALL]
    require(lines, by)
    codes, uniques = pd.factorize(lines[by].to_numpy(), sort=False)
    names = [str(name) for name in uniques]
    nameless = codes < 0
    if nameless.any():
        return np.where(nameless, len(names), codes), [*names, ""]
    return codes, names


def _tally(
    cells: np.ndarray, size: int, figures: np.ndarray, measure: str
) -> np.ndarray:
    """The sum of figures in each cell, or how many different codes it has."""
    if measure in ("quantity", "revenue") or figures.dtype.kind == "f":
        return np.bincount(cells, weights=figures, minlength=size).astype(float)
    counted = figures >= 0
    codes = int(figures.max(initial=0)) + 1
    pairs = np.unique(cells[counted] * codes + figures[counted])
    return np.bincount(pairs // codes, minlength=size).astype(float)


def _largest_parts(
    lines: pd.DataFrame, cells: np.ndarray, size: int, figures: np.ndarray
) -> np.ndarray:
    """The most that one order, or one customer, brought to each cell."""
    largest = np.zeros(size)
    for name in ("order", "customer"):
        if name not in lines.columns:
            continue
        codes = pd.factorize(lines[name].to_numpy())[0].astype(np.int64)
        known = codes >= 0
        width = codes.max(initial=0) + 1
        # By hash rather than in order: there are as many pairs as order lines.
        position, pairs = pd.factorize(cells[known] * width + codes[known])
        sums = np.bincount(position, weights=figures[known], minlength=len(pairs))
        np.maximum.at(largest, pairs // width, sums)
    return largest


def _grid(days: np.ndarray, every: str) -> Grid:
    if every != "day":
        return Grid(every, anchor=0 if every == "week" else 1)
    span = int((days.max() - days.min()).astype(int)) + 1
    if span < 28:
        return Grid("day")
    return Grid("day", tuple(np.unique((days.astype(np.int64) + 3) % 7).tolist()))


def _partial_periods(
    stamps: np.ndarray, grid: Grid, periods: np.ndarray
) -> list[int]:
    """The first and last period, where the record begins too late in it or ends too early.

    Too late or too early is what the days without sales inside the record do not explain.
    """
    days = np.unique(stamps.astype("datetime64[D]"))
    first, last = int(periods[0]), int(periods[-1])
    if grid.every == "day":
        return [last] if _is_partial_day(stamps, days) else []
    rests = np.diff(days.astype(np.int64)) - 1
    allowed = max(2, int(np.quantile(rests, 0.98))) if len(rests) >= 5 else 2
    start, end = (
        grid.dates(np.array([first, last + 1]))
        .astype("datetime64[D]")
        .astype(np.int64)
    )
    partial = []
    if days[0].astype(np.int64) - start > allowed:
        partial.append(first)
    if end - 1 - days[-1].astype(np.int64) > allowed:
        partial.append(last)
    return partial


def _is_partial_day(stamps: np.ndarray, days: np.ndarray) -> bool:
    """Whether the last day's last order comes hours before any other day's last one."""
    seconds = (stamps - stamps.astype("datetime64[D]")).astype(np.int64)
    if len(days) < 15 or not seconds.any():
        return False
    last_orders = np.zeros(len(days), dtype=np.int64)
    np.maximum.at(
        last_orders,
        np.searchsorted(days, stamps.astype("datetime64[D]")),
        seconds,
    )
    return bool(last_orders[-1] + 3600 < np.quantile(last_orders[:-1], 0.02))


def _iso(dates: np.ndarray) -> tuple[str, ...]:
    return tuple(str(date)[:10] for date in dates)
