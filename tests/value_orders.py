"""Order lines for the tests of customer value: by hand, of the sample shop, of CDNOW."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from crm_analysis.tables.samples import sample_shop

__all__ = ["cdnow_orders", "order_lines", "sample_orders"]

_COLUMNS = {
    "Order No": "order",
    "Order Date": "date",
    "Customer ID": "customer",
    "Product": "product",
    "Category": "category",
    "Channel": "channel",
    "Country": "country",
}


def order_lines(*rows: tuple[object, object, float]) -> pd.DataFrame:
    """Lines of customer, date and amount."""
    lines = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    return lines.assign(date=pd.to_datetime(lines["date"]))


@cache
def sample_orders() -> pd.DataFrame:
    """The sample shop's orders under the product's column names, without guests."""
    lines = sample_shop(customers=600)["orders"].rename(columns=_COLUMNS)
    lines["date"] = pd.to_datetime(lines["date"], errors="coerce")
    lines["quantity"] = pd.to_numeric(lines["Quantity"])
    lines["amount"] = lines["quantity"] * pd.to_numeric(lines["Unit Price"])
    lines["customer"] = lines["customer"].where(
        lines["customer"].astype(str).str.len() > 0
    )
    return lines[lines["quantity"] < 1000]


@cache
def cdnow_orders(real_data: Path) -> pd.DataFrame:
    """The orders of the CDNOW sample."""
    names = ["master", "customer", "date", "quantity", "amount"]
    texts = dict.fromkeys(("master", "customer", "date"), str)
    path = real_data / "cdnow" / "CDNOW_sample.txt"
    lines = pd.read_csv(path, sep=r"\s+", header=None, names=names, dtype=texts)
    return lines.assign(date=pd.to_datetime(lines["date"]))
