"""A table of customers with several rows a customer becomes one with a row each.

Summarised before anything is counted: nobody is counted twice, and nothing of a row is dropped
unsaid.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from crm_analysis.engine import quoted
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.cleaning.sql import literal
from crm_analysis.tables.kinds import ValueType

_NUMERIC: tuple[ValueType, ...] = ("number", "money")
_EXAMPLE = 200  # letters of the values of several rows, in the ledger

# How the values of several rows become one, in SQL over a column and the order of rows.
_SUMMARIES: dict[str, str] = {
    "mean": "avg({x})",
    "median": "median({x})",
    "maximum": "max({x})",
    "minimum": "min({x})",
    "total": "sum({x})",
    "count": "CAST(count({x}) AS DOUBLE)",
    "distinct": "CAST(count(DISTINCT {x}) AS DOUBLE)",
    "mode": "mode({x} ORDER BY _row DESC)",  # of equally common ones, the last in the file
    "first": "arg_min({x}, _row)",
    "last": "arg_max({x}, _row)",
}
_ONLY: dict[str, tuple[ValueType, ...]] = {
    "mean": (*_NUMERIC, "flag"),
    "median": _NUMERIC,
    "total": (*_NUMERIC, "flag"),
    "maximum": (*_NUMERIC, "date", "flag"),
    "minimum": (*_NUMERIC, "date", "flag"),
}
_USUAL: dict[str, str] = {
    "number": "mean",
    "money": "mean",
    "date": "maximum",
    "flag": "maximum",
}


def summaries_of(kind: str) -> tuple[str, ...]:
    """The ways in which values of a type can be summarised, the usual one first."""
    usual = _USUAL.get(kind, "mode")
    fitting = [
        name
        for name in _SUMMARIES
        if kind in _ONLY.get(name, (kind,)) and name != usual
    ]
    return (usual, *fitting)


def repeats_customers(draft: Draft, kind: str) -> bool:
    """Whether a table of customers has several rows of one."""
    customer = draft.role("customer")
    if kind != "customers" or customer is None:
        return False
    rows, different = draft.engine.run(
        f"SELECT count(v), count(DISTINCT v) FROM (SELECT {customer.value} AS v"
        f" FROM {draft.rows} WHERE _row NOT IN (SELECT _row FROM {quoted(draft.gone)}))"
    )[0]
    return bool(rows > different)


def summarise_customers(draft: Draft) -> tuple[int, tuple[Message, ...]]:
    """Give each customer one row, and the draft the columns that this has.

    Each value that comes of several is in the ledger with those it came of. Rows without a
    customer stay as they are.

    Returns
    -------
    tuple
        How many rows were merged into others, and what to ask.

    Raises
    ------
    AnalysisError
        `cleaning.no_such_column`, or `cleaning.summary_does_not_fit` for a way that the type of a
        column does not have.
    """
    _check_columns(draft)
    counts = _counts(draft)
    if not counts["repeated"]:
        return 0, ()
    question = _question(draft, counts)
    if draft.options.several_rows == "keep" or not draft.options.does(
        "several_rows"
    ):
        return 0, (question,)
    columns: list[ColumnReading] = []
    values: list[str] = []
    by_name = {column.name: column for column in draft.columns}
    order = [name for name in draft.engine.columns(draft.store) if name in by_name]
    for column in map(by_name.__getitem__, order):
        for name, how in _planned(draft, column):
            columns.append(_summarised(column, name, how))
            values.append(f"{_sql(column, how)} AS {quoted(name)}")
    _replace(draft, columns, values)
    draft.columns = columns
    return counts["rows"] - counts["customers"], (question,)


def _counts(draft: Draft) -> dict[str, int]:
    rows, customers, repeated = draft.engine.run(
        "SELECT coalesce(sum(n), 0), count(*), count(*) FILTER (n > 1) FROM (SELECT count(*) AS n"
        f' FROM {quoted(draft.store)} WHERE "customer" IS NOT NULL GROUP BY "customer")'
    )[0]
    return {"rows": int(rows), "customers": customers, "repeated": repeated}


def _question(draft: Draft, counts: dict[str, int]) -> Message:
    chosen = draft.options.several_rows
    details = {
        **counts,
        "option": "several_rows",
        "choices": ["summarise", "keep"],
        "default": chosen,
    }
    return Message(f"cleaning.question.several_rows_{chosen}", details)


def _planned(draft: Draft, column: ColumnReading) -> list[tuple[str, str]]:
    """Names and ways of what a column becomes: one keeps its name, several have their way's."""
    if column.role == "customer":
        return [(column.name, "first")]
    asked = draft.options.summaries
    own = [how for name, how in asked if name in (column.name, column.source)]
    fitting = summaries_of(column.type)
    for how in own:
        if how not in fitting:
            raise AnalysisError(
                "cleaning.summary_does_not_fit", column=column.name, how=how
            )
    chosen = own or [how for name, how in asked if name == "*" and how in fitting]
    chosen = list(dict.fromkeys(chosen)) or [fitting[0]]
    if len(chosen) == 1:
        return [(column.name, chosen[0])]
    return [(f"{column.name}_{how}", how) for how in chosen]


def _check_columns(draft: Draft) -> None:
    """AnalysisError `cleaning.no_such_column` where a way is given for no column."""
    names = {
        "*",
        *(c.name for c in draft.columns),
        *(c.source for c in draft.columns),
    }
    for name, _ in draft.options.summaries:
        if name not in names:
            raise AnalysisError("cleaning.no_such_column", column=name)


def _summarised(column: ColumnReading, name: str, how: str) -> ColumnReading:
    """How a column is known once it is summarised."""
    if column.role == "customer":
        return column
    counts = how in ("count", "distinct") or (
        column.type == "flag" and how in ("mean", "total")
    )
    kind: ValueType = "number" if counts else column.type
    is_same = name == column.name and kind == column.type
    return dataclasses.replace(
        column,
        name=name,
        role=column.role if is_same else None,
        type=kind,
        detail={**column.detail, "summary": how, "summary_of": column.type},
    )


def _sql(column: ColumnReading, how: str) -> str:
    name = quoted(column.name)
    if column.type == "flag" and how in ("mean", "total"):
        name = f"CAST({name} AS DOUBLE)"
    return _SUMMARIES[how].format(x=name)


def _replace(
    draft: Draft, columns: Sequence[ColumnReading], values: Sequence[str]
) -> None:
    """Put the summarised rows in place of the table, and what changed into the ledger."""
    engine, store = draft.engine, quoted(draft.store)
    whole = quoted(f"{draft.store}_rows")
    group = "coalesce('+' || \"customer\", '-' || _row)"  # without a customer: as it stands
    engine.run(f"CREATE TABLE {whole} AS SELECT *, {group} AS _who FROM {store}")
    engine.run(f"DROP TABLE {store}")
    first = [f"arg_min({name}, _row) AS {name}" for name in ("_source", "_line")]
    engine.run(
        f"CREATE TABLE {store} AS SELECT {', '.join([*first, 'min(_row) AS _row', *values])}"
        f" FROM {whole} GROUP BY _who ORDER BY _row"
    )
    originals = {column.position: column for column in draft.columns}
    for column in columns:
        if column.role != "customer":
            _record(draft, originals[column.position], column, whole)
    engine.run(f"DROP TABLE {whole}")


def _record(
    draft: Draft, original: ColumnReading, column: ColumnReading, whole: str
) -> None:
    """Each value that several rows became, where they did not all say the same."""
    old, new = quoted(original.name), quoted(column.name)
    texts = (
        f"SELECT _who, min(_row) AS first_row, count(*) AS n,"
        f" left(string_agg(coalesce(CAST({old} AS VARCHAR), '–'), '; ' ORDER BY _row),"
        f" {_EXAMPLE}) AS old, count(DISTINCT coalesce(CAST({old} AS VARCHAR), '–')) AS d,"
        f" any_value(CAST({old} AS VARCHAR)) AS any_old FROM {whole} GROUP BY _who"
    )
    draft.engine.run(
        f"INSERT INTO {quoted(draft.patches)}"
        f" SELECT s._row, s._source, s._line, {literal(column.name)}, 'several_rows',"
        f" {literal('summary_' + str(column.detail['summary']))}, t.old,"
        f" CAST(s.{new} AS VARCHAR) FROM {quoted(draft.store)} s"
        f" JOIN ({texts}) t ON t.first_row = s._row WHERE t.n > 1"
        f" AND (t.d > 1 OR t.any_old IS DISTINCT FROM CAST(s.{new} AS VARCHAR))"
    )
