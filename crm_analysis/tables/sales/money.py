"""Which of several columns of money is what was received, by their headings and a sample."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.tables.sales.headings import Subject, says
from crm_analysis.tables.sales.sampled import SampledTable

_NETTED = re.compile(r"[-−(]\s*refund|after refund|退款后|net of refund")
_FIGURE = r"\D{0,5}\d(?:[\d.,' ]*\d)?\D{0,5}"
_GROSS = re.compile(r"(?i)\bgross|\bnet\b|brutto|netto|税前|税后|含税")
_GROSS_ONLY = re.compile(r"(?i)\bgross|brutto|\bbrut\b|总额|毛额")
_NET_ONLY = re.compile(r"(?i)\bnet\b|netto|净额|净收")
_SUBJECTS: tuple[Subject, ...] = ("refund", "paid", "asked")
_NO_MONEY_ROLES = ("unit_price", "quantity", "order", "customer", "date")


@dataclass(frozen=True)
class _Figures:
    """A column of figures: its heading, and the numbers under the rows they stand in."""

    heading: str
    numbers: pd.Series

    @property
    def is_flag(self) -> bool:
        return set(self.numbers.dropna()) <= {0.0, 1.0}


def guess_money(table: SampledTable) -> dict[str, Any]:
    """What `SalesRules` says of money: the column, what comes off it, what could be it as well.

    Money received is what was paid less what was given back. Nothing where the headings tell of
    one column only.
    """
    figures = _figures(table)
    refunds = [column for column in figures if _is_refund(column)]
    paid = [column for column in figures if _is_paid(column)]
    could_be = [column for column in figures if _could_be_money(column)]
    has_goods = {"quantity", "unit_price"} <= set(table.roles)
    amount = table.roles.get("amount")
    guessed: dict[str, Any] = {}
    money = amount
    gross = [
        column.heading for column in could_be if _GROSS_ONLY.search(column.heading)
    ]
    has_fees = any(says(heading, "fee") for heading in table.headings)
    if gross and has_fees and _NET_ONLY.search(amount or ""):
        # What a platform keeps is a cost: the customer paid the gross figure.
        amount = money = gross[0]
        guessed["money"] = (money,)
    elif paid and not (amount and says(amount, "paid")):
        money = paid[0].heading
        guessed["money"] = (money,)
    elif could_be and not (amount or has_goods):
        money = could_be[0].heading
        guessed["money"] = (money,)
    if (
        refunds
        and (money or has_goods)
        and not _NETTED.search((money or "").casefold())
    ):
        guessed["minus"] = (_of_same_kind(refunds, money or "").heading,)
    others = [column.heading for column in could_be if column.heading != money]
    is_clear = len(others) == 1 and not (paid or _GROSS.search(money or ""))
    if money and others and not is_clear:
        guessed["candidates"] = (money, *others)
    off = guessed.get("minus", ())
    once = [column.heading for column in figures if column.heading in off]
    guessed["once_per_order"] = tuple(
        heading for heading in once if _stands_once(table, heading)
    )
    return guessed


def _figures(table: SampledTable) -> list[_Figures]:
    taken = {table.roles.get(role) for role in _NO_MONEY_ROLES}
    columns = []
    for position, heading in enumerate(table.headings):
        if heading in taken or not any(
            says(heading, subject) for subject in _SUBJECTS
        ):
            continue
        numbers = as_numbers(table.cells(position))
        if numbers is not None:
            columns.append(_Figures(heading, numbers))
    return columns


def as_numbers(cells: pd.Series) -> pd.Series | None:
    """The figures of a column, good enough to compare; None where it holds anything else.

    >>> as_numbers(pd.Series(["12.50 EUR", "", "¥1,000"])).tolist()
    [12.5, nan, 1000.0]
    >>> as_numbers(pd.Series(["2025-03-01", "Tea"]))
    """
    filled = cells[cells != ""]
    if filled.empty or filled.str.fullmatch(_FIGURE).mean() < 0.8:
        return None
    bare = cells.str.replace("−", "-").str.replace(r"[^\d.,-]", "", regex=True)
    comma = bare.str.fullmatch(r"-?(?:\d{1,3}(?:\.\d{3})+|\d+),\d{1,2}")
    dotted = bare.str.replace(".", "", regex=False).str.replace(
        ",", ".", regex=False
    )
    plain = bare.str.replace(",", "", regex=False).mask(comma, dotted)
    return pd.to_numeric(plain, errors="coerce")


def _is_refund(column: _Figures) -> bool:
    is_meant = says(column.heading, "refund") and not says(column.heading, "aside")
    is_netted = bool(_NETTED.search(column.heading.casefold()))
    return is_meant and not is_netted and not column.is_flag


def _is_paid(column: _Figures) -> bool:
    heading = column.heading
    is_meant = says(heading, "paid") and not says(heading, "aside")
    is_other = says(heading, "refund") or column.is_flag
    return is_meant and not is_other and bool((column.numbers > 0).any())


def _could_be_money(column: _Figures) -> bool:
    heading = column.heading
    is_meant = says(heading, "asked") or says(heading, "paid")
    is_refund = says(heading, "refund") and not _NETTED.search(heading.casefold())
    return is_meant and not (is_refund or says(heading, "aside") or column.is_flag)


def _of_same_kind(refunds: list[_Figures], money: str) -> _Figures:
    """The refund that is in the same money: "Converted Amount Refunded" of "Converted Amount"."""
    named = [
        column for column in refunds if money and column.heading.startswith(money)
    ]
    return (named or refunds)[0]


def _stands_once(table: SampledTable, heading: str) -> bool:
    """Whether a figure is the order's: the same on each of its lines, or on the first only."""
    order = table.position("order")
    if order is None:
        return False
    numbers = as_numbers(table.cells(list(table.headings).index(heading)))
    orders = table.cells(order)
    if numbers is None:
        return False
    lines = pd.DataFrame({"order": orders, "figure": numbers.replace(0, np.nan)})
    sizes = lines[orders != ""].groupby("order")["figure"]
    several = sizes.agg(["size", "count", "nunique"]).query(
        "size > 1 and count > 0"
    )
    each = several["nunique"].eq(1) & several["count"].eq(several["size"])
    on_first = lines.drop_duplicates("order").set_index("order")["figure"].notna()
    whole = each | several["count"].eq(1) & on_first.reindex(several.index)
    return bool(len(several)) and bool(whole.all())
