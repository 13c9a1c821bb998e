"""Order lines (or demand figures) of which nobody says who bought.

How much there was, when, and of what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.overview.periods import Record, record_of
from crm_analysis.errors import AnalysisError

__all__ = ["Part", "Sales", "sales"]

Measure = Literal["amount", "quantity", "value", "lines"]
_MEASURES: tuple[Measure, ...] = ("amount", "quantity", "value")
_ROLES = ("category", "product", "country", "channel", "series")
_KNOWN = {
    *_ROLES,
    *_MEASURES,
    "customer",
    "order",
    "date",
    "product_code",
    "unit_price",
    "discount",
    "cost",
    "currency",
    "is_return",
    "is_product",
}
_CALENDAR = re.compile(
    r"^(year|month|quarter|week|weekday|day|fy|season)s?\b|年|月|季度|星期|周", re.IGNORECASE
)  # when, which the line of months says
_TELLING = re.compile(
    r"categor|region|branch|store|shop|segment|brand|department|group|filiale|品类|分类|类别|地区|区域|门店|分店|品牌|部门",
    re.IGNORECASE,
)
_MOST_PARTS = 4
_MOST_LEVELS = 30  # of a column of the file's own: more are names, not kinds
_SHOWN = 8


@dataclass(frozen=True, eq=False)
class Part:
    """The measure by the values of a column (a role, or the file's own).

    `table` has name, value, share, largest first; `rest`: how many more values there are, whose
    share is `rest_share`. Rows without a value are in neither.
    """

    column: str
    table: pd.DataFrame
    rest: int
    rest_share: float


@dataclass(frozen=True, eq=False)
class Sales:
    """`measure`: what is added up (money where there is some, else items, else lines).

    `total` of all lines; `items`, `orders`: None where the file does not say; `record`: when (None
    without dates); `parts`: of what, roles first.
    """

    measure: Measure
    total: float
    lines: int
    items: float | None
    orders: int | None
    record: Record | None
    parts: tuple[Part, ...]


def sales(table: pd.DataFrame) -> Sales:
    """How much, when, of what.

    Table in: order lines with any of `amount`, `quantity`, `order`, `date`, `category`, `product`,
    `country`, `channel` and columns of the file's own, or demand figures with `date`, `value`,
    `series`. Amounts are net: returns are subtracted. AnalysisError where there is no row.

    >>> lines = pd.DataFrame({"amount": [6.0, 3.0, 1.0], "category": ["bread", "cake", "bread"]})
    >>> sales(lines).parts[0].table
        name  value  share
    0  bread    7.0    0.7
    1   cake    3.0    0.3
    """
    if table.empty:
        raise AnalysisError("overview.no_rows")
    measure: Measure = next(
        (name for name in _MEASURES if name in table.columns and table[name].notna().any()), "lines"
    )
    values = (
        np.ones(len(table))
        if measure == "lines"
        else np.nan_to_num(table[measure].to_numpy(dtype=float, na_value=np.nan))
    )
    items = (
        float(table["quantity"].sum())
        if "quantity" in table.columns and measure != "quantity"
        else None
    )
    orders = int(table["order"].nunique()) if "order" in table.columns else None
    record = record_of(table["date"], values) if "date" in table.columns else None
    total = float(values.sum())
    return Sales(
        measure,
        total,
        len(table),
        items,
        orders,
        record,
        _parts(table, values, total) if total > 0 else (),
    )


def _parts(table: pd.DataFrame, values: np.ndarray, total: float) -> tuple[Part, ...]:
    own = [
        name
        for name in table.columns
        if name not in _KNOWN and not _CALENDAR.search(str(name)) and _is_kind(table[name])
    ]
    own.sort(key=lambda name: not _TELLING.search(str(name)))
    found: list[Part] = []
    for name in (*(role for role in _ROLES if role in table.columns), *own):
        sums = (
            pd.Series(values)
            .groupby(table[name].to_numpy(), sort=False)
            .sum()
            .sort_values(ascending=False, kind="stable")
        )
        if len(sums) > 1 and len(found) < _MOST_PARTS:
            shown, rest = sums.head(_SHOWN), sums.iloc[_SHOWN:]
            made = pd.DataFrame(
                {
                    "name": shown.index.astype(str),
                    "value": shown.to_numpy(),
                    "share": shown.to_numpy() / total,
                }
            )
            found.append(Part(str(name), made, len(rest), float(rest.sum()) / total))
    return tuple(found)


def _is_kind(column: pd.Series) -> bool:
    """Whether a column of the file's own puts rows into a few kinds."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return False
    return 2 <= column.nunique() <= _MOST_LEVELS
