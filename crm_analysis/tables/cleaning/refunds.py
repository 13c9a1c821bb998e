"""Refunds that stand apart from their sale: in a row of their own, or on a day of their own.

What was given back comes off once, and on the day it was where the file has that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm_analysis.engine import quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.line_money import LineMoney
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.cleaning.sql import one_of
from crm_analysis.tables.sales.headings import says

_SAME = 0.011


def refund_columns(draft: Draft) -> list[ColumnReading]:
    """The columns of what was given back that come off the money."""
    by_source = {column.source.strip(): column for column in draft.columns}
    names = draft.rules.minus if draft.options.take_off else ()
    columns = [
        by_source[name.strip()] for name in names if name.strip() in by_source
    ]
    return [
        column
        for column in columns
        if column.type in ("number", "money") and says(column.source, "refund")
    ]


def refund_day(draft: Draft) -> ColumnReading | None:
    """The column with the day of a refund; None: what was given back comes off the sale."""
    name = (draft.rules.refund_date or "").strip()
    is_used = draft.role("date") is not None and draft.options.does("returns")
    days = [
        column
        for column in draft.columns
        if column.source.strip() == name
        and column.type == "date"
        and not column.role
    ]
    return days[0] if days and is_used else None


def typed_cells(draft: Draft, *uses: str) -> str:
    """SQL: the typed cells that some expressions over the typed row are made of."""
    cells = [
        f"{column.value} AS {quoted(column.name)}"
        for column in draft.columns
        if any(quoted(column.name) in use for use in uses)
    ]
    return ", ".join(cells) or "NULL AS nothing"


def booked_orders(draft: Draft, column: ColumnReading, amount: str) -> str:
    """SQL: whether the refund of an order in a column is a row of its own as well.

    Then the row takes it off. "false" where no order has both.
    """
    if draft.role("order") is None:
        return "false"
    back = "sum(a) FILTER (a < 0)"
    typed = typed_cells(draft, '"order"', amount, quoted(column.name))
    lines = f'SELECT "order" AS o, {amount} AS a, abs({quoted(column.name)}) AS r'
    lines += f" FROM (SELECT {typed} FROM {draft.rows})"
    name = f"{draft.gone}_in_rows_{column.position}"
    draft.engine.run(
        f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT o FROM ({lines})"
        " WHERE o IS NOT NULL GROUP BY o HAVING max(r) > 0"
        f" AND (abs(max(r) + {back}) < {_SAME}"
        f" OR abs(sum(r) FILTER (a >= 0) + {back}) < {_SAME})"
    )
    if not draft.engine.run(f"SELECT count(*) FROM {quoted(name)}")[0][0]:
        return "false"
    return f'coalesce("order" IN (SELECT o FROM {quoted(name)}), false)'


def partly_by_figure(draft: Draft) -> str:
    """SQL: whether a figure says what was given back of a line, and something of it is left."""
    columns = refund_columns(draft)
    if not columns:
        return "false"
    figure = " OR ".join(f"{quoted(one.name)} <> 0" for one in columns)
    of_order = {one.source for one in columns} & set(draft.rules.once_per_order)
    if of_order and draft.role("order"):
        typed = typed_cells(draft, '"order"', figure)
        lines = f"SELECT {typed} FROM {draft.rows}"
        figure = f'"order" IN (SELECT "order" FROM ({lines}) WHERE {figure})'
    return f"coalesce(({figure}) AND amount > {_SAME}, false)"


@dataclass(frozen=True)
class Judged:
    """What is known of each line before refunds are: SQL over the typed row.

    `undone`: its status calls it given back; `trade`: nothing else says that it is no sale.
    """

    undone: str
    trade: str


def lines_undone_by_others(draft: Draft, money: LineMoney, judged: Judged) -> str:
    """SQL: whether a line that its status undoes is undone by a negative line as well.

    By one of its order; else by one of the same customer, of exactly that amount, whose own
    order has no purchase. Such a line is a sale, or the refund would come off twice.
    """
    roles = [name for name in ("order", "customer") if draft.role(name)]
    if judged.undone == "false" or money.amount is None or not roles:
        return "false"
    order, customer = (
        quoted(name) if name in roles else "NULL" for name in ("order", "customer")
    )
    signed = f"CASE WHEN {money.turned} THEN -abs({money.amount}) ELSE {money.amount} END"
    typed = typed_cells(draft, order, customer, signed, judged.undone, judged.trade)
    inner = f"SELECT _source, _line, _row, {typed} FROM {draft.rows}"
    if not any(column.name == "amount" for column in draft.columns):
        inner = f"SELECT *, {money.amount} AS amount FROM ({inner})"
    lines = (
        f"SELECT _source, _line, _row, {order} AS o, {customer} AS c, {signed} AS a,"
        f" {judged.undone} AS undone, {judged.trade} AS trade FROM ({inner})"
    )
    name = quoted(f"{draft.gone}_undone")
    back = "SELECT o, c, a FROM lines WHERE a < 0 AND trade"
    bought = "SELECT * FROM lines WHERE a > 0 AND undone AND trade"
    nth = "row_number() OVER (PARTITION BY c, a ORDER BY _row)"
    draft.engine.run(
        f"CREATE OR REPLACE TABLE {name} AS WITH lines AS MATERIALIZED ({lines}),"
        f" back AS ({back}), bought AS ({bought}), own AS (SELECT _source, _line FROM bought"
        " WHERE o IN (SELECT o FROM back)), free AS (SELECT c, -a AS a, count(*) AS n FROM back"
        " WHERE c IS NOT NULL AND (o IS NULL OR o NOT IN (SELECT o FROM lines WHERE a > 0"
        f" AND o IS NOT NULL)) GROUP BY ALL), ranked AS (SELECT *, {nth} AS nth FROM bought"
        " WHERE o IS NULL OR o NOT IN (SELECT o FROM back WHERE o IS NOT NULL))"
        " SELECT _source, _line FROM own UNION SELECT r._source, r._line FROM ranked r"
        f" JOIN free f ON r.c = f.c AND abs(r.a - f.a) < {_SAME} AND r.nth <= f.n"
    )
    if not draft.engine.run(f"SELECT count(*) FROM {name}")[0][0]:
        return "false"
    return f"((_source, _line) IN (SELECT (_source, _line) FROM {name}))"


def put_on_their_days(draft: Draft, undone: str) -> tuple[Message, ...]:
    """What was given back becomes a line of its own, on its day, less than nothing.

    Returns what is said of it. `undone` is SQL for lines that were given back as a whole, which
    need no figure.
    """
    day, columns = refund_day(draft), refund_columns(draft)
    if day is None:
        return ()
    once = {name.strip() for name in draft.rules.once_per_order}
    of_order = bool(columns) and any(one.source.strip() in once for one in columns)
    of_order = of_order and draft.role("order") is not None
    figure = " + ".join(f"abs(coalesce({quoted(one.name)}, 0))" for one in columns)
    whole = f"CASE WHEN {undone} AND {quoted(day.name)} IS NOT NULL THEN amount END"
    backs = f"coalesce(nullif({figure or '0'}, 0), {whole}, 0)"
    lines = (
        f"SELECT *, {backs} AS _back, {quoted(day.name)} AS _day"
        f" FROM {quoted(draft.store)} WHERE is_sale AND amount > 0"
    )
    if of_order:
        group = "(PARTITION BY coalesce(\"order\", '#' || _row))"
        lines = (
            f"SELECT * REPLACE (max(_back) OVER {group} AS _back, max(_day) OVER {group} AS"
            f" _day, sum(amount) OVER {group} AS amount), count(*) OVER {group} AS _size"
            f" FROM ({lines}) QUALIFY row_number() OVER {group[:-1]} ORDER BY _row) = 1"
        )
    else:
        lines = f"SELECT *, 1 AS _size FROM ({lines})"
    new = quoted(f"{draft.store}_given_back")
    own = ", ".join(
        _cell(draft, name) for name in draft.engine.columns(draft.store)
    )
    draft.engine.run(
        f"CREATE TABLE {new} AS SELECT {own} FROM ({lines}) WHERE _back > 0 ORDER BY _row"
    )
    run = draft.engine.run
    run(f"INSERT INTO {quoted(draft.store)} SELECT * FROM {new} ORDER BY _row DESC")
    run(
        f"INSERT INTO {quoted(draft.patches)} SELECT _row, _source, _line, 'amount', 'returns',"
        f" 'refund_dated', NULL, CAST(amount AS VARCHAR) FROM {new}"
    )
    count, money = run(f"SELECT count(*), coalesce(-fsum(amount), 0) FROM {new}")[0]
    run(f"DROP TABLE {new}")
    if not count:
        return ()
    details = {"rows": count, "money": round(money, 2), "column": day.source}
    return (Message("cleaning.question.refunds_dated", details),)


def _cell(draft: Draft, name: str) -> str:
    """SQL: a cell of the line of a refund, over the line that it takes back."""
    figures = [one.name for one in draft.columns if one.type in ("number", "money")]
    cells = {
        "_row": "-1 - _row",  # no row of the file
        "amount": "-least(_back, amount)",
        "date": 'coalesce(_day, "date")',
        "is_return": "true",
    }
    if name in cells:
        return f"{cells[name]} AS {quoted(name)}"
    if name in figures:
        return f"NULL AS {quoted(name)}"
    if name in ("product", "product_code"):
        return f"CASE WHEN _size = 1 THEN {quoted(name)} END AS {quoted(name)}"
    return quoted(name)


def say_undated(draft: Draft) -> tuple[Message, ...]:
    """That refunds come off on the day of the sale, as far as there are any."""
    said = []
    for column in () if refund_day(draft) else refund_columns(draft):
        figures = (
            f"SELECT abs({quoted(column.name)}) AS r FROM {quoted(draft.store)}"
        )
        figures += " WHERE is_sale"
        if column.source in draft.rules.once_per_order and draft.role("order"):
            figures = figures.replace("AS r", 'AS r, "order" AS o')
            figures = f"SELECT max(r) AS r FROM ({figures}) GROUP BY o"
        rows, money = draft.engine.run(
            f"SELECT count(*), fsum(r) FROM ({figures}) WHERE r > 0"
        )[0]
        if rows:
            details = {
                "column": column.source,
                "rows": rows,
                "money": round(money, 2),
            }
            said.append(Message("cleaning.question.refunds_undated", details))
    return tuple(said)


def ask_about_parts(
    draft: Draft, column: str, words: Sequence[str]
) -> tuple[Message, ...]:
    """How much was given back of lines that a status calls partly refunded, and no figure tells."""
    if not words or not draft.options.take_off:
        return ()
    figures = [
        f"abs(coalesce({quoted(one.name)}, 0))" for one in refund_columns(draft)
    ]
    known = f"({' + '.join(figures) or '0'}) > 0"
    if draft.role("order"):
        known = f'bool_or({known} OR amount < 0) OVER (PARTITION BY "order")'
    text = f"CAST({quoted(column)} AS VARCHAR)"
    lines = f"SELECT {text} AS status, amount, {known} AS known, is_sale"
    rows, money = draft.engine.run(
        f"SELECT count(*), fsum(amount) FROM ({lines} FROM {quoted(draft.store)})"
        f" WHERE is_sale AND amount > 0 AND NOT known AND {one_of('status', words)}"
    )[0]
    if not rows:
        return ()
    details = {
        "column": column,
        "values": list(words),
        "words": list(words),
        "rows": rows,
        "money": round(money, 2),
        "option": "statuses",
        "choices": ["sale", "no_sale"],
        "default": "sale",
    }
    return (Message("cleaning.question.status_part_refunded", details),)
