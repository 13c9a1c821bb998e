"""One customer's card: history, running total and mean, returns, usual gap, products."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import pandas as pd

from crm_analysis.analyses.customers.describe import dated, day_of, kind_of
from crm_analysis.errors import AnalysisError

__all__ = ["CustomerCard", "customer_card"]


@dataclass(frozen=True, eq=False)
class CustomerCard:
    """One customer's file.

    `history`: a row per order — order, date, amount, quantity, products, returned, running_total, running_mean (money per
    purchase so far). `products`: product, lines, quantity, amount, most bought first. `returns`: the return lines.
    `facts`: first_order, last_order, recency, orders, total, average_order, usual_gap (median days between purchase days),
    overdue (recency over usual gap), return_share; what cannot be said is None. For a ready customers table `history`,
    `products` and `returns` are empty and `facts` are the customer's own columns.
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
    table: pd.DataFrame | ibis.Table, customer: str, as_of: str | dt.date | None = None
) -> CustomerCard:
    """The card of one customer from order lines (or a customers table); AnalysisError where the table does not know the customer.

    >>> lines = pd.DataFrame({"customer": ["A", "A"], "order": ["1", "2"], "date": pd.to_datetime(["2024-01-01", "2024-01-11"]), "amount": [10.0, 30.0]})
    >>> card = customer_card(lines, "A")
    >>> card.history["running_mean"].tolist(), card.facts["usual_gap"]
    ([10.0, 20.0], 10.0)
    """
    if "customer" not in table.columns:
        raise AnalysisError("data.missing_role", role="customer")
    empty = pd.DataFrame()
    if isinstance(table, ibis.Table):
        lines = table.filter(table.customer.cast("string") == customer).to_pandas()
        last_day = table.date.max().to_pandas() if "date" in table.columns else None
    else:
        lines = table[table["customer"].astype(str) == customer]
        last_day = table["date"].max() if "date" in table.columns else None
    if lines.empty:
        raise AnalysisError("customers.unknown_customer", customer=customer)
    if kind_of(table) == "customers":
        facts = {
            str(name): _plain(value) for name, value in lines.iloc[0].items() if name != "customer"
        }
        return CustomerCard(customer, empty, empty, empty, facts)
    day = day_of(as_of)
    lines = dated(lines.reset_index(drop=True)).dropna(subset=["date"])
    if day is not None:
        lines = lines[lines["date"] < pd.Timestamp(day) + pd.Timedelta(days=1)]
    if lines.empty:
        raise AnalysisError("customers.unknown_customer", customer=customer)
    today = (
        pd.Timestamp(day) if day else pd.Timestamp(str(last_day)).normalize() + pd.Timedelta(days=1)
    )
    returned = _returned(lines)
    history = _history(lines.assign(date=lines["date"].astype("datetime64[us]")), returned)
    return CustomerCard(
        customer,
        history,
        _bought(lines),
        lines[returned].reset_index(drop=True),
        _facts(lines, returned, history, today),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp | dt.date):
        return None if pd.isna(value) else value.isoformat()[:10]
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _returned(lines: pd.DataFrame) -> pd.Series:
    back = pd.Series(False, index=lines.index)
    for name in ("quantity", "amount"):
        if name in lines.columns:
            back |= lines[name] < 0
    return back


def _history(lines: pd.DataFrame, returned: pd.Series) -> pd.DataFrame:
    one = "product" if "product" in lines.columns else "product_code"
    keyed = lines.assign(
        _order=lines["order"].astype(str)
        if "order" in lines.columns
        else lines["date"].dt.strftime("%Y-%m-%d"),
        _back=returned,
        **{
            name: lines[name] if name in lines.columns else float("nan")
            for name in ("amount", "quantity", one)
        },
    )
    history = (
        keyed.groupby("_order", sort=False)
        .agg(
            date=("date", "min"),
            amount=("amount", "sum"),
            quantity=("quantity", "sum"),
            products=(one, "nunique"),
            returned=("_back", "all"),
        )
        .reset_index(names="order")
        .sort_values(["date", "order"], kind="stable", ignore_index=True)
    )
    history["running_total"] = history["amount"].cumsum()
    history["running_mean"] = history["running_total"] / (~history["returned"]).cumsum().where(
        lambda count: count > 0
    )
    return history


def _bought(lines: pd.DataFrame) -> pd.DataFrame:
    name = next((name for name in ("product", "product_code") if name in lines.columns), None)
    if name is None:
        return pd.DataFrame(columns=["product", "lines", "quantity", "amount"])
    sums = {column: (column, "sum") for column in ("quantity", "amount") if column in lines.columns}
    found = lines.groupby(name).agg(lines=("date", "size"), **sums).reset_index(names="product")  # type: ignore[call-overload]
    return found.sort_values(
        [list(sums)[-1] if sums else "lines", "product"], ascending=[False, True], ignore_index=True
    )


def _facts(
    lines: pd.DataFrame, returned: pd.Series, history: pd.DataFrame, today: pd.Timestamp
) -> dict[str, Any]:
    bought = lines.loc[~returned, "date"].dt.normalize()
    days = bought.drop_duplicates().sort_values()
    last = days.iloc[-1] if len(days) else None
    gap = float(days.diff().dt.days.median()) if len(days) > 1 else None
    recency = None if last is None else (today - last).days
    orders = int((~history["returned"]).sum())
    total = float(lines["amount"].sum()) if "amount" in lines.columns else None
    return {
        "first_order": days.iloc[0].date().isoformat() if len(days) else None,
        "last_order": last.date().isoformat() if last is not None else None,
        "recency": recency,
        "orders": orders,
        "total": total,
        "average_order": total / orders if total is not None and orders else None,
        "usual_gap": gap,
        "overdue": recency / gap if recency is not None and gap else None,
        "return_share": float(returned.mean()),
    }
