"""What can be a basket, an item or a group in a table, and orders parted into groups.

By a column of theirs, or by the segments of customers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.mining.encoding import (
    BASKET_ROLES,
    Baskets,
    code_lines,
    gather,
    numbered,
)
from crm_analysis.analyses.baskets.mining.items import (
    excluded_items,
    item_column,
    no_products,
)
from crm_analysis.analyses.baskets.options import Basket, DifferenceOptions, Level
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require
from crm_analysis.tables.sales import only_sales

_MAX_GROUPS = 50  # values of a column that may be compared
_NO_GROUPS = {
    *(
        "customer",
        "order",
        "product",
        "product_code",
        "category",
        "date",
        "amount",
    ),
    *("is_sale", "is_return", "is_product"),
}


@dataclass(frozen=True, eq=False)
class Groups:
    """The baskets of the groups side by side, and what the groups are called, the largest first."""

    baskets: Baskets
    sizes: np.ndarray
    names: list[str]

    @property
    def edges(self) -> np.ndarray:
        """Where a group's baskets begin, and the last's end."""
        return np.concatenate([[0], np.cumsum(self.sizes)])


def grouping_columns(transactions: pd.DataFrame) -> list[str]:
    """The columns that part the orders into a few groups: channel, country, the file's own.

    >>> orders = pd.DataFrame({"order": [1, 2], "amount": [5.0, 7.0], "country": ["UK", "DE"]})
    >>> grouping_columns(orders)
    ['country']
    """
    columns = []
    for name in transactions.columns:
        column = transactions[name]
        is_ordered = pd.api.types.is_numeric_dtype(column)
        is_ordered |= pd.api.types.is_datetime64_any_dtype(column)
        if (
            name not in _NO_GROUPS
            and not is_ordered
            and 2 <= column.nunique() <= _MAX_GROUPS
        ):
            columns.append(str(name))
    return sorted(
        columns,
        key=lambda name: {"channel": 0, "country": 1}.get(name, 2),
    )


def group_baskets(
    transactions: pd.DataFrame,
    by: str | pd.DataFrame,
    options: DifferenceOptions,
) -> tuple[Groups, list[Message]]:
    """The baskets of the groups, and what the reader should know of those in none.

    `by` as for `compare_groups`.
    """
    lines = code_lines(transactions, options)
    code, keys = pd.factorize(lines.values(_group_of_lines(transactions, by)))
    group = np.full(len(lines.keys), -1, dtype=np.int64)
    # A basket's first line is written last.
    grouped = np.flatnonzero(code >= 0)[::-1]
    group[lines.basket[grouped]] = code[grouped]
    counts = np.bincount(group[group >= 0], minlength=len(keys))
    order = sorted(
        np.flatnonzero(counts),
        key=lambda number: (-counts[number], str(keys[number])),
    )
    notes: list[Message] = []
    if len(order) > options.max_groups:
        notes.append(
            Message(
                "baskets.groups.largest",
                {"groups": options.max_groups, "of": len(order)},
            )
        )
        order = order[: options.max_groups]
    if len(order) < 2:
        raise AnalysisError("baskets.groups.one")
    if (without := int((group < 0).sum())) > 0:
        notes.append(Message("baskets.groups.without", {"baskets": without}))
    group = numbered(np.array(order), len(keys) + 1)[
        group
    ]  # the last is of those in none
    side_by_side = np.argsort(group, kind="stable")
    side_by_side = side_by_side[group[side_by_side] >= 0]
    excluded = excluded_items(transactions, lines.names, options)
    baskets = gather(lines, excluded).take(side_by_side)
    sizes = np.bincount(group[group >= 0], minlength=len(order))
    return Groups(baskets, sizes, [_name(keys[number]) for number in order]), notes


def _group_of_lines(
    transactions: pd.DataFrame, by: str | pd.DataFrame
) -> pd.Series:
    if isinstance(by, str):
        require(transactions, by)
        return transactions[by]
    require(transactions, "customer")
    require(by, "customer", "segment")
    members = by[["customer", "segment"]].drop_duplicates()
    in_several = members.loc[members["customer"].duplicated(), "customer"].nunique()
    if in_several:
        raise AnalysisError(
            "baskets.groups.customers_in_several", customers=in_several
        )
    return transactions["customer"].map(members.set_index("customer")["segment"])


def _name(key: object) -> str:
    """A group's name; numbers that met a gap in their column lose the .0 they got from it."""
    return (
        str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)
    )


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
        basket
        for basket, roles in BASKET_ROLES.items()
        if columns.issuperset(roles)
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
    excluded = no_products(transactions, level)
    transactions = only_sales(transactions)
    column = item_column(transactions, level)
    if column not in transactions.columns:
        return [], ()
    names = transactions[column].astype("string").str.strip()
    listed = [str(name) for name in names.value_counts().index[:maximum]]
    return [*listed, *sorted(set(excluded) - set(listed))], excluded
