"""What can be a basket and an item in a table, before anything is counted."""

from __future__ import annotations

import pandas as pd

from crm_analysis.analyses.baskets.mining.encoding import (
    BASKET_ROLES,
    item_column,
)
from crm_analysis.analyses.baskets.options import Basket, Level
from crm_analysis.tables.sales import only_sales

_LEVEL_ROLES: dict[Level, set[str]] = {
    "product": {"product", "product_code"},
    "category": {"category"},
}


def possible_baskets(transactions: pd.DataFrame) -> list[Basket]:
    """Which choices of `BasketOptions.basket` the columns of a table allow.

    >>> possible_baskets(pd.DataFrame(columns=["customer", "date", "product"]))
    ['customer_day', 'customer']
    """
    columns = set(transactions.columns)
    return [
        basket for basket, roles in BASKET_ROLES.items() if columns.issuperset(roles)
    ]


def possible_levels(transactions: pd.DataFrame) -> list[Level]:
    """Which choices of `BasketOptions.level` the columns of a table allow.

    >>> possible_levels(pd.DataFrame(columns=["order", "product_code", "category"]))
    ['product', 'category']
    """
    columns = set(transactions.columns)
    return [level for level, roles in _LEVEL_ROLES.items() if columns & roles]


def item_names(
    transactions: pd.DataFrame, level: str, maximum: int
) -> tuple[list[str], tuple[str, ...]]:
    """The names of the items on most lines, and those that are postage, fees and the like.

    The latter (by `is_product`, where the table has it) are at the end of the former.

    >>> orders = pd.DataFrame({
    ...     "product": ["tea", "tea", "jam", "postage"], "is_product": [True, True, True, False],
    ... })
    >>> item_names(orders, "product", 2)
    (['tea', 'jam', 'postage'], ('postage',))
    """
    transactions = only_sales(transactions)
    column = item_column(transactions, level)
    if column not in transactions.columns:
        return [], ()
    names = transactions[column].astype("string").str.strip()
    no_products: list[str] = []
    if level == "product" and "is_product" in transactions.columns:
        is_product = (
            transactions["is_product"].fillna(True).astype(bool).groupby(names).mean()
        )
        no_products = sorted(str(name) for name in is_product.index[is_product < 0.5])
    listed = [str(name) for name in names.value_counts().index[:maximum]]
    return [*listed, *sorted(set(no_products) - set(listed))], tuple(no_products)
