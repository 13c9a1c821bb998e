"""How the sales of a table are to be read, from its headings and a sample of its rows."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from crm_analysis.tables.sales.headings import Subject, answers, says
from crm_analysis.tables.sales.money import as_numbers, guess_money
from crm_analysis.tables.sales.rules import SalesRules
from crm_analysis.tables.sales.sampled import SampledTable
from crm_analysis.tables.sales.statuses import (
    is_whole_status,
    meaning_of,
    plain_word,
)

_FEW = 60  # different words: more are names, not statuses
_FEW_UNKNOWN = 12  # different words of which none is known
_MOVES = {"no_trade", "refunded", "charged_back", "cancelled"}
_SALES = {"paid", "shipped"}
_SURE = 0.8  # share of cells with a known status where the heading does not say so
_OF_ORDERS: tuple[Subject, ...] = (
    "cancelled_at",
    "status",
    "is_no_sale",
    "refund_date",
)
_LINE_ROLES = (
    *("product", "product_code", "quantity", "unit_price", "amount", "discount"),
    *("cost", "order", "text"),
)
_NO_STATUS_ROLES = (
    *_LINE_ROLES,
    *("customer", "date", "currency"),
)


def _free(table: SampledTable) -> Iterator[tuple[int, str]]:
    """The columns that no role keeps from being a status; a kind of movement has none."""
    taken = {table.roles.get(role) for role in _NO_STATUS_ROLES}
    for position, heading in enumerate(table.headings):
        if heading not in taken or says(heading, "movement"):
            yield position, heading


def guess_rules(table: SampledTable) -> SalesRules:
    """The statuses, flags and order-level columns of a table of orders, as far as it has any."""
    if table.rows.empty:
        return SalesRules()
    carried = _carried(table)
    statuses: list[str] = []
    excluded: dict[str, tuple[str, ...]] = {}
    cancelled: list[str] = []
    for position, heading in _free(table):
        if says(heading, "cancelled_at"):
            cancelled.append(heading)
            continue
        words = table.words(position)
        if not 0 < len(words) <= _FEW:
            continue
        counts = pd.Series(words, index=list(words), dtype="int64")
        flagged = _excluding(heading, counts)
        if flagged:
            excluded[heading] = flagged
        elif _is_status(heading, counts):
            statuses.append(heading)
    return SalesRules(
        statuses=tuple(statuses),
        excluded=excluded,
        cancelled_when_filled=tuple(cancelled),
        carried=carried,
        refund_date=_refund_date(table),
        **guess_money(table),
    )


def _refund_date(table: SampledTable) -> str | None:
    """The column with the days of refunds, where any cell of it is filled."""
    days = [
        heading
        for position, heading in _free(table)
        if says(heading, "refund_date") and table.words(position)
    ]
    return days[0] if days else None


def _is_status(heading: str, counts: pd.Series) -> bool:
    if says(heading, "no_status"):
        return False
    if says(heading, "status"):
        asked = says(heading, "status_surely") and 1 < len(counts) <= _FEW_UNKNOWN
        return bool(asked) or any(meaning_of(word) for word in counts.index)
    if says(heading, "movement") or says(heading, "type"):
        meant = {meaning_of(word) for word in counts.index}
        if meant & _MOVES and (says(heading, "movement") or meant & _SALES):
            return True
    known = [is_whole_status(word) for word in counts.index]
    share = float(counts[known].sum() / counts.sum())
    enough = 0.5 if says(heading, "type") else _SURE
    return share >= enough and len(counts) > 1 and counts.index.str.len().max() > 2


def _excluding(heading: str, counts: pd.Series) -> tuple[str, ...]:
    """The words of a yes-or-no column that make a line no sale."""
    words = {plain_word(word) for word in counts.index}
    if not words <= answers("yes") | answers("no"):
        return ()
    if says(heading, "is_no_sale"):
        return tuple(sorted(answers("yes")))
    return tuple(sorted(answers("no"))) if says(heading, "is_sale") else ()


def _carried(table: SampledTable) -> tuple[str, ...]:
    """The columns that are filled on the first line of each order and on no other.

    One order of several lines shows it where two columns agree, else it takes three.
    """
    at = table.position("order")
    if at is None:
        return ()
    orders = table.cells(at)
    orders = orders[orders != ""]
    sizes = orders.groupby(orders).transform("size")
    several = orders[sizes > 1]
    if several.empty:
        return ()
    is_later = several.duplicated()
    later, first = several.index[is_later], several.index[~is_later]
    apart: dict[str, bool] = {}
    sparse: list[str] = []  # filled for some orders only: a date of cancellation
    line_columns = {table.roles.get(role) for role in _LINE_ROLES}
    for position, heading in enumerate(table.headings):
        is_of_lines = table.is_filled(position, later[0])  # as a rule
        if is_of_lines or table.filled(position, later).any():
            continue
        share = table.filled(position, first).mean()
        if share < 0.9 and any(says(heading, subject) for subject in _OF_ORDERS):
            sparse.append(heading)
        elif share >= 0.9:
            is_money = as_numbers(table.cells(position)) is not None
            apart[heading] = not (is_money or heading in line_columns)
    if len(apart) < 2 and several.nunique() < 3:
        return ()
    carried = [heading for heading, is_carried in apart.items() if is_carried]
    return (*carried, *sparse)
