"""Order lines → baskets of small whole numbers, fast.

Names are tidied, returns left out, and nothing is counted twice in a basket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.mining.items import (
    excluded_items,
    item_column,
    tidy_name,
)
from crm_analysis.analyses.baskets.options import Basket, BasketOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.days import local_dates
from crm_analysis.tables.kinds import require

# The columns that say what lies in one basket.
BASKET_ROLES: dict[Basket, tuple[str, ...]] = {
    "order": ("order",),
    "customer_day": ("customer", "date"),
    "customer": ("customer",),
}


@dataclass(frozen=True, eq=False)
class Lines:
    """The order lines that count, as codes: `basket` and `item` of each.

    `keys` are the baskets by code, `names` the items; `left_out` counts the lines that do not
    count, by reason; `row` is where in its table each line stands (None: all lines count).
    """

    basket: np.ndarray
    item: np.ndarray
    keys: pd.Index
    names: np.ndarray
    left_out: Mapping[str, int]
    row: np.ndarray | None = None

    def values(self, column: pd.Series) -> pd.Series:
        """What a column of the table says in these lines."""
        return column if self.row is None else column.iloc[self.row]


@dataclass(frozen=True, eq=False)
class Baskets:
    """Baskets as compressed rows: basket b holds `codes[starts[b]:starts[b + 1]]`.

    The codes of a basket ascend and none is there twice. `names` are the items by code, most order
    lines first; `counts` the baskets that hold each; `keys` what the baskets are.
    """

    names: np.ndarray
    counts: np.ndarray
    starts: np.ndarray
    codes: np.ndarray
    keys: pd.Index
    left_out: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> np.ndarray:
        """How many items each basket holds."""
        return np.diff(self.starts)

    @property
    def rows(self) -> np.ndarray:
        """The basket of each of the `codes`."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def take(self, chosen: np.ndarray) -> Baskets:
        """Some of the baskets, in the order asked for."""
        sizes = self.sizes[chosen]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        shift = np.repeat(self.starts[chosen] - starts[:-1], sizes)
        codes = self.codes[np.arange(starts[-1]) + shift]
        return Baskets(
            self.names,
            np.bincount(codes, minlength=len(self.names)),
            starts,
            codes,
            self.keys[chosen],
            {},
        )


def code_lines(transactions: pd.DataFrame, options: BasketOptions) -> Lines:
    """The lines that count, coded.

    Lines without an item or a basket and (unless asked for) returns are left out and counted.
    """
    column = item_column(transactions, options.level)
    require(transactions, column, *BASKET_ROLES[options.basket])
    table, row = transactions, None
    marks = _no_purchases(transactions, options.returns)
    left_out = {reason: int(mask.sum()) for reason, mask in marks.items()}
    if any(left_out.values()):
        row = np.flatnonzero(~np.logical_or.reduce(list(marks.values())))
        table = transactions.iloc[row]
    item, names = _code_items(table[column], options.names)
    basket, keys = _code_baskets(table, options)
    if (item < 0).any() or (basket < 0).any():
        complete = (item >= 0) & (basket >= 0)
        left_out |= {
            "no_item": int((item < 0).sum()),
            "no_basket": int(((basket < 0) & (item >= 0)).sum()),
        }
        item, basket = (
            item.compress(complete),
            basket.compress(complete),
        )
        row = np.flatnonzero(complete) if row is None else row.compress(complete)
        used = np.flatnonzero(np.bincount(basket, minlength=len(keys)))
        keys, basket = keys[used], numbered(used, len(keys))[basket]
    if not len(item):
        raise AnalysisError("baskets.no_lines")
    return Lines(
        basket,
        item,
        keys,
        names,
        {reason: count for reason, count in left_out.items() if count},
        row,
    )


def gather(lines: Lines, exclude: np.ndarray | None = None) -> Baskets:
    """Lines → baskets.

    Items in `exclude` (codes of `lines`) are not counted; baskets that held nothing else stay,
    empty.
    """
    line_counts = np.bincount(lines.item, minlength=len(lines.names))
    if exclude is not None and len(exclude):
        line_counts[exclude] = 0
    # Most lines first, then by name, so that the codes do not depend on the order of the rows.
    order = np.lexsort((_ranks(lines.names), -line_counts))
    order = order[: int((line_counts > 0).sum())]
    item, basket = (
        numbered(order, len(lines.names))[lines.item],
        lines.basket,
    )
    if len(order) < len(lines.names):
        counted = item >= 0
        item, basket = item.compress(counted), basket.compress(counted)
    size = len(lines.keys)
    bits = max(1, len(order).bit_length())
    keys = _distinct_keys(basket, item, bits, size)
    wide = keys.dtype.type
    codes = (keys & wide((1 << bits) - 1)).astype(np.int32)
    starts = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(
        np.bincount((keys >> wide(bits)).astype(np.int32), minlength=size),
        out=starts[1:],
    )
    return Baskets(
        lines.names[order],
        np.bincount(codes, minlength=len(order)),
        starts,
        codes,
        lines.keys,
        lines.left_out,
    )


def numbered(chosen: np.ndarray, size: int) -> np.ndarray:
    """For each of `size` codes its number among the chosen, -1 for the others.

    >>> numbered(np.array([3, 1]), 5).tolist()
    [-1, 1, -1, 0, -1]
    """
    numbers = np.full(size, -1, dtype=np.int32)
    numbers[chosen] = np.arange(len(chosen), dtype=np.int32)
    return numbers


def _distinct_keys(
    basket: np.ndarray, item: np.ndarray, bits: int, size: int
) -> np.ndarray:
    wide = np.uint32 if size.bit_length() + bits <= 32 else np.uint64
    keys: Any = basket.astype(wide)
    keys <<= wide(bits)
    keys |= item.astype(wide)
    # Lines usually come order by order: then a stable sort finds the runs, several times faster.
    in_order = bool((basket[1:] >= basket[:-1]).all())
    keys.sort(kind="stable" if in_order else None)
    first = _run_heads(keys)
    return keys if first.all() else keys.compress(first)


def gather_baskets(transactions: pd.DataFrame, options: BasketOptions) -> Baskets:
    """The baskets of a table, without the items that are not counted."""
    lines = code_lines(transactions, options)
    return gather(lines, excluded_items(transactions, lines.names, options))


def _no_purchases(table: pd.DataFrame, returns: bool) -> dict[str, np.ndarray]:
    """Which lines are no purchase, by the reason; returns are one unless `returns` count.

    What was bought and given back is no sale, but a return.
    """
    marks = {}
    if {"is_sale", "is_return"} <= set(table.columns):
        sold = table["is_sale"].fillna(True) | table["is_return"].fillna(False)
        marks["no_sale"] = ~sold.to_numpy(dtype=bool)
    if not returns and (returned := _returned(table)) is not None:
        marks["returns"] = returned & ~marks.get("no_sale", np.False_)
    return marks


def _returned(table: pd.DataFrame) -> np.ndarray | None:
    """Which lines are no purchase: marked as a return, or a quantity that is not positive.

    An amount below zero where no quantity is known.
    """
    marks = []
    if "is_return" in table.columns and pd.api.types.is_bool_dtype(
        table["is_return"]
    ):
        marks.append(table["is_return"].fillna(False).to_numpy(dtype=bool))
    if "quantity" in table.columns:
        marks.append(table["quantity"].to_numpy(dtype=float, na_value=np.nan) <= 0)
    elif "amount" in table.columns:
        marks.append(table["amount"].to_numpy(dtype=float, na_value=np.nan) < 0)
    return np.logical_or.reduce(marks) if marks else None


def _code_items(column: pd.Series, how: str) -> tuple[np.ndarray, np.ndarray]:
    """Codes by tidied name (-1: none), and of several spellings the one on most lines."""
    codes, values = _factorize(column)
    tidied = [
        tidy_name(value, "as_is" if how == "as_is" else "spaces")
        for value in values
    ]
    shown = np.array(tidied, dtype=object)
    groups: dict[str, int] = {}
    group_of = [
        groups.setdefault(tidy_name(name, how), len(groups)) if name.strip() else -1
        for name in tidied
    ]
    if len(groups) == len(shown):
        return codes, shown
    group = np.array(group_of, dtype=np.int32)
    spellings: dict[str, int] = {}
    spelling = np.array(
        [spellings.setdefault(name, len(spellings)) for name in tidied],
        dtype=np.int32,
    )
    line_counts = np.bincount(
        spelling[codes[codes >= 0]], minlength=len(spellings)
    )[spelling]
    names = np.empty(len(groups), dtype=object)
    # The spelling on most lines is written last, over the others.
    for position in np.lexsort((_ranks(shown), -line_counts))[::-1]:
        if group[position] >= 0:
            names[group[position]] = shown[position]
    return np.append(group, np.int32(-1))[codes], names


def _code_baskets(
    table: pd.DataFrame, options: BasketOptions
) -> tuple[np.ndarray, pd.Index]:
    if options.basket != "customer_day":
        return _factorize(table[options.basket])
    customer, _ = _factorize(table["customer"])
    day, days = pd.factorize(local_dates(table["date"]).to_numpy("datetime64[D]"))
    both = pd.Series(customer.astype(np.int64) * (len(days) + 1) + day)
    return _factorize(both.mask((customer < 0) | (day < 0)))


def _factorize(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """pd.factorize, but a value is looked up once a run where equal values stand together."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if _in_runs(column):
        values = column.to_numpy()
        begins = np.flatnonzero(_run_heads(values))
        if len(begins) < 0.6 * len(values):
            runs, distinct = pd.factorize(values[begins])
            lengths = np.diff(begins, append=len(values))
            return np.repeat(runs.astype(np.int32), lengths), pd.Index(distinct)
    codes, keys = pd.factorize(column)
    return codes.astype(np.int32), keys if isinstance(keys, pd.Index) else pd.Index(
        keys
    )


def _in_runs(column: pd.Series) -> bool:
    """Whether equal values stand together, so far as the first lines show.

    And whether values can be compared in bulk.
    """
    if not isinstance(column.dtype, np.dtype) or len(column) < 2:
        return False
    head = column.iloc[:5000]
    if (
        column.dtype == object
        and pd.api.types.infer_dtype(head, skipna=False) != "string"
    ):
        return False
    values = head.to_numpy()
    if (values[1:] != values[:-1]).mean() > 0.6:
        return False
    return (
        column.dtype != object
        or pd.api.types.infer_dtype(column, skipna=False) == "string"
    )


def _run_heads(values: np.ndarray) -> np.ndarray:
    heads = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=heads[1:])
    return heads


def _ranks(names: np.ndarray) -> np.ndarray:
    return numbered(np.argsort(names.astype(object), kind="stable"), len(names))
