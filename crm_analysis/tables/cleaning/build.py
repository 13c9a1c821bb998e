"""The typed table made in one pass, and the sums that its ledger is held to."""

from __future__ import annotations

from crm_analysis.engine import quoted, show_as_text
from crm_analysis.jobs import Progress
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.codes import TypedRows
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.ledger import Sums
from crm_analysis.tables.cleaning.line_money import LineMoney
from crm_analysis.tables.cleaning.plan import (
    ColumnReading,
    chosen,
    extent,
    relation,
    row_numbers,
)
from crm_analysis.tables.cleaning.rows import no_product, returned
from crm_analysis.tables.cleaning.sales import SaleLines, judge_lines
from crm_analysis.tables.kinds import KINDS

_FEW_LEAVING = 0.2


def build(
    draft: Draft,
    typed: TypedRows,
    kind: str,
    money: LineMoney,
    final: bool,
    progress: Progress,
) -> tuple[SaleLines, tuple[Message, ...]]:
    """Make the table and, with their money, the rows that are not in it.

    Returns which lines are sales, and what to ask. Not `final`: it keeps the rows' numbers for the
    steps to come.
    """
    are_orders = kind == "transactions"
    has_amount = money.amount is not None and are_orders
    columns = _in_order(draft, kind)
    lines = SaleLines()
    if are_orders:
        lines = judge_lines(draft, draft.rules, money)
    back, said = returned(draft, has_amount, lines.undone)
    outer = [quoted(column.name) for column in columns]
    shared = f"{money.shared} AS amount" if money.shared else ""
    if has_amount and shared and '"amount"' in outer:
        outer[outer.index('"amount"')] = shared
    # Before the columns that have no role, behind those that have one.
    computed = []
    if has_amount and not any(column.name == "amount" for column in columns):
        computed.append(shared or f"{money.amount} AS amount")
    if kind == "customers" and not draft.role("customer"):
        # numbers that are nobody's id in another table
        first = extent(draft.raw, draft.base)[1]
        computed.append(f"'#' || CAST(_row - {first - 1} AS VARCHAR) AS customer")
    if are_orders:
        is_no_product = "false"
        if draft.options.does("products"):
            is_no_product = no_product(draft, draft.options.no_product_words)
        flags = [
            f"({lines.reason}) IS NULL AS is_sale",
            f"{back} AS is_return",
            f"NOT {is_no_product} AS is_product",
        ]
        computed = [*computed, *flags]
    position = sum(
        bool(column.role) and column.name == column.role for column in columns
    )
    outer[position:position] = computed
    row_number = [] if final else ["_row"]
    _make(
        draft,
        typed,
        columns,
        money,
        ["_source", "_line", *row_number, *outer],
        progress,
    )
    with chosen(
        draft.raw, draft.base, row_numbers(draft.engine, draft.gone)
    ) as rows:
        _put_aside(draft, rows, kind, money)
    _record(draft, money)
    says_returns = are_orders and has_amount and said != "coalesce(false, false)"
    return lines, _question_of_returns(draft) if says_returns else ()


def _in_order(draft: Draft, kind: str) -> list[ColumnReading]:
    """The columns of roles in the order of their kind, the others in the order of the file."""
    order = [role.name for role in KINDS[kind].roles]
    with_role = [column for column in draft.columns if column.role in order]
    others = [column for column in draft.columns if column.role not in order]
    with_role.sort(key=lambda column: order.index(column.role or ""))
    return with_role + sorted(others, key=lambda column: column.position)


def _question_of_returns(draft: Draft) -> tuple[Message, ...]:
    """Lines that are called returns and yet have a positive amount."""
    lines = draft.engine.run(
        f"SELECT count(*) FROM {quoted(draft.store)}"
        f' WHERE is_return AND is_sale AND "amount" > 0'
    )[0][0]
    if not lines or draft.options.returns == "drop":
        return ()
    details = {
        "lines": lines,
        "option": "returns",
        "choices": ["keep", "drop"],
        "default": draft.options.returns,
    }
    return (Message("cleaning.question.returns_positive", details),)


def _make(
    draft: Draft,
    typed: TypedRows,
    columns: list[ColumnReading],
    money: LineMoney,
    outer: list[str],
    progress: Progress,
) -> None:
    """The table of the rows that stay, in the order of the file.

    Texts that are coded are stored as codes.

    A join that leaves rows out, or a look at other lines, would lose the order. Few rows to leave
    out are deleted afterwards, which costs next to nothing; many are worth a sort.
    """
    run, gone = draft.engine.run, quoted(draft.gone)
    store = quoted(f"{draft.store}_coded" if typed.codes else draft.store)
    cells = [
        f"{_value(column, money, typed.value(column))} AS {quoted(column.name)}"
        for column in columns
    ]
    codes = [
        f"{code} AS _code_{nth}" for nth, code in enumerate(typed.codes.values())
    ]
    inner = ", ".join(["_source", "_line", "_row", *cells, *codes])
    coded = {
        quoted(name): f"_code_{nth} AS {quoted(name)}"
        for nth, name in enumerate(typed.codes)
    }
    outer = [coded.get(column, column) for column in outer]
    rows, first, last = extent(draft.raw, draft.base)
    leaving = run(f"SELECT count(*) FROM {gone}")[0][0]
    # Then the new table's rows have the numbers of the raw ones, counted from the first.
    numbered = last - first == rows - 1
    source = f"SELECT {inner} FROM {typed.rows}"
    looks_around = any(
        part in column for column in outer for part in (" OVER (", " IN (SELECT ")
    )
    if looks_around or (leaving and not numbered) or leaving > _FEW_LEAVING * rows:
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


def _put_aside(draft: Draft, rows: str, kind: str, money: LineMoney) -> None:
    """The rows that are not in the table, with their money, which the sums are held to.

    What is shared is shared by those that stay.
    """
    name = "amount" if kind == "transactions" else "cost"
    needed = [
        column
        for column in draft.columns
        if quoted(column.name) in (money.amount or "") or column.name == name
    ]
    columns = ["_source", "_line", "_row"]
    cells = [
        f"{_value(column, money)} AS {quoted(column.name)}" for column in needed
    ]
    if money.amount is not None:
        is_given = any(column.name == name for column in needed)
        is_own = money.shared or not is_given
        amount = money.amount if is_own else quoted(name)
        columns.append(f"{amount} AS {quoted(name)}")
    inner = ", ".join(["_source", "_line", "_row", *cells])
    draft.engine.run(
        f"CREATE TABLE {quoted(draft.aside)} AS SELECT {', '.join(columns)}"
        f" FROM (SELECT {inner} FROM {relation(rows, needed)})"
    )


def _value(column: ColumnReading, money: LineMoney, value: str = "") -> str:
    """A typed cell; money in the one currency."""
    value = value or column.value
    is_converted = money.factor != "1" and column.type == "money"
    return f"({value}) * {money.factor}" if is_converted else value


def _record(draft: Draft, money: LineMoney) -> None:
    """Changes of the building itself: shared totals, converted money."""
    store, patches = quoted(draft.store), quoted(draft.patches)
    if money.factor != "1":
        for column in [
            column for column in draft.columns if column.type == "money"
        ]:
            raw = f"SELECT _row AS r, {column.value} AS old, {money.factor} AS f FROM {draft.rows}"
            draft.engine.run(
                f"INSERT INTO {patches}"
                f" SELECT s._row, s._source, s._line, '{column.name}', 'currency', 'converted',"
                " CAST(b.old AS VARCHAR), CAST(b.old * b.f AS VARCHAR)"
                f" FROM {store} s JOIN ({raw}) b ON b.r = s._row"
                " WHERE b.f <> 1 AND b.old IS NOT NULL"
            )
    if money.shared:
        own = (
            f"SELECT _row AS r, {money.amount} AS old FROM {_needed(draft, money)}"
        )
        reason = _why_shared(money)
        draft.engine.run(
            f"INSERT INTO {patches}"
            " SELECT s._row, s._source, s._line, 'amount', 'order_totals',"
            f" '{reason}', CAST(b.old AS VARCHAR), CAST(s.amount AS VARCHAR)"
            f" FROM {store} s JOIN ({own}) b ON b.r = s._row WHERE b.old IS DISTINCT"
            " FROM s.amount"
        )


def _why_shared(money: LineMoney) -> str:
    if money.split:
        return "order_total_repeated"
    return "off_the_order" if money.turned == "false" else "given_back"


def _needed(draft: Draft, money: LineMoney) -> str:
    """The typed cells that a line's own money is made of."""
    cells = ", ".join(
        f"{_value(column, money)} AS {quoted(column.name)}"
        for column in draft.columns
        if quoted(column.name) in (money.amount or "")
    )
    return f"(SELECT _row, {cells} FROM {draft.rows})"


def settle_amounts(draft: Draft, money: LineMoney) -> None:
    """Amounts follow quantities and prices that later steps changed."""
    if (
        not money.formula
        or money.amount is None
        or "_row" not in draft.engine.columns(draft.store)
    ):
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


def sums_of(
    draft: Draft, typed: TypedRows, kind: str, money: LineMoney, merged: int = 0
) -> Sums:
    """Rows and money, from all rows on one side and from the results on the other.

    Refunds on days of their own are money, and no rows of the file; rows `merged` into another of
    their customer are in the table with it.
    """
    engine = draft.engine
    has_numbers = "_row" in engine.columns(draft.store)
    of_the_file = "WHERE _row >= 0" if has_numbers else ""
    raw, kept = (
        extent(draft.raw, draft.base)[0],
        merged
        + engine.run(f"SELECT count(*) FROM {quoted(draft.store)} {of_the_file}")[
            0
        ][0],
    )
    gone = dict(
        engine.run(
            f"SELECT step, count(*) FROM {quoted(draft.gone)} WHERE _row >= 0"
            " GROUP BY step ORDER BY step"
        )
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
        f"{_value(other, money, typed.value(other))} AS {quoted(other.name)}"
        for other in needed
    )
    foreign = f"_row NOT IN (SELECT _row FROM {quoted(draft.gone)} WHERE step = 'currency')"
    read = engine.run(
        f"SELECT coalesce(fsum({money.amount}), 0) FROM (SELECT {cells} FROM {typed.rows}"
        f" WHERE {foreign})"
    )[0][0]
    stays = engine.run(
        f"SELECT coalesce(fsum({name}), 0) FROM {quoted(draft.store)}"
    )[0][0]
    # Few as a rule; a join in DuckDB would take 16 MB for however few.
    steps = engine.frame(
        f"SELECT _row, step FROM {quoted(draft.gone)} WHERE step <> 'currency'"
    )
    lost = (
        steps.merge(
            engine.frame(
                f"SELECT _row, {name} AS money FROM {quoted(draft.aside)}"
            ),
            on="_row",
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
