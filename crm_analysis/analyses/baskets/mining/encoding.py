"""Order lines → baskets of small whole numbers, fast: names tidied, returns left out, nothing counted twice in a basket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.options import BasketOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

__all__ = ["Baskets", "Lines", "code_lines", "find_items", "gather", "tidy_name"]

# Full-width ASCII and the ideographic space as their plain forms; characters that cannot be seen go.
_PLAIN = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | {0x3000: 0x20}
    | dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
)


@dataclass(frozen=True, eq=False)
class Lines:
    """The order lines that count, as codes: `basket` and `item` of each line, `row` its position in the table it came from."""

    basket: np.ndarray
    item: np.ndarray
    row: np.ndarray | None
    keys: pd.Index
    names: np.ndarray
    left_out: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Baskets:
    """Baskets as compressed rows: basket b holds `codes[starts[b]:starts[b + 1]]`, ascending, none twice.

    `names` are the items by code, most order lines first; `counts` the baskets that hold each; `keys` what the baskets are.
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


def tidy_name(name: object, how: str) -> str:
    """A name as it is counted: spaces trimmed and made single, full-width forms plain, case folded where asked.

    >>> tidy_name(" whole　 milk ", "spaces")
    'whole milk'
    """
    text = str(name)
    if how == "as_is":
        return text
    text = " ".join(text.translate(_PLAIN).split())
    return text.casefold() if how == "case" else text


def code_lines(transactions: pd.DataFrame, options: BasketOptions, *, rows: bool = False) -> Lines:
    """The lines that count, coded. Lines without an item or a basket and (unless asked for) returns are left out and counted."""
    column = _item_column(transactions, options)
    _need(transactions, options)
    kept: np.ndarray | None = None
    left_out: dict[str, int] = {}
    if not options.returns and (returned := _returned(transactions)) is not None and returned.any():
        left_out["returns"] = int(returned.sum())
        kept = np.flatnonzero(~returned)
    table = transactions if kept is None else transactions.iloc[kept]
    item, names = _code_items(table[column], options.names)
    basket, keys = _code_baskets(table, options)
    if (item < 0).any() or (basket < 0).any():
        good = (item >= 0) & (basket >= 0)
        left_out["no_item"] = int((item < 0).sum())
        left_out["no_basket"] = int(((basket < 0) & (item >= 0)).sum())
        item, basket = item.compress(good), basket.compress(good)
        kept = np.flatnonzero(good) if kept is None else kept[good]
        used, basket = _renumber(basket, len(keys))
        keys = keys[used]
    if not len(item):
        raise AnalysisError("baskets.no_lines")
    row = None if not rows else np.arange(len(transactions)) if kept is None else kept
    return Lines(
        basket,
        item,
        row,
        keys,
        names,
        {reason: count for reason, count in left_out.items() if count},
    )


def gather(lines: Lines, exclude: np.ndarray | None = None) -> Baskets:
    """Lines → baskets. Items in `exclude` (codes of `lines`) are not counted; baskets that held nothing else stay, empty."""
    lines_of = np.bincount(lines.item, minlength=len(lines.names))
    if exclude is not None and len(exclude):
        lines_of[exclude] = 0
    # Most lines first, then by name, so that the codes do not depend on the order of the rows.
    order = np.lexsort((_ranks(lines.names), -lines_of))
    order = order[: int((lines_of > 0).sum())]
    code = np.full(len(lines.names), -1, dtype=np.int32)
    code[order] = np.arange(len(order), dtype=np.int32)
    item, basket = code[lines.item], lines.basket
    if len(order) < len(lines.names):
        counted = item >= 0
        item, basket = item.compress(counted), basket.compress(counted)
    bits = max(1, len(order).bit_length())
    wide = np.uint32 if len(lines.keys).bit_length() + bits <= 32 else np.uint64
    keys: Any = basket.astype(wide)
    keys <<= wide(bits)
    keys |= item.astype(wide)
    # Lines usually come order by order: then a stable sort finds the runs and is several times faster.
    keys.sort(kind="stable" if bool((basket[1:] >= basket[:-1]).all()) else None)
    if len(keys):
        new = np.empty(len(keys), dtype=bool)
        new[0] = True
        np.not_equal(keys[1:], keys[:-1], out=new[1:])
        if not new.all():
            keys = keys.compress(new)
    codes = (keys & wide((1 << bits) - 1)).astype(np.int32)
    starts = np.zeros(len(lines.keys) + 1, dtype=np.int64)
    np.cumsum(
        np.bincount((keys >> wide(bits)).astype(np.int32), minlength=len(lines.keys)),
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


def find_items(
    names: np.ndarray, wanted: tuple[str, ...], how: str
) -> tuple[np.ndarray, list[str]]:
    """The codes of the items named, spelling tidied alike, and the names that no item bears."""
    if not wanted:
        return np.empty(0, dtype=np.int64), []
    known = {tidy_name(name, how): code for code, name in enumerate(names)}
    tidied = {name: tidy_name(name, how) for name in wanted}
    found = sorted({known[key] for key in tidied.values() if key in known})
    return np.array(found, dtype=np.int64), [
        name for name, key in tidied.items() if key not in known
    ]


def _item_column(table: pd.DataFrame, options: BasketOptions) -> str:
    if (
        options.level == "product"
        and "product" not in table.columns
        and "product_code" in table.columns
    ):
        return "product_code"
    require(table, options.level)
    return options.level


def _need(table: pd.DataFrame, options: BasketOptions) -> None:
    require(
        table,
        *{"order": ("order",), "customer": ("customer",), "customer_day": ("customer", "date")}[
            options.basket
        ],
    )


def _returned(table: pd.DataFrame) -> np.ndarray | None:
    """Which lines are no purchase: marked as a return, or a quantity that is not positive (an amount below zero where no quantity is known)."""
    marks = []
    if "is_return" in table.columns and pd.api.types.is_bool_dtype(table["is_return"]):
        marks.append(table["is_return"].fillna(False).to_numpy(dtype=bool))
    if "quantity" in table.columns:
        marks.append(table["quantity"].to_numpy(dtype=float, na_value=np.nan) <= 0)
    elif "amount" in table.columns:
        marks.append(table["amount"].to_numpy(dtype=float, na_value=np.nan) < 0)
    return np.logical_or.reduce(marks) if marks else None


def _code_items(column: pd.Series, how: str) -> tuple[np.ndarray, np.ndarray]:
    """Codes by tidied name (-1: none), and the names shown: of several spellings the one on most lines."""
    codes, values = _factorize(column)
    shown = np.array(
        [tidy_name(value, "as_is" if how == "as_is" else "spaces") for value in values],
        dtype=object,
    )
    groups: dict[str, int] = {}
    group = np.array(
        [
            groups.setdefault(tidy_name(name, how), len(groups)) if str(name).strip() else -1
            for name in shown
        ],
        dtype=np.int32,
    )
    if len(groups) == len(shown):
        return codes, shown
    by_name: dict[str, int] = {}
    spelling = np.array([by_name.setdefault(name, len(by_name)) for name in shown], dtype=np.int32)
    lines_of = np.bincount(spelling[codes[codes >= 0]], minlength=len(by_name))[spelling]
    names = np.empty(len(groups), dtype=object)
    for place in np.lexsort((_ranks(shown), -lines_of))[::-1]:
        if group[place] >= 0:
            names[group[place]] = shown[place]
    return np.append(group, np.int32(-1))[codes], names


def _code_baskets(table: pd.DataFrame, options: BasketOptions) -> tuple[np.ndarray, pd.Index]:
    if options.basket != "customer_day":
        return _factorize(table[options.basket])
    customer, _ = _factorize(table["customer"])
    dates = table["date"].to_numpy(dtype="datetime64[D]")
    day, days = pd.factorize(dates)
    both = np.where(
        (customer < 0) | (day < 0), np.int64(-1), customer.astype(np.int64) * (len(days) + 1) + day
    )
    return (
        _factorize(pd.Series(both).where(both >= 0))
        if (both < 0).any()
        else _factorize(pd.Series(both))
    )


def _factorize(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """pd.factorize, but a value is looked up once a run where equal values stand beside each other."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if _in_runs(column):
        values = column.to_numpy()
        first = np.empty(len(values), dtype=bool)
        first[0] = True
        np.not_equal(values[1:], values[:-1], out=first[1:])
        begins = np.flatnonzero(first)
        if len(begins) < 0.6 * len(values):
            runs, distinct = pd.factorize(values[begins])
            return np.repeat(runs.astype(np.int32), np.diff(begins, append=len(values))), pd.Index(
                distinct
            )
    codes, keys = pd.factorize(column)
    return codes.astype(np.int32), keys if isinstance(keys, pd.Index) else pd.Index(keys)


def _in_runs(column: pd.Series) -> bool:
    """Whether equal values stand beside each other, so far as the first lines show, and values can be compared in bulk."""
    if not isinstance(column.dtype, np.dtype) or len(column) < 2:
        return False
    head = column.iloc[:5000]
    if column.dtype == object and pd.api.types.infer_dtype(head, skipna=False) != "string":
        return False
    values = head.to_numpy()
    if (values[1:] != values[:-1]).mean() > 0.6:
        return False
    return column.dtype != object or pd.api.types.infer_dtype(column, skipna=False) == "string"


def _renumber(codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The codes in use, and the codes counted through without gaps."""
    used = np.bincount(codes, minlength=size) > 0
    return np.flatnonzero(used), (np.cumsum(used, dtype=np.int32) - np.int32(1))[codes]


def _ranks(names: np.ndarray) -> np.ndarray:
    """The place of each name in alphabetical order."""
    ranks = np.empty(len(names), dtype=np.int64)
    ranks[np.argsort(names.astype(object), kind="stable")] = np.arange(len(names))
    return ranks
