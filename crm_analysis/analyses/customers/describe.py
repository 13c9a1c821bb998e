"""The summary of order lines, or of a ready customers table, as one row per customer."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import ibis
import pandas as pd
from ibis import _

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

__all__ = ["dated", "day_of", "describe_customers", "kind_of"]

_USED = ("customer", "order", "date", "product", "product_code", "quantity", "amount", "country")
_ORDER_LINES = ("order", "product", "product_code", "quantity", "amount", "unit_price")


def describe_customers(
    table: pd.DataFrame | ibis.Table,
    as_of: str | dt.date | None = None,
    *,
    kind: Literal["transactions", "customers"] | None = None,
    engine: Engine | None = None,
) -> pd.DataFrame:
    """One row per customer.

    Parameters
    ----------
    table
        Order lines (`customer`, `date` and what there is of `order`, `product`, `quantity`, `amount`, `country`), or a ready
        table of customers (`customer` and its own columns), in pandas or as an Ibis table, which stays on its own backend.
    as_of
        The day from which to look back; only lines up to and including that day count. Default: the day after the last date.
    kind
        Which of the two `table` is; by default seen from its columns.
    engine
        Where to sum up a pandas frame; by default a private one.

    Returns
    -------
    pandas.DataFrame
        From order lines, sorted by customer: `customer`; `first_order`, `last_order` (dates of purchases, returns not
        counted); `recency` (days from the last purchase to `as_of`; from the last return where there is nothing else);
        `frequency` (distinct orders, or distinct days without order numbers; returns are no orders); `monetary` (net money,
        returns subtracted); `average_order` (money per order); `tenure` (days since the first purchase); `gap_mean`, `gap_std`
        (days between purchase days, sample deviation); `products` (distinct); `returns` (return lines), `return_share` (of all
        lines); `quantity` (net); `country` (the most frequent). Columns whose source is not in the table are absent.
        From a table of customers: `customer` first, then its own columns, a row each as they stand.
        `attrs` holds `kind`, `as_of` (ISO), and the counts `lines`, `used`, `no_customer`, `no_date`, `after`, `repeated`.

    Raises
    ------
    AnalysisError
        No rows, no customer column, no line with a customer and a date, or dates that are not dates.

    Examples
    --------
    >>> lines = pd.DataFrame({
    ...     "customer": ["A", "A", "A", "B"], "order": ["1", "1", "2", "3"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-11", "2024-01-06"]), "amount": [10.0, 5.0, 25.0, 8.0]})
    >>> describe_customers(lines)[["customer", "recency", "frequency", "monetary", "gap_mean"]]
      customer  recency  frequency  monetary  gap_mean
    0        A        1          2      40.0      10.0
    1        B        6          1       8.0       NaN
    """
    if "customer" not in table.columns:
        raise AnalysisError("data.missing_role", role="customer")
    if (kind or kind_of(table)) == "customers":
        return _ready_customers(table)
    if isinstance(table, ibis.Table):
        if "date" not in table.columns:
            raise AnalysisError("data.missing_role", role="date")
        return _summarise(
            table.select([name for name in _USED if name in table.columns]), day_of(as_of)
        )
    require(table, "customer", "date")
    lines = dated(table[[name for name in _USED if name in table.columns]])
    own = engine or Engine()
    try:
        return _summarise(_stored(own, lines), day_of(as_of))
    finally:
        if engine is None:
            own.close()


def kind_of(table: pd.DataFrame | ibis.Table) -> Literal["transactions", "customers"]:
    """Whether a table is order lines or customers: order lines have a date and an order's columns, or customers repeated.

    >>> kind_of(pd.DataFrame({"customer": ["A", "B"], "age": [30, 40]}))
    'customers'
    """
    if "date" not in table.columns or "customer" not in table.columns:
        return "customers"
    if any(name in table.columns for name in _ORDER_LINES):
        return "transactions"
    if isinstance(table, ibis.Table):
        counts = (
            table.aggregate(rows=table.customer.count(), distinct=table.customer.nunique())
            .to_pandas()
            .iloc[0]
        )
        return "transactions" if counts["rows"] > counts["distinct"] else "customers"
    return "transactions" if table["customer"].dropna().duplicated().any() else "customers"


def day_of(value: str | dt.date | None) -> dt.date | None:
    """A day from an ISO text, a date or a moment; None stays None.

    >>> day_of("2024-03-01")
    datetime.date(2024, 3, 1)
    """
    if value is None:
        return None
    day = pd.to_datetime(value, errors="coerce") if isinstance(value, str) else pd.Timestamp(value)
    if pd.isna(day):
        raise AnalysisError("customers.not_a_day", value=str(value))
    return day.date()


def dated(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines with dates as datetime64; AnalysisError where texts are not ISO dates."""
    if pd.api.types.is_datetime64_any_dtype(lines["date"]):
        return lines
    dates = (
        pd.to_datetime(lines["date"], errors="coerce", format="ISO8601")
        if len(lines)
        else pd.Series(dtype="datetime64[us]", index=lines.index)
    )
    if dates.isna().all() or dates.isna().sum() > lines["date"].isna().sum():
        raise AnalysisError("customers.dates_are_text")
    return lines.assign(date=dates)


def _stored(engine: Engine, lines: pd.DataFrame) -> ibis.Table:
    engine.register("customer_lines", lines)
    return engine.backend.table("customer_lines")


def _ready_customers(table: pd.DataFrame | ibis.Table) -> pd.DataFrame:
    frame = table.to_pandas() if isinstance(table, ibis.Table) else table
    if not len(frame):
        raise AnalysisError("customers.no_rows")
    named = frame["customer"].notna() & (frame["customer"].astype(str).str.strip() != "")
    if not named.any():
        raise AnalysisError("customers.no_customers")
    order = [
        "customer",
        *[name for name in frame.columns if name != "customer" and not str(name).startswith("_")],
    ]
    found = frame.loc[named, order].reset_index(drop=True)
    dates = [
        found[name].max()
        for name in found.columns
        if pd.api.types.is_datetime64_any_dtype(found[name])
    ]
    last = max((day for day in dates if pd.notna(day)), default=None)
    found.attrs = {
        "kind": "customers",
        "as_of": None if last is None else last.date().isoformat(),
        "lines": len(frame),
        "used": len(found),
        "no_customer": int((~named).sum()),
        "no_date": 0,
        "after": 0,
        "repeated": int(found["customer"].duplicated().sum()),
    }
    return found


def _summarise(lines: ibis.Table, as_of: dt.date | None) -> pd.DataFrame:
    lines = lines.mutate(
        customer=lines.customer.cast("string"),
        moment=lines.date.cast("timestamp"),
        day=lines.date.cast("date"),
    ).drop("date")
    # Stripping is slow over millions of lines: only what does not begin with a sign of its own has to be looked at so closely.
    # (A case spares the others; of an "or" both sides are worked out.)
    named = lines.customer.notnull() & ibis.cases(
        (lines.customer >= "!", True), else_=lines.customer.strip() != ""
    )
    late = None if as_of is None else lines.day > ibis.literal(as_of)
    counts = (
        lines.aggregate(
            lines=lines.count(),
            named=lines.count(where=named),
            dated=lines.count(where=named & lines.day.notnull()),
            after=ibis.literal(0) if late is None else lines.count(where=named & late),
            last=lines.day.max(where=named),
            earliest=lines.day.min(where=named),
        )
        .to_pandas()
        .iloc[0]
    )
    rows, with_name, with_date, after = (
        int(counts[name]) for name in ("lines", "named", "dated", "after")
    )
    attrs = {
        "lines": rows,
        "no_customer": rows - with_name,
        "no_date": with_name - with_date,
        "after": after,
        "used": with_date - after,
    }
    if attrs["used"] == 0 and attrs["after"]:
        raise AnalysisError(
            "customers.nothing_before",
            day=as_of.isoformat() if as_of else "",
            first=_iso(counts["earliest"]),
        )
    if attrs["used"] == 0:
        raise AnalysisError(
            "customers.no_rows"
            if rows == 0
            else "customers.no_dates"
            if with_name
            else "customers.no_customers"
        )
    day = as_of or pd.Timestamp(counts["last"]).date() + dt.timedelta(days=1)
    kept = lines.filter(named & lines.day.notnull())
    kept = kept if late is None else kept.filter(kept.day <= ibis.literal(as_of))
    found = _people(kept, day).to_pandas()
    for name in ("first_order", "last_order"):
        found[name] = found[name].astype("datetime64[us]")
    found.attrs = {"kind": "transactions", "as_of": day.isoformat(), **attrs, "repeated": 0}
    return found


def _people(lines: ibis.Table, as_of: dt.date) -> ibis.Table:
    """The summary as one Ibis expression: lines, then a row per customer, order and day, then a row per customer."""
    signed = [
        ibis.coalesce(lines[name].cast("float64"), 0.0)
        for name in ("quantity", "amount")
        if name in lines.columns
    ]
    lines = lines.mutate(back=ibis.least(*signed) < 0 if signed else ibis.literal(False))
    sums = {
        name: lines[name].cast("float64").sum()
        for name in ("quantity", "amount")
        if name in lines.columns
    }
    visits = lines.group_by(
        ["customer", "day", *(["order"] if "order" in lines.columns else [])]
    ).aggregate(
        first=lines.moment.min(where=~lines.back),
        last=lines.moment.max(where=~lines.back),
        lines=lines.count(),
        back=lines.count(where=lines.back),
        **sums,
    )
    bought = visits.back < visits.lines
    frequency = (
        visits.order.cast("string").nunique(where=bought)
        if "order" in lines.columns
        else visits.day.nunique(where=bought)
    )
    people = visits.group_by("customer").aggregate(
        first_order=visits["first"].min(),
        last_order=visits["last"].max(),
        any_first=visits.day.min(),
        any_last=visits.day.max(),
        frequency=frequency,
        returns=visits.back.sum(),
        lines=visits.lines.sum(),
        **{name: visits[name].sum() for name in sums},
    )
    for part in (_gaps(visits.filter(bought)), _products(lines), _country(lines)):
        if part is not None:
            people = people.left_join(part, "customer").drop("customer_right")
    today = ibis.literal(as_of)
    columns: dict[str, Any] = {
        "customer": people.customer,
        "first_order": people.first_order,
        "last_order": people.last_order,
        "recency": today.delta(
            ibis.coalesce(people.last_order.cast("date"), people.any_last), unit="day"
        ).cast("int64"),
        "frequency": people.frequency.cast("int64"),
    }
    if "amount" in sums:
        columns["monetary"] = ibis.coalesce(people.amount, 0.0)
        columns["average_order"] = ibis.coalesce(people.amount, 0.0) / people.frequency.nullif(0)
    columns["tenure"] = today.delta(
        ibis.coalesce(people.first_order.cast("date"), people.any_first), unit="day"
    ).cast("int64")
    columns["gap_mean"] = people.gap_mean.cast("float64")
    columns["gap_std"] = people.gap_std.cast("float64")
    if "products" in people.columns:
        columns["products"] = ibis.coalesce(people.products, 0).cast("int64")
    columns["returns"] = people.returns.cast("int64")
    columns["return_share"] = people.returns / people.lines
    if "quantity" in sums:
        columns["quantity"] = ibis.coalesce(people.quantity, 0.0)
    if "country" in people.columns:
        columns["country"] = people.country
    return people.select(**columns).order_by("customer")


def _gaps(visits: ibis.Table) -> ibis.Table:
    days = visits.select("customer", "day").distinct()
    spaced = days.mutate(
        gap=days.day.delta(days.day.lag(), unit="day")
        .over(ibis.window(group_by="customer", order_by="day"))
        .cast("float64")
    )
    return spaced.group_by("customer").aggregate(
        gap_mean=spaced.gap.mean(), gap_std=spaced.gap.std(how="sample")
    )


def _products(lines: ibis.Table) -> ibis.Table | None:
    name = next((name for name in ("product", "product_code") if name in lines.columns), None)
    if name is None:
        return None
    pairs = lines.filter(lines[name].notnull()).select("customer", product=lines[name]).distinct()
    return pairs.group_by("customer").aggregate(products=pairs.count())


def _country(lines: ibis.Table) -> ibis.Table | None:
    """The most frequent country; of equally frequent ones the first in the alphabet, so that the answer is always the same."""
    if "country" not in lines.columns:
        return None
    counts = (
        lines.filter(lines.country.notnull())
        .group_by(["customer", "country"])
        .aggregate(times=_.count())
    )
    best = counts.group_by("customer").aggregate(most=counts.times.max())
    tied = counts.join(best, "customer").filter(_.times == _.most)
    return tied.group_by("customer").aggregate(country=tied.country.min())


def _iso(value: Any) -> str:
    return "" if pd.isna(value) else pd.Timestamp(value).date().isoformat()
