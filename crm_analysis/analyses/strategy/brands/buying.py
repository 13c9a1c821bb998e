"""What order lines say of brands or categories: who bought them in a period, and how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import day_numbers
from crm_analysis.analyses.strategy.figures import (
    check_dates,
    check_names,
    check_table,
    figures_of,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.tables.sales import only_sales


@dataclass(frozen=True, kw_only=True)
class BuyingOptions(Options):
    """Of what, when, and how many.

    - `by`: the column of brands. None: `brand`, `category` or `product`, the first there is.
    - `days`: the period, which ends on the last day of the orders.
    - `most`: as many brands are listed, the largest first.
    """

    by: str | None = None
    days: int = knob(90, low=1, high=3660)
    most: int = knob(20, low=2, high=200)


@dataclass(frozen=True, eq=False)
class Buying:
    """How customers bought in a period.

    A customer is who had bought before it began, so that those who bought nothing in it are known.
    A purchase is a brand in an order; an order of two brands is two.

    - `penetration`: the share of customers who bought anything in the period
    - `rate`: purchases of each of these
    - `brands`: a row a brand, the most bought first.
        - `brand` : its name
        - `purchases`, `buyers` : counts
        - `share` : of all purchases, those of brands that are not listed too
        - `penetration` : share of customers who bought it
    - `customers`: how many there are
    - `notes`: what to say of it
    """

    penetration: float
    rate: float
    brands: pd.DataFrame
    customers: int
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: penetration, rate, customers, brands."""
        return {
            "penetration": self.penetration,
            "rate": self.rate,
            "customers": float(self.customers),
            "brands": float(len(self.brands)),
        }


def brand_buying(
    transactions: pd.DataFrame, options: BuyingOptions | None = None
) -> Buying:
    """Shares and penetrations of brands or categories from order lines, for `fit_nbd_dirichlet`.

    Parameters
    ----------
    transactions
        Order lines: `customer`, `date`, a column of brands, `order` where known (else a day is
        one). Lines that are no sales, or give something back, do not count.
    options
        Of what, when, and how many.

    Returns
    -------
    Buying
        `.penetration`, `.rate`, `.brands`.

    Raises
    ------
    AnalysisError
        "data.missing_role" without customers, dates or products; "strategy.brands.no_column" where
        the column asked for is not there; "customers.no_purchases" without any purchase;
        "strategy.brands.no_panel" where nobody bought before the period,
        "strategy.brands.nothing_bought" where they bought nothing in it.

    Examples
    --------
    >>> lines = pd.DataFrame({
    ...     "customer": ["A", "B", "C", "A", "A"], "product": ["tea", "tea", "rice", "tea", "rice"],
    ...     "date": pd.to_datetime(["2024-01-01"] * 3 + ["2024-02-20", "2024-02-25"])})
    >>> buying = brand_buying(lines, BuyingOptions(days=30))
    >>> round(buying.penetration, 3), buying.rate
    (0.333, 2.0)
    >>> buying.brands[["brand", "purchases", "share"]]
      brand  purchases  share
    0  rice          1    0.5
    1   tea          1    0.5
    """
    options = options or BuyingOptions()
    check_table(transactions, "customer", "date")
    column = _column(transactions, options.by)
    check_names(transactions, "customer", "order", column)
    check_dates(transactions, "date")
    lines = _purchases(transactions, column)
    end = int(lines["day"].max())
    begin = end - options.days + 1
    panel = lines.loc[lines["day"] < begin, "customer"].unique()
    if not len(panel):
        raise AnalysisError(
            "strategy.brands.no_panel", first=_date(begin), days=options.days
        )
    recent = lines[(lines["day"] >= begin) & lines["customer"].isin(panel)]
    recent = recent[recent["brand"].notna()]
    bought = recent.drop_duplicates(["customer", "order", "brand"])
    if bought.empty:
        raise AnalysisError("strategy.brands.nothing_bought", first=_date(begin))
    by_brand = bought.groupby("brand")["customer"].agg(["size", "nunique"])
    brands = pd.DataFrame(
        {
            "brand": by_brand.index.astype(str),
            "purchases": by_brand["size"].to_numpy(),
            "buyers": by_brand["nunique"].to_numpy(),
            "share": by_brand["size"].to_numpy() / len(bought),
            "penetration": by_brand["nunique"].to_numpy() / len(panel),
        }
    ).sort_values(
        ["purchases", "brand"], ascending=[False, True], ignore_index=True
    )
    buyers = bought["customer"].nunique()
    details = {
        "customers": len(panel),
        "first": _date(begin),
        "last": _date(end),
    }
    notes = [Message("strategy.brands.note.panel", details)]
    if len(brands) > options.most:
        more = {"count": options.most, "brands": len(brands)}
        notes.append(Message("strategy.brands.note.most", more))
    return Buying(
        buyers / len(panel),
        len(bought) / buyers,
        brands.head(options.most),
        len(panel),
        tuple(notes),
    )


def _column(transactions: pd.DataFrame, by: str | None) -> str:
    if by is not None:
        if by not in transactions:
            raise AnalysisError("strategy.brands.no_column", column=by)
        return by
    words = [
        word for word in ("brand", "category", "product") if word in transactions
    ]
    if not words:
        raise AnalysisError("data.missing_role", role="product")
    filled = (word for word in words if transactions[word].notna().any())
    return next(filled, words[0])


def _purchases(transactions: pd.DataFrame, column: str) -> pd.DataFrame:
    """Lines on which a customer bought something: customer, day, order, brand."""
    lines = only_sales(transactions)
    days, dated = day_numbers(lines["date"])
    customer = _named(lines["customer"])
    kept = dated & customer.notna().to_numpy()
    for money in ("quantity", "amount"):
        if money in lines:
            kept &= ~(figures_of(lines[money]) < 0)
    if not kept.any():
        raise AnalysisError("customers.no_purchases")
    named = "order" in lines and lines["order"].notna().all()
    return pd.DataFrame(
        {
            "customer": customer.to_numpy(dtype=object)[kept],
            "day": days[kept],
            "order": lines["order"].to_numpy()[kept] if named else days[kept],
            "brand": _named(lines[column]).to_numpy(dtype=object)[kept],
        }
    )


def _named(column: pd.Series) -> pd.Series:
    """Names without blanks around them; missing where there is nothing else."""
    names = column.astype("string").str.strip()
    return names.where(names != "")


def _date(day: int) -> str:
    return str(np.datetime64(day, "D"))
