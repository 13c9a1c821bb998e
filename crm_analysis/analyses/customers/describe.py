"""The summary of order lines, or of a ready customers table, as one row per customer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import pandas as pd
from ibis import _

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.days import (
    local_dates,
    plausible_dates,
    with_plausible_dates,
)
from crm_analysis.tables.kinds import require
from crm_analysis.tables.sales import only_sales

Kind = Literal["transactions", "customers"]

_USED = (
    "customer",
    "order",
    "date",
    "product",
    "product_code",
    "quantity",
    "amount",
    "country",
)
_ORDER_LINES = (
    "order",
    "product",
    "product_code",
    "quantity",
    "amount",
    "unit_price",
)
_SIGNED = ("quantity", "amount")


@dataclass(frozen=True, eq=False)
class CustomerSummary:
    """One row per customer, and which rows of the table they come from.

    - customers : the table of `describe_customers`
    - kind : "transactions" where it was summed up from order lines, "customers" where it was ready
    - as_of : the day it was looked back from (ISO); of ready customers the last date in the table,
      None where there is no date
    - lines : rows of the table given
    - no_customer : rows without a customer, left out
    - no_date : rows with a customer and no date, or one that cannot be, left out (of order lines)
    - after : rows after `as_of`, left out (of order lines)
    """

    customers: pd.DataFrame
    kind: Kind
    as_of: str | None
    lines: int
    no_customer: int = 0
    no_date: int = 0
    after: int = 0

    @property
    def used(self) -> int:
        """Rows that were used."""
        return self.lines - self.no_customer - self.no_date - self.after

    @property
    def notes(self) -> tuple[Message, ...]:
        """What there is to say of the rows left out."""
        left_out = {
            "no_customer": self.no_customer,
            "no_date": self.no_date,
            "after": self.after,
        }
        return tuple(
            Message(
                f"customers.note.{reason}",
                {"count": count, "lines": self.lines},
            )
            for reason, count in left_out.items()
            if count
        )

    def summary(self) -> dict[str, float | None]:
        """customers, lines, used, no_customer, no_date, after: counts."""
        return {
            "customers": len(self.customers),
            "lines": self.lines,
            "used": self.used,
            "no_customer": self.no_customer,
            "no_date": self.no_date,
            "after": self.after,
        }


def describe_customers(
    table: pd.DataFrame | ibis.Table,
    as_of: str | dt.date | None = None,
    *,
    kind: Kind | None = None,
    engine: Engine | None = None,
) -> pd.DataFrame:
    """One row per customer.

    Parameters
    ----------
    table
        Order lines (`customer`, `date` and what there is of `order`, `product`, `quantity`,
        `amount`, `country`), or a ready table of customers (`customer` and its own columns), in
        pandas or as an Ibis table, which stays on its own backend.
        A date with a time zone is of its local day; one that cannot be (9999-12-31) is none.
    as_of
        The day from which to look back; only lines up to and including that day count. Default:
        the day after the last date.
    kind
        Which of the two `table` is; by default seen from its columns.
    engine
        Where to sum up a pandas frame; by default a private one.

    Returns
    -------
    pandas.DataFrame
        From order lines, sorted by customer; columns whose source is not in the table are absent:

        - customer
        - first_order, last_order : dates of purchases, returns not counted
        - recency : days from the last purchase to `as_of`; from the last return where there is
          nothing else
        - frequency : distinct orders, or distinct days without order numbers; returns are no orders
        - monetary : net money, returns subtracted
        - average_order : money per order
        - tenure : days since the first purchase
        - gap_mean, gap_std : mean and sample deviation of the days between purchase days
        - products : distinct products
        - returns : return lines
        - return_share : return lines, as a share of all lines
        - quantity : net quantity
        - country : the most frequent

        From a table of customers: `customer` first, then its own columns, a row each as they
        stand. `summarise_customers` says besides how many rows were left out, and why.

    Raises
    ------
    AnalysisError
        `data.missing_role` without customer or, in order lines, date; `customers.no_rows`,
        `customers.no_customers`, `customers.no_dates`, `customers.dates_are_text`;
        `customers.not_a_day`, `customers.nothing_before`, `customers.future_day` for `as_of`;
        `customers.not_numbers`, `customers.infinite` for amounts and quantities;
        `customers.repeated` where a table of customers has several rows of one.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer": ["A", "A", "A", "B"], "order": ["1", "1", "2", "3"]})
    >>> lines["date"] = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-11", "2024-01-06"])
    >>> lines["amount"] = [10.0, 5.0, 25.0, 8.0]
    >>> customers = describe_customers(lines)
    >>> customers[["customer", "recency", "frequency", "monetary", "gap_mean"]]
      customer  recency  frequency  monetary  gap_mean
    0        A        1          2      40.0      10.0
    1        B        6          1       8.0       NaN
    """
    return summarise_customers(table, as_of, kind=kind, engine=engine).customers


def summarise_customers(
    table: pd.DataFrame | ibis.Table,
    as_of: str | dt.date | None = None,
    *,
    kind: Kind | None = None,
    engine: Engine | None = None,
) -> CustomerSummary:
    """One row per customer, with the day looked back from and the rows that were left out.

    Parameters
    ----------
    table, as_of, kind, engine
        As `describe_customers` takes them.

    Returns
    -------
    CustomerSummary
        Its `.customers` is what `describe_customers` returns.

    Raises
    ------
    AnalysisError
        As `describe_customers`.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer": ["A", None, "B"], "amount": [10.0, 5.0, 8.0]})
    >>> lines["date"] = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-06"])
    >>> summary = summarise_customers(lines)
    >>> summary.as_of, summary.used, summary.no_customer
    ('2024-01-07', 2, 1)
    """
    if "customer" not in table.columns:
        raise AnalysisError("data.missing_role", role="customer")
    if (kind or kind_of(table)) == "customers":
        return _ready_customers(table)
    if "date" not in table.columns:
        raise AnalysisError("data.missing_role", role="date")
    day = day_of(as_of)
    table = only_sales(table)
    columns = [column for column in _USED if column in table.columns]
    if isinstance(table, ibis.Table):
        return _summarise(with_plausible_dates(table.select(columns)), day)
    require(table, "customer", "date")
    lines = with_plausible_dates(with_dates(table[columns]))
    own = engine or Engine()
    try:
        own.register("customer_lines", lines)
        return _summarise(own.backend.table("customer_lines"), day)
    finally:
        if engine is None:
            own.close()


def kind_of(table: pd.DataFrame | ibis.Table) -> Kind:
    """Whether a table is order lines or customers.

    Order lines have a date and an order's columns; or customers repeated, and either of these.

    >>> kind_of(pd.DataFrame({"customer": ["A", "B"], "age": [30, 40]}))
    'customers'
    >>> kind_of(pd.DataFrame({"customer": ["A", "A"], "amount": [30.0, 40.0]}))
    'transactions'
    """
    if "customer" not in table.columns:
        return "customers"
    has_date = "date" in table.columns
    has_order = any(column in table.columns for column in _ORDER_LINES)
    if has_date and has_order:
        return "transactions"
    if not has_date and not has_order:
        return "customers"
    if isinstance(table, ibis.Table):
        rows, distinct = (
            table.aggregate(
                rows=table.customer.count(), distinct=table.customer.nunique()
            )
            .to_pandas()
            .iloc[0]
        )
        return "transactions" if rows > distinct else "customers"
    return (
        "transactions"
        if table["customer"].dropna().duplicated().any()
        else "customers"
    )


def day_of(value: str | dt.date | None) -> dt.date | None:
    """A day from an ISO text, a date or a moment; None stays None.

    >>> day_of("2024-03-01")
    datetime.date(2024, 3, 1)
    """
    if value is None:
        return None
    day = (
        pd.to_datetime(value, errors="coerce")
        if isinstance(value, str)
        else pd.Timestamp(value)
    )
    if pd.isna(day):
        raise AnalysisError("customers.not_a_day", value=str(value))
    return day.date()


def with_dates(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines with dates as datetime64, at the local time that they are written with.

    AnalysisError where texts are not ISO dates.
    """
    if not len(lines):
        return lines.assign(
            date=pd.Series(dtype="datetime64[us]", index=lines.index)
        )
    written = lines["date"]
    dates = local_dates(written)
    if dates is written:
        return lines
    if dates.isna().sum() > written.isna().sum():
        raise AnalysisError("customers.dates_are_text")
    return lines.assign(date=dates)


def check_one_row_each(customers: pd.DataFrame) -> None:
    """AnalysisError `customers.repeated` (count, examples) where a customer has several rows."""
    repeated = customers["customer"].dropna().duplicated()
    if repeated.any():
        examples = (
            customers["customer"].dropna()[repeated].drop_duplicates().head(3)
        )
        raise AnalysisError(
            "customers.repeated",
            count=int(repeated.sum()),
            examples=[*examples.astype(str)],
        )


def _ready_customers(table: pd.DataFrame | ibis.Table) -> CustomerSummary:
    frame = table.to_pandas() if isinstance(table, ibis.Table) else table
    if not len(frame):
        raise AnalysisError("customers.no_rows")
    named = frame["customer"].notna() & (
        frame["customer"].astype(str).str.strip() != ""
    )
    if not named.any():
        raise AnalysisError("customers.no_customers")
    own = [
        name
        for name in frame.columns
        if name != "customer" and not str(name).startswith("_")
    ]
    customers = frame.loc[named, ["customer", *own]].reset_index(drop=True)
    check_one_row_each(customers)
    dates = customers.select_dtypes(["datetime", "datetimetz"])
    latest = [plausible_dates(dates[name]).max() for name in dates.columns]
    days = [day for day in latest if pd.notna(day)]
    return CustomerSummary(
        customers=customers,
        kind="customers",
        as_of=max(days).date().isoformat() if days else None,
        lines=len(frame),
        no_customer=int((~named).sum()),
    )


def _summarise(lines: ibis.Table, as_of: dt.date | None) -> CustomerSummary:
    signed = [name for name in _SIGNED if name in lines.columns]
    for name in signed:
        kind = lines[name].type()
        if not (kind.is_numeric() or kind.is_boolean() or kind.is_null()):
            raise AnalysisError("customers.not_numbers", column=name)
    lines = lines.mutate(
        customer=lines.customer.cast("string"),
        moment=lines.date.cast("timestamp"),
        day=lines.date.cast("date"),
    ).drop("date")
    # Stripping is slow over millions of lines: only a name that does not begin with a sign of its
    # own is looked at so closely. (A case spares the others; of an "or" both sides are computed.)
    begins_with_sign = (lines.customer >= "!", True)
    not_blank = ibis.cases(begins_with_sign, else_=lines.customer.strip() != "")
    named = lines.customer.notnull() & not_blank
    dated = named & lines.day.notnull()
    late = ibis.literal(False) if as_of is None else lines.day > ibis.literal(as_of)
    infinite = {
        name: lines.count(where=lines[name].cast("float64").isinf())
        for name in signed
    }
    counts = lines.aggregate(
        lines=lines.count(),
        named=lines.count(where=named),
        dated=lines.count(where=dated),
        after=lines.count(where=named & late),
        last=lines.day.max(where=named),
        earliest=lines.day.min(where=named),
        **{f"infinite_{name}": count for name, count in infinite.items()},
    )
    facts = counts.to_pandas().iloc[0]
    for name in signed:
        if facts[f"infinite_{name}"]:
            count = int(facts[f"infinite_{name}"])
            raise AnalysisError("customers.infinite", column=name, count=count)
    _check_lines(facts, as_of)
    last = pd.Timestamp(facts["last"]).date()
    if as_of is not None:
        _check_day(as_of, last)
    day = as_of or last + dt.timedelta(days=1)
    kept = lines.filter(dated)
    kept = kept if as_of is None else kept.filter(kept.day <= ibis.literal(as_of))
    customers = _people(kept, day).to_pandas()
    for name in ("first_order", "last_order"):
        customers[name] = customers[name].astype("datetime64[us]")
    return CustomerSummary(
        customers=customers,
        kind="transactions",
        as_of=day.isoformat(),
        lines=int(facts["lines"]),
        no_customer=int(facts["lines"] - facts["named"]),
        no_date=int(facts["named"] - facts["dated"]),
        after=int(facts["after"]),
    )


def _check_lines(facts: pd.Series, as_of: dt.date | None) -> None:
    if not facts["lines"]:
        raise AnalysisError("customers.no_rows")
    if not facts["named"]:
        raise AnalysisError("customers.no_customers")
    if not facts["dated"]:
        raise AnalysisError("customers.no_dates")
    if as_of is not None and facts["after"] == facts["dated"]:
        raise AnalysisError(
            "customers.nothing_before",
            day=as_of.isoformat(),
            first=pd.Timestamp(facts["earliest"]).date().isoformat(),
        )


def _check_day(as_of: dt.date, last: dt.date) -> None:
    """AnalysisError for a day that has not come yet: everyone would seem to have gone silent."""
    latest = max(dt.date.today(), last) + dt.timedelta(days=1)
    if as_of > latest:
        raise AnalysisError(
            "customers.future_day",
            day=as_of.isoformat(),
            latest=latest.isoformat(),
        )


def _people(lines: ibis.Table, as_of: dt.date) -> ibis.Table:
    """The summary as one Ibis expression: a row per customer, order and day, then per customer."""
    numbers = {
        name: lines[name].cast("float64")
        for name in _SIGNED
        if name in lines.columns
    }
    signed = [ibis.coalesce(number, 0.0) for number in numbers.values()]
    lines = lines.mutate(
        back=ibis.least(*signed) < 0 if signed else ibis.literal(False)
    )
    sums = {name: lines[name].cast("float64").sum() for name in numbers}
    order = ["order"] if "order" in lines.columns else []
    visits = lines.group_by(["customer", "day", *order]).aggregate(
        first=lines.moment.min(where=~lines.back),
        last=lines.moment.max(where=~lines.back),
        lines=lines.count(),
        back=lines.count(where=lines.back),
        **sums,
    )
    bought = visits.back < visits.lines
    visit = visits.order.cast("string") if order else visits.day
    people = visits.group_by("customer").aggregate(
        first_order=visits["first"].min(),
        last_order=visits["last"].max(),
        any_first=visits.day.min(),
        any_last=visits.day.max(),
        frequency=visit.nunique(where=bought),
        returns=visits.back.sum(),
        lines=visits.lines.sum(),
        **{name: visits[name].sum() for name in sums},
    )
    for part in (
        _gaps(visits.filter(bought)),
        _products(lines),
        _country(lines),
    ):
        if part is not None:
            people = people.left_join(part, "customer").drop("customer_right")
    today = ibis.literal(as_of)
    # Of whom only returns are known, these stand for the purchases.
    first_day = ibis.coalesce(people.first_order.cast("date"), people.any_first)
    last_day = ibis.coalesce(people.last_order.cast("date"), people.any_last)
    columns: dict[str, Any] = {
        "customer": people.customer,
        "first_order": people.first_order,
        "last_order": people.last_order,
        "recency": today.delta(last_day, unit="day").cast("int64"),
        "frequency": people.frequency.cast("int64"),
    }
    if "amount" in sums:
        columns["monetary"] = ibis.coalesce(people.amount, 0.0)
        columns["average_order"] = ibis.coalesce(
            people.amount, 0.0
        ) / people.frequency.nullif(0)
    columns |= {
        "tenure": today.delta(first_day, unit="day").cast("int64"),
        "gap_mean": people.gap_mean.cast("float64"),
        "gap_std": people.gap_std.cast("float64"),
    }
    if "products" in people.columns:
        columns["products"] = ibis.coalesce(people.products, 0).cast("int64")
    columns |= {
        "returns": people.returns.cast("int64"),
        "return_share": people.returns / people.lines,
    }
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
    name = "product" if "product" in lines.columns else "product_code"
    if name not in lines.columns:
        return None
    named = lines.filter(lines[name].notnull())
    pairs = named.select("customer", product=named[name]).distinct()
    return pairs.group_by("customer").aggregate(products=pairs.count())


def _country(lines: ibis.Table) -> ibis.Table | None:
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
