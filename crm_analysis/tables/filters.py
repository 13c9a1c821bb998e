"""One filter for period, country, category, channel.

Customers and products that holds on every page, and the calendar's settings.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob
from crm_analysis.tables.days import range_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

_Table = TypeVar("_Table", pd.DataFrame, "ir.Table")
_MOST_CHOICES = 1_000
_WEEKDAYS = {"monday": 0, "saturday": 5, "sunday": 6}


@dataclass(frozen=True, kw_only=True)
class Filter(Options):
    """What every page looks at. Empty: everything.

    `start` and `end` are days (2024-03-31), both within; `countries`, `categories` and `channels`
    are kept, `customers` and `products` are left out; `members` are the customers kept because
    they are in the segment `segment`. Rows that have no value where a choice is made are not part
    of it; rows without a customer stay unless a segment is chosen. A table that lacks a column is
    not filtered by it.
    """

    start: str | None = knob(None)
    end: str | None = knob(None)
    countries: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    segment: str | None = knob(None)
    members: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("start", "end"):
            value = getattr(self, name)
            if value is not None:
                try:
                    datetime.date.fromisoformat(value[:10])
                except ValueError as problem:
                    raise ValueError(
                        f"Filter.{name} is {value!r}; it must be a day such as 2024-03-31"
                    ) from problem


@dataclass(frozen=True, kw_only=True)
class Calendar(Options):
    """When the business year and the week begin."""

    week_starts: Literal["monday", "sunday", "saturday"] = "monday"
    fiscal_year_starts: int = knob(1, low=1, high=12)


def apply_filter(table: _Table, chosen: Filter) -> _Table:
    """The rows that a filter keeps, as the same kind of table.

    A pandas frame, or an Ibis table on which nothing is computed yet.

    Raises
    ------
    AnalysisError
        `filters.no_days` where the period ends before it starts.

    >>> orders = pd.DataFrame({"customer": ["A", "B", None], "country": ["FR", "DE", "FR"]})
    >>> apply_filter(orders, Filter(countries=("FR",), customers=("A",)))["country"].tolist()
    ['FR']
    """
    if chosen == Filter():
        return table
    if chosen.start and chosen.end and chosen.start[:10] > chosen.end[:10]:
        raise AnalysisError(
            "filters.no_days", start=chosen.start[:10], end=chosen.end[:10]
        )
    return cast(
        _Table,
        _of_frame(table, chosen)
        if isinstance(table, pd.DataFrame)
        else _of_expression(table, chosen),
    )


_KEPT = {
    "country": "countries",
    "category": "categories",
    "channel": "channels",
}
_LEFT_OUT = {"customer": "customers", "product": "products"}


def _of_frame(table: pd.DataFrame, chosen: Filter) -> pd.DataFrame:
    kept = pd.Series(True, index=table.index)
    for role, name in _KEPT.items():
        if getattr(chosen, name) and role in table.columns:
            kept &= table[role].isin(getattr(chosen, name))
    for role, name in _LEFT_OUT.items():
        if getattr(chosen, name) and role in table.columns:
            kept &= ~table[role].isin(getattr(chosen, name))
    if chosen.segment is not None and "customer" in table.columns:
        kept &= table["customer"].isin(chosen.members)
    if "date" in table.columns:
        if chosen.start:
            kept &= table["date"] >= pd.Timestamp(chosen.start[:10])
        if chosen.end:
            kept &= table["date"] < pd.Timestamp(chosen.end[:10]) + pd.Timedelta(
                days=1
            )
    return table[kept.to_numpy(dtype=bool)]


def _of_expression(table: ir.Table, chosen: Filter) -> ir.Table:
    import ibis

    conditions: list[Any] = []
    for role, name in _KEPT.items():
        if getattr(chosen, name) and role in table.columns:
            conditions.append(table[role].isin(getattr(chosen, name)))
    for role, name in _LEFT_OUT.items():
        if getattr(chosen, name) and role in table.columns:
            conditions.append(
                table[role].isnull() | table[role].notin(getattr(chosen, name))
            )
    if chosen.segment is not None and "customer" in table.columns:
        # Thousands of members as a table to look up, not as a condition of thousands of words.
        members = ibis.memtable(
            {"customer": list(chosen.members)}, schema={"customer": "string"}
        )
        table = table.semi_join(members, "customer")
        return _of_expression(
            table,
            Filter.from_dict(chosen.to_dict() | {"segment": None, "members": []}),
        )
    if "date" in table.columns:
        if chosen.start:
            conditions.append(
                table["date"] >= ibis.timestamp(f"{chosen.start[:10]} 00:00:00")
            )
        if chosen.end:
            day_after = datetime.date.fromisoformat(
                chosen.end[:10]
            ) + datetime.timedelta(days=1)
            conditions.append(
                table["date"] < ibis.timestamp(f"{day_after} 00:00:00")
            )
    return table.filter(*conditions) if conditions else table


def filter_choices(table: pd.DataFrame | ir.Table) -> dict[str, Any]:
    """What the filter's widgets offer.

    `start` and `end` (days, None without dates), and the values of each column it can filter by.

    `countries`, `categories`, `channels`, `products` and `customers` are lists, the commonest
    first, of at most 1,000 values.
    """
    choices: dict[str, Any] = {"start": None, "end": None}
    if "date" in table.columns:
        first, last = range_of(table).dates
        if first <= last:
            choices |= {"start": first.isoformat(), "end": last.isoformat()}
    for role, name in {**_KEPT, **_LEFT_OUT}.items():
        choices[name] = _values(table, role) if role in table.columns else []
    return choices


def _values(table: pd.DataFrame | ir.Table, role: str) -> list[str]:
    if isinstance(table, pd.DataFrame):
        counts = (
            table[role]
            .dropna()
            .astype(str)
            .value_counts()
            .rename_axis("v")
            .reset_index(name="n")
        )
        return (
            counts.sort_values(["n", "v"], ascending=[False, True])
            .head(_MOST_CHOICES)["v"]
            .tolist()
        )
    import ibis

    counted = (
        table.filter(table[role].notnull())
        .group_by(v=table[role].cast("string"))
        .aggregate(n=lambda rows: rows.count())
    )
    return (
        counted.order_by(ibis.desc("n"), "v")
        .limit(_MOST_CHOICES)
        .execute()["v"]
        .tolist()
    )


def week_start(dates: pd.Series, calendar: Calendar) -> pd.Series:
    """The first day of the week that each date is in.

    >>> wednesday = pd.Series(pd.to_datetime(["2024-01-03"]))
    >>> week_start(wednesday, Calendar(week_starts="sunday")).dt.strftime("%Y-%m-%d").tolist()
    ['2023-12-31']
    """
    days = dates.dt.normalize()
    return days - pd.to_timedelta(
        (days.dt.weekday - _WEEKDAYS[calendar.week_starts]) % 7, unit="D"
    )


def fiscal_year(dates: pd.Series, calendar: Calendar) -> pd.Series:
    """The business year of each date, named after the calendar year in which it ends.

    One that starts in January is the calendar year.

    >>> days = pd.Series(pd.to_datetime(["2024-03-31", "2024-04-01"]))
    >>> fiscal_year(days, Calendar(fiscal_year_starts=4)).tolist()
    [2024, 2025]
    """
    first = calendar.fiscal_year_starts
    return dates.dt.year + ((dates.dt.month >= first) & (first > 1)).astype("int64")
