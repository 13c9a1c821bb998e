"""Orders become demand: how much was wanted in each day, week or month, in all or by product, category, segment or country."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import EVERY, Every, Measure
from crm_analysis.analyses.forecast.series.periods import Grid, recognise
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

__all__ = ["demand"]

ALL = "all"


def demand(
    table: pd.DataFrame,
    every: Every = "month",
    by: str | None = None,
    measure: Measure = "quantity",
    *,
    keep_partial: bool = False,
) -> pd.DataFrame:
    """Demand by period, as tidy series.

    Parameters
    ----------
    table
        Order lines: `date` and what the measure takes: `quantity`; `amount` for revenue; `order` (else `customer`) for orders; `customer`; and the
        column `by`. Or a table of kind series (`date`, `value`, maybe `series`), which is taken as it is, summed to `every` where it is finer.
    every
        "day", "week" (dated by its Monday) or "month" (its first), also "quarter" and "year".
    by
        A column whose values are the series ("product", "category", "segment", "country" …); None: one series, "all". Lines without a value there
        are the series "".
    measure
        "quantity" and "revenue" are net of returns; "orders" and "customers" count those with at least one line that is no return.
    keep_partial
        Whether a first or last period that the record only partly covers stays, marked; otherwise it is left out.

    Returns
    -------
    pandas.DataFrame
        `series` (text), `date` (the period's first day, datetime64), `value` (pieces, money or a count), `partial` (whether the record covers only
        part of the period). A series begins with its first sale: from then on a period without one is 0 while the business as a whole sold something,
        and NaN where nothing at all is recorded (a gap in the file is not a zero). With `every="day"`, weekdays on which the business
        never sells are no periods. `attrs["demand"]`: every, by, measure, partial (ISO dates of partial periods), gaps (ISO dates), closed
        (weekdays, 0 is Monday), returned (what returns took off), lines, no_date.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "forecast.no_rows": no line has a date; "forecast.only_partial": the record covers no whole period;
        "forecast.not_dates": the dates are text.

    Examples
    --------
    >>> orders = pd.DataFrame({"date": pd.to_datetime(["2024-01-01", "2024-01-31", "2024-03-01", "2024-03-31"]), "quantity": [1, 2, 3, 4]})
    >>> demand(orders)[["series", "date", "value"]]
      series       date  value
    0    all 2024-01-01    3.0
    1    all 2024-02-01    NaN
    2    all 2024-03-01    7.0
    """
    if measure not in ("quantity", "revenue", "orders", "customers"):
        raise ValueError(
            f"measure is {measure!r}; it must be 'quantity', 'revenue', 'orders' or 'customers'"
        )
    if every not in ("day", "week", "month", "quarter", "year"):
        raise ValueError(
            f"every is {every!r}; it must be 'day', 'week', 'month', 'quarter' or 'year'"
        )
    require(table, "date")
    if not pd.api.types.is_datetime64_any_dtype(table["date"]):
        raise AnalysisError("forecast.not_dates")
    dates = table["date"].dt.tz_localize(None) if table["date"].dt.tz is not None else table["date"]
    there = dates.notna().to_numpy()
    if not there.any():
        raise AnalysisError("forecast.no_rows")
    lines = table.loc[there]
    stamps = dates[there].to_numpy().astype("datetime64[s]")
    if "value" in lines.columns and not {"quantity", "amount"} & set(lines.columns):
        own = recognise(stamps)
        if EVERY.index(own.every) >= EVERY.index(every):
            return _as_it_is(lines, stamps, own, by)
    figures, returned = _figures(lines, measure)
    codes, names = _series(lines, by)
    days = stamps.astype("datetime64[D]")
    grid = _grid(days, every)
    numbers = grid.number(days)
    traded = np.unique(numbers)
    first, last = int(numbers.min()), int(numbers.max())
    partial = _partial(stamps, grid, first, last)
    width = last - first + 1
    cells = codes.astype(np.int64) * width + (numbers - first)
    sums = _tally(cells, len(names) * width, figures, measure).reshape(len(names), width)
    sold = np.zeros(len(names) * width, dtype=bool)
    sold[cells] = True
    begins = sold.reshape(len(names), width).argmax(axis=1)
    gap = ~np.isin(np.arange(first, last + 1), traded)
    sums[:, gap] = np.nan
    keep = np.arange(width)[None, :] >= begins[:, None]
    if not keep_partial:
        keep &= ~np.isin(np.arange(first, last + 1), list(partial))[None, :]
    rows, columns = np.nonzero(keep)
    if not len(rows):
        raise AnalysisError("forecast.only_partial", every=every)
    told = grid.dates(np.arange(first, last + 1))
    got = pd.DataFrame(
        {
            "series": np.asarray(names, dtype=object)[rows],
            "date": told[columns],
            "value": sums[rows, columns],
            "partial": np.isin(columns + first, list(partial)),
        }
    )
    got.attrs["demand"] = {
        "every": every,
        "by": by,
        "measure": measure,
        "partial": [str(grid.dates(np.array([number]))[0])[:10] for number in sorted(partial)],
        "gaps": [str(date)[:10] for date in told[gap]],
        "closed": [day for day in range(7) if day not in grid.weekdays],
        "returned": returned,
        "lines": len(lines),
        "no_date": int((~there).sum()),
    }
    return got


def _as_it_is(lines: pd.DataFrame, stamps: np.ndarray, grid: Grid, by: str | None) -> pd.DataFrame:
    """A ready table whose periods are as long as asked for, or longer: its own rows."""
    codes, names = _series(lines, by)
    got = pd.DataFrame(
        {
            "series": np.asarray(names, dtype=object)[codes],
            "date": stamps.astype("datetime64[ns]"),
            "value": lines["value"].to_numpy(dtype=float, na_value=np.nan),
            "partial": False,
        }
    )
    closed = [day for day in range(7) if day not in grid.weekdays]
    got.attrs["demand"] = {
        "every": grid.every,
        "by": by,
        "measure": "",
        "partial": [],
        "gaps": [],
        "closed": closed,
        "returned": 0.0,
        "lines": len(lines),
        "no_date": 0,
    }
    return got


def _figures(lines: pd.DataFrame, measure: str) -> tuple[np.ndarray, float]:
    """What is summed (quantity, money) or who is counted (codes, −1 for a return), and what returns took off."""
    back = np.zeros(len(lines), dtype=bool)
    for name in ("quantity", "amount"):
        if name in lines.columns:
            back |= np.nan_to_num(lines[name].to_numpy(dtype=float, na_value=np.nan)) < 0
    if (
        "value" in lines.columns
        and "quantity" not in lines.columns
        and "amount" not in lines.columns
    ):
        return np.nan_to_num(lines["value"].to_numpy(dtype=float, na_value=np.nan)), 0.0
    if measure in ("quantity", "revenue"):
        role = "quantity" if measure == "quantity" else "amount"
        require(lines, role)
        figures = np.nan_to_num(lines[role].to_numpy(dtype=float, na_value=np.nan))
        return figures, float(-figures[back].sum()) + 0.0
    role = "order" if measure == "orders" and "order" in lines.columns else "customer"
    require(lines, "order" if measure == "orders" and role not in lines.columns else role)
    who = pd.factorize(lines[role].to_numpy())[0].astype(np.int64)
    if (
        measure == "orders" and role == "customer"
    ):  # without order numbers a customer's day is an order
        day = lines["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
        who = np.where(who < 0, -1, pd.factorize(who * 100_000 + day)[0])
    return np.where(back, -1, who), float(back.sum())


def _series(lines: pd.DataFrame, by: str | None) -> tuple[np.ndarray, list[str]]:
    if by is None and "series" in lines.columns and "value" in lines.columns:
        by = "series"
    if by is None:
        return np.zeros(len(lines), dtype=np.int64), [ALL]
    require(lines, by)
    codes, names = pd.factorize(lines[by].to_numpy(), sort=False)
    if (codes < 0).any():
        return np.where(codes < 0, len(names), codes), [*map(str, names), ""]
    return codes, [str(name) for name in names]


def _tally(cells: np.ndarray, size: int, figures: np.ndarray, measure: str) -> np.ndarray:
    if measure in ("quantity", "revenue") or figures.dtype.kind == "f":
        return np.bincount(cells, weights=figures, minlength=size).astype(float)
    counted = figures >= 0
    pairs = np.unique(cells[counted] * (int(figures.max(initial=0)) + 1) + figures[counted])
    return np.bincount(pairs // (int(figures.max(initial=0)) + 1), minlength=size).astype(float)


def _grid(days: np.ndarray, every: str) -> Grid:
    if every != "day":
        return Grid(every, anchor=0 if every == "week" else 1)
    weekday = (days.astype(np.int64) + 3) % 7
    lines = np.bincount(weekday, minlength=7)
    span = int((days.max() - days.min()).astype(int)) + 1
    if span < 28:
        return Grid("day")
    is_open = lines > 0
    return Grid("day", tuple(int(day) for day in np.flatnonzero(is_open)))


def _partial(stamps: np.ndarray, grid: Grid, first: int, last: int) -> set[int]:
    """The first and the last period, where the record begins too late in it or ends too early to be what the business's rests explain."""
    days = np.unique(stamps.astype("datetime64[D]"))
    if grid.every == "day":
        return _partial_day(stamps, days, last)
    rests = np.diff(days.astype(np.int64)) - 1
    allowed = max(2, int(np.quantile(rests, 0.98))) if len(rests) >= 5 else 2
    edges = grid.dates(np.array([first, last + 1])).astype("datetime64[D]")
    found = set()
    if (days[0] - edges[0]).astype(int) > allowed:
        found.add(first)
    if (edges[1] - np.timedelta64(1, "D") - days[-1]).astype(int) > allowed:
        found.add(last)
    return found


def _partial_day(stamps: np.ndarray, days: np.ndarray, last: int) -> set[int]:
    """The last day, where its last order comes hours before any other day's last one."""
    seconds = (stamps - stamps.astype("datetime64[D]")).astype(np.int64)
    if len(days) < 15 or not seconds.any():
        return set()
    place = np.searchsorted(days, stamps.astype("datetime64[D]"))
    ends = np.zeros(len(days), dtype=np.int64)
    np.maximum.at(ends, place, seconds)
    return {last} if ends[-1] + 3600 < np.quantile(ends[:-1], 0.02) else set()
