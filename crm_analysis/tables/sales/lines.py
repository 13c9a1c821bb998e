"""The lines of a table of orders that are sales: the one place where the others are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pandas as pd

if TYPE_CHECKING:
    import ibis.expr.types as ir

Lines = TypeVar("Lines", "pd.DataFrame", "ir.Table")


def only_sales(table: Lines) -> Lines:
    """The lines of orders that are sales, by `is_sale`; all of a table that does not say.

    >>> only_sales(pd.DataFrame({"amount": [5.0, 3.0], "is_sale": [True, False]}))["amount"].sum()
    np.float64(5.0)
    """
    if "is_sale" not in table.columns:
        return table
    if not isinstance(table, pd.DataFrame):
        return table.filter(table.is_sale.fill_null(True))
    is_sale = table["is_sale"].fillna(True).astype(bool)
    return table if is_sale.all() else table[is_sale]
