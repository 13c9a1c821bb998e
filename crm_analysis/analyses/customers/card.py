"""One customer's card: history, running total and mean, returns, usual gap, products."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import pandas as pd

from crm_analysis.analyses.customers.describe import day_of, kind_of, with_dates
from crm_analysis.analyses.customers.ids import plain_ids
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.days import range_of
from crm_analysis.tables.sales import only_sales

_MEASURES = (
    *("satisfaction", "loyalty"),
    *("repeat_rate", "months_active", "tenure", "recommends"),
)


@dataclass(frozen=True, eq=False)
class CustomerCard:
    """One customer's file; of a ready customers table only `facts`, the customer's own columns.

    `history`, a row an order:

    - order : its number, or the day (ISO) where orders have none
    - date : when it began
    - amount : its money, net
    - quantity : its pieces, net
    - products : how many different ones
    - returned : whether every line of it is a return
    - running_total : money so far
    - running_mean : money so far, per purchase so far

    `products`, a row a product, most bought first:

    - product : its name
    - lines : order lines
    - quantity : pieces, net
    - amount : money, net

    `returns`: the return lines, with the columns of the table.

    `facts`; what cannot be said is None:

    - first_order, last_order : days (ISO)
    - recency : days since the last purchase
    - orders : purchases
    - total, average_order : money in all and per purchase
    - usual_gap : median days between purchase days
    - overdue : recency over usual gap
    - return_share : return lines, as a share of all lines
    - satisfaction, loyalty (0 to 100), repeat_rate, months_active, tenure, recommends (0 to 1) :
      where `measures` were given; tenure is a share of the record
    """

    customer: str
    history: pd.DataFrame
    products: pd.DataFrame
    returns: pd.DataFrame
    facts: Mapping[str, Any]

    def summary(self) -> dict[str, float | None]:
        """The numbers among the facts."""
        return {
            name: value
            for name, value in self.facts.items()
            if value is None or isinstance(value, int | float)
        }


def customer_card(
    table: pd.DataFrame | ibis.Table,
    customer: str,
    as_of: str | dt.date | None = None,
    measures: pd.DataFrame | None = None,
) -> CustomerCard:
    """The card of one customer.

    Parameters
    ----------
    table
        Order lines, or a ready table of customers, in pandas or as an Ibis table.
    customer
        Which customer, as text.
    as_of
        The day from which to look back. Default: the day after the table's last date.
    measures
        What is known of customers from elsewhere: `customer` and any of satisfaction, loyalty and
        its parts, as `customer_satisfaction` gives them.

    Returns
    -------
    CustomerCard
        History, products, returns and facts.

    Raises
    ------
    AnalysisError
        `data.missing_role`, `customers.unknown_customer`, `customers.not_a_day`,
        `customers.dates_are_text`.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer": ["A", "A"], "order": ["1", "2"], "amount": [10.0, 30.0]})
    >>> lines["date"] = pd.to_datetime(["2024-01-01", "2024-01-11"])
    >>> card = customer_card(lines, "A")
    >>> card.history["running_mean"].tolist(), card.facts["usual_gap"]
    ([10.0, 20.0], 10.0)
    """
    if "customer" not in table.columns:
        raise AnalysisError("data.missing_role", role="customer")
    ready = kind_of(table) == "customers"
    if not ready and "date" not in table.columns:
        raise AnalysisError("data.missing_role", role="date")
    table = only_sales(table)
    if isinstance(table, ibis.Table):
        lines = table.filter(table.customer.cast("string") == customer).to_pandas()
    else:
        lines = table[table["customer"].astype(str) == customer]
    if lines.empty:
        raise AnalysisError("customers.unknown_customer", customer=customer)
    if ready:
        facts = {
            str(name): _plain(value)
            for name, value in lines.drop(columns="customer").iloc[0].items()
        }
        measured = _measured(measures, customer)
        for name in ("satisfaction", "loyalty"):
            if name in measured:
                facts.setdefault(name, measured[name])
        nothing = pd.DataFrame()
        return CustomerCard(customer, nothing, nothing, nothing, facts)
    day = day_of(as_of)
    lines = with_dates(lines.reset_index(drop=True))
    first, last = range_of(table).dates
    lines = lines[
        _within(lines["date"], first, last if day is None else min(last, day))
    ]
    if lines.empty:
        raise AnalysisError("customers.unknown_customer", customer=customer)
    today = pd.Timestamp(day or last + dt.timedelta(days=1))
    lines = lines.assign(_returned=_returned(lines))
    history = _history(lines)
    return CustomerCard(
        customer=customer,
        history=history,
        products=_products(lines.drop(columns="_returned")),
        returns=lines[lines["_returned"]]
        .drop(columns="_returned")
        .reset_index(drop=True),
        facts=_facts(lines, history, today) | _measured(measures, customer),
    )


def _within(dates: pd.Series, first: dt.date, last: dt.date) -> pd.Series:
    """Which dates are on one of two days or between."""
    after = pd.Timestamp(last) + pd.Timedelta(days=1)
    return (dates >= pd.Timestamp(first)) & (dates < after)


def _measured(measures: pd.DataFrame | None, customer: str) -> dict[str, Any]:
    """What is known of the customer from elsewhere; None where a measure is not."""
    if measures is None:
        return {}
    names = [name for name in _MEASURES if name in measures.columns]
    own = measures[plain_ids(measures["customer"]) == customer.strip()]
    if own.empty:
        return dict.fromkeys(names)
    return {name: _plain(own[name].iloc[0]) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp | dt.date):
        return None if pd.isna(value) else value.isoformat()[:10]
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _returned(lines: pd.DataFrame) -> pd.Series:
    signed = [name for name in ("quantity", "amount") if name in lines.columns]
    return (lines[signed] < 0).any(axis=1)


def _history(lines: pd.DataFrame) -> pd.DataFrame:
    product = "product" if "product" in lines.columns else "product_code"
    missing = [
        name
        for name in ("amount", "quantity", product)
        if name not in lines.columns
    ]
    lines = lines.assign(
        **dict.fromkeys(missing, float("nan")),
        date=lines["date"].astype("datetime64[us]"),
    )
    if "order" in lines.columns:
        order = lines["order"].astype(str)
    else:
        order = lines["date"].dt.strftime("%Y-%m-%d")
    history = lines.groupby(order.rename("order"), sort=False).agg(
        date=("date", "min"),
        amount=("amount", "sum"),
        quantity=("quantity", "sum"),
        products=(product, "nunique"),
        returned=("_returned", "all"),
    )
    history = history.reset_index()
    history = history.sort_values(
        ["date", "order"], kind="stable", ignore_index=True
    )
    purchases = (~history["returned"]).cumsum()
    history["running_total"] = history["amount"].cumsum()
    history["running_mean"] = history["running_total"] / purchases.where(
        purchases > 0
    )
    return history


def _products(lines: pd.DataFrame) -> pd.DataFrame:
    product = "product" if "product" in lines.columns else "product_code"
    if product not in lines.columns:
        return pd.DataFrame(columns=["product", "lines", "quantity", "amount"])
    sums = [name for name in ("quantity", "amount") if name in lines.columns]
    grouped = lines.groupby(product)
    products = grouped[sums].sum()
    products.insert(0, "lines", grouped.size())
    products = products.reset_index(names="product")
    by = [
        products.columns[-1],
        "product",
    ]  # money where there is money, else pieces, else lines
    return products.sort_values(by, ascending=[False, True], ignore_index=True)


def _facts(
    lines: pd.DataFrame, history: pd.DataFrame, today: pd.Timestamp
) -> dict[str, Any]:
    days = (
        lines.loc[~lines["_returned"], "date"]
        .dt.normalize()
        .drop_duplicates()
        .sort_values()
    )
    orders = int((~history["returned"]).sum())
    total = float(lines["amount"].sum()) if "amount" in lines.columns else None
    gap = float(days.diff().dt.days.median()) if len(days) > 1 else None
    recency = (today - days.iloc[-1]).days if len(days) else None
    return {
        "first_order": days.iloc[0].date().isoformat() if len(days) else None,
        "last_order": days.iloc[-1].date().isoformat() if len(days) else None,
        "recency": recency,
        "orders": orders,
        "total": total,
        "average_order": total / orders if total is not None and orders else None,
        "usual_gap": gap,
        "overdue": recency / gap if recency is not None and gap else None,
        "return_share": float(lines["_returned"].mean()),
    }
