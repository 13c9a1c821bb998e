"""The typed table made in one pass, and the sums that its ledger is held to."""

from __future__ import annotations

from crm_analysis.engine import quoted, show_as_text
from crm_analysis.jobs import Progress
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.codes import TypedRows
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.ledger import Sums
from crm_analysis.tables.cleaning.money import LineMoney
from crm_analysis.tables.cleaning.plan import (
    ColumnReading,
    chosen,
    extent,
    relation,
    row_numbers,
)
from crm_analysis.tables.cleaning.rows import no_product, returned
from crm_analysis.tables.kinds import KINDS

__all__ = ["build", "settle_amounts", "sums_of"]

_FEW_LEAVING = 0.2


def build(
    draft: Draft,
    typed: TypedRows,
    kind: str,
    money: LineMoney,
    factor: str,
    final: bool,
    progress: Progress,
) -> tuple[Message, ...]:
    """Make the table and, typed alike, the rows that are not in it; what to ask about them.

    Not `final`: it keeps the rows' numbers for the steps to come.
    """
    orders = kind == "transactions"
    order = [role.name for role in KINDS[kind].roles]
    columns = sorted(
        draft.columns,
        key=lambda column: (
            column.role not in order,
            order.index(column.role) if column.role in order else column.position,
        ),
    )
    inner = ", ".join(
        [
            "_source",
            "_line",
            "_row",
            *(f"{_value(column, factor)} AS {quoted(column.name)}" for column in columns),
        ]
    )
    amount = money.amount is not None and orders
    back, said = returned(draft, amount) if orders else ("", "")
    outer = ["_source", "_line", *([] if final else ["_row"])]
    for column in columns:
        outer.append(
            f"{_split(draft)} AS amount"
            if column.name == "amount" and amount
            else quoted(column.name)
        ) if money.split or column.name != "amount" or not orders else outer.append('"amount"')
    if amount and not any(column.name == "amount" for column in columns):
        # Before the columns that have no role, behind those that have one.
        at = len([column for column in columns if column.role and column.name == column.role]) + (
            len(outer) - len(columns)
        )
        outer.insert(at, f"{money.amount} AS amount")
    if orders:
        at = len([column for column in columns if column.role and column.name == column.role]) + (
            len(outer) - len(columns)
        )
        shown = (
            no_product(draft, draft.options.no_product_words)
            if draft.options.does("products")
            else "false"
        )
        outer[at:at] = [f"{back} AS is_return", f"NOT {shown} AS is_product"]
    _make(draft, typed, columns, factor, outer, money.split, progress)
    with_row = outer if "_row" in outer else [*outer[:2], "_row", *outer[2:]]
    with chosen(draft.raw, draft.base, row_numbers(draft.engine, draft.gone)) as rows:
        away = (
            f"SELECT {', '.join(_unsplit(with_row))} FROM (SELECT {inner}"
            f" FROM {relation(rows, draft.columns)})"
        )
        draft.engine.run(f"CREATE TABLE {quoted(draft.aside)} AS {away}")
    _record(draft, money, factor)
    if orders and amount and said != "coalesce(false, false)":
        count = draft.engine.run(
            f'SELECT count(*) FROM {quoted(draft.store)} WHERE is_return AND "amount" > 0'
        )[0][0]
        if count and draft.options.returns != "drop":
            return (
                Message(
                    "cleaning.question.returns_positive",
                    {
                        "lines": count,
                        "option": "returns",
                        "choices": ["keep", "drop"],
                        "default": draft.options.returns,
                    },
                ),
            )
    return ()


def _make(
    draft: Draft,
    typed: TypedRows,
    columns: list[ColumnReading],
    factor: str,
    outer: list[str],
    split: bool,
    progress: Progress,
) -> None:
    """The table of the rows that stay, in the order of the file.

    Texts that are coded are stored as codes.

    A join that leaves rows out would lose the order. Few rows to leave out are deleted afterwards,
    which costs next to nothing; many, or totals that are shared among the lines that stay, are
    worth a sort.
    """
    run, gone = draft.engine.run, quoted(draft.gone)
    store = quoted(f"{draft.store}_coded" if typed.codes else draft.store)
    cells = [
        f"{_value(column, factor, typed.value(column))} AS {quoted(column.name)}"
        for column in columns
    ]
    inner = ", ".join(
        [
            "_source",
            "_line",
            "_row",
            *cells,
            *(f"{code} AS _code_{at}" for at, code in enumerate(typed.codes.values())),
        ]
    )
    coded = {quoted(name): f"_code_{at} AS {quoted(name)}" for at, name in enumerate(typed.codes)}
    outer = [coded.get(column, column) for column in outer]
    rows, first, last = extent(draft.raw, draft.base)
    leaving = run(f"SELECT count(*) FROM {gone}")[0][0]
    numbered = (
        last - first == rows - 1
    )  # then the new table's rows have the numbers of the raw ones, counted from the first
    source = f"SELECT {inner} FROM {typed.rows}"
    if split or (leaving and not numbered) or leaving > _FEW_LEAVING * rows:
        source += f" WHERE _row NOT IN (SELECT _row FROM {gone})"
        select = f"SELECT {', '.join(outer)} FROM ({source}) ORDER BY _row"
        leaving = 0
    else:
        select = f"SELECT {', '.join(outer)} FROM ({source})"
    run(
        f"CREATE TABLE {store} AS {select}",
        progress=progress,
        step="cleaning.step.types",
        start=0.5,
        end=0.95,
    )
    if leaving:
        # Were a row not where it is expected, it would stay, and the sums would tell.
        run(
            f"DELETE FROM {store} WHERE rowid IN (SELECT _row - {first}"
            f" FROM {gone}) AND _line IN (SELECT _line FROM {gone})"
        )
    if typed.codes:
        with draft.engine.cursor() as cursor:
            show_as_text(cursor, f"{draft.store}_coded", draft.store)


def _value(column: ColumnReading, factor: str, value: str = "") -> str:
    """A typed cell; money in the one currency."""
    value = value or column.value
    return f"({value}) * {factor}" if factor != "1" and column.type == "money" else value


def _split(draft: Draft) -> str:
    """An order's total shared out evenly among the order's lines."""
    if draft.role("order") is None:
        return '"amount"'
    return (
        'CASE WHEN "order" IS NULL THEN "amount" ELSE "amount" / count("amount")'
        ' OVER (PARTITION BY "order") END'
    )


def _unsplit(outer: list[str]) -> list[str]:
    return [
        '"amount"' if column.startswith('CASE WHEN "order" IS NULL') else column for column in outer
    ]


def _record(draft: Draft, money: LineMoney, factor: str) -> None:
    """Changes of the building itself: shared totals, converted money."""
    store, patches = quoted(draft.store), quoted(draft.patches)
    if factor != "1":
        for column in [column for column in draft.columns if column.type == "money"]:
            raw = f"SELECT _row AS r, {column.value} AS old, {factor} AS f FROM {draft.rows}"
            draft.engine.run(
                f"INSERT INTO {patches}"
                f" SELECT s._row, s._source, s._line, '{column.name}', 'currency', 'converted',"
                " CAST(b.old AS VARCHAR), CAST(b.old * b.f AS VARCHAR)"
                f" FROM {store} s JOIN ({raw}) b ON b.r = s._row"
                " WHERE b.f <> 1 AND b.old IS NOT NULL"
            )
    if money.split:
        amount = draft.role("amount")
        if amount:
            raw = f"SELECT _row AS r, {_value(amount, factor)} AS old FROM {draft.rows}"
            draft.engine.run(
                f"INSERT INTO {patches}"
                " SELECT s._row, s._source, s._line, 'amount', 'order_totals',"
                " 'order_total_repeated', CAST(b.old AS VARCHAR), CAST(s.amount AS VARCHAR)"
                f" FROM {store} s JOIN ({raw}) b ON b.r = s._row WHERE b.old IS DISTINCT"
                " FROM s.amount"
            )


def settle_amounts(draft: Draft, money: LineMoney) -> None:
    """Amounts follow quantities and prices that later steps changed."""
    if not money.formula or money.amount is None or "_row" not in draft.engine.columns(draft.store):
        return
    changed = (
        f"SELECT _row FROM {quoted(draft.patches)}"
        " WHERE name IN ('quantity', 'unit_price') AND step NOT IN ('currency')"
    )
    for (step,) in draft.engine.run(
        f"SELECT DISTINCT step FROM ({changed.replace('SELECT _row', 'SELECT _row, step')})"
        " ORDER BY step"
    ):
        rows = f"{changed} AND step = '{step}'"
        draft.patch(
            step,
            "amount_follows",
            "amount",
            f"SELECT _row, {money.amount} AS new FROM {quoted(draft.store)} WHERE _row IN ({rows})",
        )


def sums_of(draft: Draft, typed: TypedRows, kind: str, money: LineMoney, factor: str) -> Sums:
    """Rows and money, from all rows on one side and from the results on the other."""
    engine = draft.engine
    raw, kept = (
        extent(draft.raw, draft.base)[0],
        engine.run(f"SELECT count(*) FROM {quoted(draft.store)}")[0][0],
    )
    gone = dict(
        engine.run(f"SELECT step, count(*) FROM {quoted(draft.gone)} GROUP BY step ORDER BY step")
    )
    column = "amount" if kind == "transactions" else "cost"
    if money.amount is None or column not in engine.columns(draft.store):
        return Sums(raw, kept, gone)
    name = quoted(column)
    needed = [
        other
        for other in draft.columns
        if f"{quoted(other.name)}" in money.amount or other.name == column
    ]
    cells = ", ".join(
        f"{_value(other, factor, typed.value(other))} AS {quoted(other.name)}" for other in needed
    )
    foreign = f"_row NOT IN (SELECT _row FROM {quoted(draft.gone)} WHERE step = 'currency')"
    read = engine.run(
        f"SELECT coalesce(fsum({money.amount}), 0) FROM (SELECT {cells} FROM {typed.rows}"
        f" WHERE {foreign})"
    )[0][0]
    stays = engine.run(f"SELECT coalesce(fsum({name}), 0) FROM {quoted(draft.store)}")[0][0]
    # Few as a rule; a join in DuckDB would take 16 MB for however few.
    steps = engine.frame(f"SELECT _row, step FROM {quoted(draft.gone)} WHERE step <> 'currency'")
    lost = (
        steps.merge(
            engine.frame(f"SELECT _row, {name} AS money FROM {quoted(draft.aside)}"), on="_row"
        )
        .groupby("step")["money"]
        .sum()
        .to_dict()
    )
    edits = dict(
        engine.run(
            "SELECT step, fsum(coalesce(TRY_CAST(new AS DOUBLE),"
            f" 0) - coalesce(TRY_CAST(old AS DOUBLE), 0)) FROM {quoted(draft.patches)}"
            f" WHERE name = '{column}' AND step <> 'currency' GROUP BY step"
        )
    )
    return Sums(raw, kept, gone, read, stays, lost, edits)
