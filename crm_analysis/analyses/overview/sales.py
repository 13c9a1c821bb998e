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
from crm_analysis.tables.sales import only_sales

Measure = Literal["amount", "quantity", "value", "lines"]
_MEASURES: tuple[Measure, ...] = ("amount", "quantity", "value")
_ROLES = ("category", "product", "country", "channel", "series")
_WITH_A_ROLE = {
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
    "is_sale",
    "is_return",
    "is_product",
}
_CALENDAR = re.compile(
    r"^(year|month|quarter|week|weekday|day|fy|season)s?\b|年|月|季度|星期|周",
    re.IGNORECASE,
)  # when, which the line of months says
_TELLING = re.compile(
    r"categor|region|branch|store|shop|segment|brand|department|group|filiale"
    r"|品类|分类|类别|地区|区域|门店|分店|品牌|部门",
    re.IGNORECASE,
)
_MOST_PARTS = 4
_MOST_LEVELS = 30  # of a column of the file's own: more are names, not kinds
_SHOWN = 8


@dataclass(frozen=True, eq=False)
class Part:
    """The measure by the values of a column.

    Attributes
    ----------
    column
        A role, or a column of the file's own.
    table
        A row a value, largest first: name, value (in the measure's unit), share of the total.
        Rows without a value are in neither this nor the rest.
    rest, rest_share
        How many more values there are, and their share.
    """

    column: str
    table: pd.DataFrame
    rest: int
    rest_share: float


@dataclass(frozen=True, eq=False)
class Sales:
    """How much there was, when, and of what.

    Attributes
    ----------
    measure
        What is added up: money where there is some, else items, else lines.
    total, lines
        The sum of all lines, and how many these are.
    items, orders
        How many; None where the file does not say.
    record
        When; None without dates.
    parts
        Of what: by roles, then by columns of the file's own.
    """

    measure: Measure
    total: float
    lines: int
    items: float | None
    orders: int | None
    record: Record | None
    parts: tuple[Part, ...]


def sales(table: pd.DataFrame) -> Sales:
    """How much, when, of what. Amounts are net: returns are subtracted.

    Parameters
    ----------
    table
        Order lines with any of `amount`, `quantity`, `order`, `date`, `category`, `product`,
        `country`, `channel` and columns of the file's own, or demand figures with `date`,
        `value`, `series`.

    Raises
    ------
    AnalysisError
        "overview.no_rows" where there is no row.

    Examples
    --------
    >>> kinds = ["bread", "cake", "bread"]
    >>> sales(pd.DataFrame({"amount": [6.0, 3.0, 1.0], "category": kinds})).parts[0].table
        name  value  share
    0  bread    7.0    0.7
    1   cake    3.0    0.3
    """
    table = only_sales(table)
    if table.empty:
        raise AnalysisError("overview.no_rows")
    measure = _measure_of(table)
    values = np.ones(len(table))
    if measure != "lines":
        values = np.nan_to_num(
            table[measure].to_numpy(dtype=float, na_value=np.nan)
        )
    items = None
    if "quantity" in table.columns and measure != "quantity":
        items = float(table["quantity"].sum())
    total = float(values.sum())
    return Sales(
        measure,
        total,
        len(table),
        items,
        int(table["order"].nunique()) if "order" in table.columns else None,
        record_of(table["date"], values) if "date" in table.columns else None,
        _parts(table, values, total) if total > 0 else (),
    )


def _measure_of(table: pd.DataFrame) -> Measure:
    for measure in _MEASURES:
        if measure in table.columns and table[measure].notna().any():
            return measure
    return "lines"


def _parts(
    table: pd.DataFrame, values: np.ndarray, total: float
) -> tuple[Part, ...]:
    parts: list[Part] = []
    for name in _columns_that_part(table):
        sums = pd.Series(values).groupby(table[name].to_numpy(), sort=False).sum()
        sums = sums.sort_values(ascending=False, kind="stable")
        if len(sums) > 1 and len(parts) < _MOST_PARTS:
            largest, rest = sums.head(_SHOWN), sums.iloc[_SHOWN:]
            shown = pd.DataFrame(
                {
                    "name": largest.index.astype(str),
                    "value": largest.to_numpy(),
                    "share": largest.to_numpy() / total,
                }
            )
            parts.append(
                Part(str(name), shown, len(rest), float(rest.sum()) / total)
            )
    return tuple(parts)


def _columns_that_part(table: pd.DataFrame) -> list[str]:
    """Roles, then columns of the file's own that put rows into a few kinds, telling names first."""
    own = [
        name
        for name in table.columns
        if name not in _WITH_A_ROLE
        and not _CALENDAR.search(str(name))
        and _is_kind(table[name])
    ]
    own.sort(key=lambda name: not _TELLING.search(str(name)))
    return [*(role for role in _ROLES if role in table.columns), *own]


def _is_kind(column: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(
        column
    ) or pd.api.types.is_datetime64_any_dtype(column):
        return False
    return 2 <= column.nunique() <= _MOST_LEVELS
