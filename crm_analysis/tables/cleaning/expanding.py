"""Expanding figures: of each row, what its column came to up to and with it, as columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from crm_analysis.engine import quoted
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.plan import ColumnReading, ColumnSpec
from crm_analysis.tables.cleaning.sql import literal

_NUMERIC = ("number", "money")
_SUMS = {
    "mean": "avg({x})",
    "median": "median({x})",
    "total": "sum({x})",
    "count": "count({x})",
    "minimum": "min({x})",
    "maximum": "max({x})",
}


def add_expanding(draft: Draft) -> None:
    """Add the columns that the options ask for, and each of their cells to the ledger.

    A customer's rows count in the order of their dates, undated ones last; where the table has no
    customers or no dates, or the options say so, the rows down the table (of a series in the order
    of dates). Missing values are passed over; rows without a customer get none.

    Raises
    ------
    AnalysisError
        `cleaning.no_such_column`; `cleaning.expanding_needs_numbers` where a column holds none;
        `cleaning.expanding_needs_customers` where rows are to count by customers who are not there.
    """
    chosen = draft.options.expanding
    if not chosen or not draft.options.does("expanding"):
        return
    engine, store = draft.engine, quoted(draft.store)
    added = list(_planned(draft))
    cells = [f"{sql} AS {quoted(column.name)}" for column, _, sql in added]
    new = quoted(f"{draft.store}_expanded")
    engine.run(
        f"CREATE TABLE {new} AS SELECT *, {', '.join(cells)} FROM {store} ORDER BY _row"
    )
    engine.run(f"DROP TABLE {store}")
    engine.run(f"ALTER TABLE {new} RENAME TO {store}")
    for column, how, _ in added:
        name = quoted(column.name)
        engine.run(
            f"INSERT INTO {quoted(draft.patches)} SELECT _row, _source, _line,"
            f" {literal(column.name)}, 'expanding', {literal('expanding_' + how)}, NULL,"
            f" CAST({name} AS VARCHAR) FROM {store} WHERE {name} IS NOT NULL"
        )
        draft.columns.append(column)


def _planned(draft: Draft) -> Iterator[tuple[ColumnReading, str, str]]:
    """The columns to come, which figure each is, and its SQL."""
    names = set(draft.engine.columns(draft.store))
    by_name = {column.source: column for column in draft.columns}
    by_name |= {column.name: column for column in draft.columns}
    window, known = _window(draft)
    for asked, how in dict.fromkeys(draft.options.expanding):
        of = by_name.get(asked)
        name = of.name if of else asked
        if name not in names:
            raise AnalysisError("cleaning.no_such_column", column=asked)
        is_money = name == "amount" or (of is not None and of.type == "money")
        if (
            how != "count"
            and not is_money
            and (of is None or of.type not in _NUMERIC)
        ):
            raise AnalysisError("cleaning.expanding_needs_numbers", column=asked)
        title = f"{name}_expanding_{how}"
        while title in names:
            title += "_"
        names.add(title)
        figure = _SUMS[how].format(x=quoted(name))
        sql = f"CAST({figure} OVER ({window}) AS DOUBLE)"
        if known:
            sql = f"CASE WHEN {known} THEN {sql} END"
        kind = "money" if is_money and how != "count" else "number"
        spec = ColumnSpec(of.position if of else 0, name, title, None, None)
        reading = spec.read_as("money" if kind == "money" else "number", "NULL")
        detail = {"derived": True, "expanding": how, "of": name}
        yield dataclasses.replace(reading, detail=detail), how, sql


def _window(draft: Draft) -> tuple[str, str]:
    """Which rows count for a row, and where that is known."""
    names = set(draft.engine.columns(draft.store))
    whole = "ROWS UNBOUNDED PRECEDING"
    by = draft.options.expanding_by
    if by == "customer" and "customer" not in names:
        raise AnalysisError("cleaning.expanding_needs_customers")
    order = '"date" NULLS LAST, _row' if "date" in names else "_row"
    if by == "customer" or (by == "auto" and {"customer", "date"} <= names):
        has_customer = '"customer" IS NOT NULL'
        return f'PARTITION BY "customer" ORDER BY {order} {whole}', has_customer
    if {"date", "value"} <= names:
        part = 'PARTITION BY "series" ' if "series" in names else ""
        return f"{part}ORDER BY {order} {whole}", ""
    return f"ORDER BY _row {whole}", ""
