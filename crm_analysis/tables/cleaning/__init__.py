"""RawTable + Roles → Cleaned: a typed table, every change accounted for."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np

from crm_analysis.engine import give_back_memory, quoted
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.build import build, settle_amounts, sums_of
from crm_analysis.tables.cleaning.carrying import carry_down, record_carried
from crm_analysis.tables.cleaning.codes import typed_rows
from crm_analysis.tables.cleaning.comments import join_texts
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.duplicates import (
    ask_about_copies,
    leave_out_blank,
    numbers_of_alike,
    settle_copies,
)
from crm_analysis.tables.cleaning.expanding import add_expanding
from crm_analysis.tables.cleaning.goods import PartedGoods, part_goods, share_out
from crm_analysis.tables.cleaning.guessed import ask_about_guessed
from crm_analysis.tables.cleaning.impossible import (
    OddCells,
    ask_about_dates,
    impossible,
)
from crm_analysis.tables.cleaning.ledger import Ledger, Sums
from crm_analysis.tables.cleaning.line_money import LineMoney
from crm_analysis.tables.cleaning.missing import fill_missing
from crm_analysis.tables.cleaning.money import money_of, one_currency
from crm_analysis.tables.cleaning.net_money import ask_about_money, rules_used
from crm_analysis.tables.cleaning.options import (
    EXPANDING,
    FILLS,
    STEPS,
    SUMMARIES,
    CleanOptions,
)
from crm_analysis.tables.cleaning.outliers import (
    fences,
    forest,
    measured,
    say_not_judged,
)
from crm_analysis.tables.cleaning.plan import (
    questions_of_reading,
    raw_rows,
    require_raw,
)
from crm_analysis.tables.cleaning.refunds import (
    put_on_their_days,
    refund_day,
    say_undated,
)
from crm_analysis.tables.cleaning.result import Cleaned
from crm_analysis.tables.cleaning.returns import settle_returns
from crm_analysis.tables.cleaning.rows import leave_out_customers
from crm_analysis.tables.cleaning.sales import (
    count_lines,
    questions_of,
)
from crm_analysis.tables.cleaning.several_rows import (
    repeats_customers,
    summaries_of,
    summarise_customers,
)
from crm_analysis.tables.cleaning.status_words import with_turned
from crm_analysis.tables.cleaning.typing import type_columns
from crm_analysis.tables.cleaning.variants import suggest_variants
from crm_analysis.tables.presets import presets
from crm_analysis.tables.presets.saying import said_of
from crm_analysis.tables.roles.profiles import sample_rows
from crm_analysis.tables.sales import SalesRules, SampledTable, guess_rules

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable
    from crm_analysis.tables.roles import Roles

__all__ = [
    "EXPANDING",
    "FILLS",
    "STEPS",
    "SUMMARIES",
    "CleanOptions",
    "Cleaned",
    "Ledger",
    "Sums",
    "clean",
    "suggest_variants",
    "summaries_of",
]


def clean(
    raw: RawTable,
    roles: Roles,
    options: CleanOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Cleaned:
    r"""A raw table becomes a table one can trust.

    Parameters
    ----------
    raw
        A table as read, every cell text.
    roles
        Which column is what.
    options
        What to do beside typing; by default exact copies of a record go where something names it,
        texts are trimmed, and nothing is filled in.
    progress
        Hears the share done and the step, and may raise Cancelled.

    Returns
    -------
    Cleaned
        `.table` (role columns first; orders also have amount, is_sale, is_return,
        is_product), `.changes`, `.set_aside`, `.flags`, `.steps`, `.statuses`, `.unsold`,
        `.questions`, `.summary()`.

    Raises
    ------
    AnalysisError
        Where a column cannot fill its role (`cleaning.not_numbers`, `cleaning.not_dates`,
        `cleaning.not_a_flag`), or a setting names a column that is not there
        (`cleaning.no_such_column`, `cleaning.unknown_column`) or does not fit
        (`cleaning.fill_needs_numbers`, `cleaning.fill_needs_value`, `cleaning.clip_needs_bounds`).
    TypeError
        Where `raw` is not what `read_table` gives: a data frame goes through it first.

    Examples
    --------
    >>> from crm_analysis import guess_roles, read_table
    >>> raw = read_table(b"order;customer;total\nN1;A1;3,50\nN1;A1;3,50")
    >>> cleaned = clean(raw, guess_roles(raw))
    >>> cleaned.table["amount"].tolist(), cleaned.set_aside["reason"].tolist()
    ([3.5], ['exact_copy'])
    """
    require_raw(raw, "clean")
    options = options or CleanOptions()
    goods = join_texts(part_goods(raw, roles, options), options)
    raw, roles = goods.raw, goods.roles
    draft, alike = _drafted(goods, options, progress)
    progress(0.4, "cleaning.step.duplicates")
    odd = _leave_rows_out(draft, roles.kind, alike)
    are_orders = roles.kind == "transactions"
    currency, money = _money(draft, are_orders)
    questions = money.questions
    dates_refunds = (
        are_orders and bool(money.amount) and refund_day(draft) is not None
    )
    looks_again = money.shared or money.factor != "1" or dates_refunds
    repeats = repeats_customers(draft, roles.kind)
    final = not (_has_late_steps(options) or looks_again or repeats)
    with typed_rows(draft, final) as typed:
        lines, asked = build(draft, typed, roles.kind, money, final, progress)
        questions += asked
        if are_orders and money.amount:
            questions += put_on_their_days(draft, lines.dated)
        late, said = _late_steps(draft, money)
        odd += late
        merged, asked = _settle_rows(draft, money, repeats)
        questions += said + asked
        questions += ask_about_copies(draft, odd)
        if options.impossible == "flag":
            questions += ask_about_dates(draft.engine, draft.store, draft.columns)
        sums = sums_of(draft, typed, roles.kind, money, merged)
    sums.check()
    statuses, unsold = count_lines(draft, lines, are_orders and bool(money.amount))
    questions += questions_of(draft, statuses)
    if are_orders and money.amount and options.money is None:
        # the question of the money tells of refunds as well
        questions += ask_about_money(draft) or say_undated(draft)
    if "_row" in draft.engine.columns(draft.store):
        draft.engine.run(f"ALTER TABLE {quoted(draft.store)} DROP COLUMN _row")
    flags_outliers = options.outliers == "flag" and options.does("outliers")
    seek = flags_outliers and options.outlier_method != "isolation_forest"
    shown = [
        dataclasses.replace(column, role=None)
        if column.name == money.given
        else column
        for column in draft.columns
    ]
    progress(1.0, "cleaning.step.done")
    own = (
        *questions_of_reading(raw),
        *ask_about_guessed(raw, roles),
        *goods.questions,
        *_of_columns(draft, roles),
    )
    return Cleaned(
        roles.kind,
        raw.engine,
        draft.store,
        tuple(shown),
        own + questions,
        Ledger(draft, odd, seek),
        sums,
        options,
        currency,
        statuses,
        unsold,
    )


def _drafted(
    goods: PartedGoods, options: CleanOptions, progress: Progress
) -> tuple[Draft, Future[np.ndarray] | None]:
    """The columns typed, before any row goes; and which rows are alike, if that is asked."""
    raw, roles = goods.raw, goods.roles
    rules, read = _rules_of_sales(raw, roles), raw
    if options.money is not None:
        rules = dataclasses.replace(rules, money=(options.money,))
    roles = dataclasses.replace(_with_money(roles, rules), sales=rules)
    if options.does("carried"):
        raw = carry_down(raw, rules.carried, roles.columns.get("order"))
    base = raw_rows(raw)
    alike = None
    if options.duplicates != "keep":  # no type bears on it
        alike = raw.engine.submit(numbers_of_alike, raw, base)
    columns = type_columns(raw, base, roles, options, progress)
    if goods.shared and options.order_totals == "auto":
        options = options.replace(
            order_totals="as_is"
        )  # each line has its part already
    draft = Draft(raw, base, share_out(columns, goods), options, rules)
    record_carried(draft, read)
    return draft, alike


def _with_money(roles: Roles, rules: SalesRules) -> Roles:
    """The roles where one column is the money, whatever else it was taken for."""
    if roles.kind != "transactions" or len(rules.money) != 1:
        return roles
    (column,) = rules.money
    if roles.columns.get("amount") == column:
        return roles
    others = {
        role: other
        for role, other in roles.columns.items()
        if role != "amount" and other != column
    }
    return dataclasses.replace(roles, columns={**others, "amount": column})


def _money(draft: Draft, are_orders: bool) -> tuple[str | None, LineMoney]:
    """The one currency, and how the money of a line comes about."""
    currency, factor = None, "1"
    asked: tuple[Message, ...] = ()
    if are_orders:
        currency, factor, asked = one_currency(draft)
    if draft.options.does("customers"):
        leave_out_customers(draft)
    if not are_orders:
        return None, LineMoney(
            '"cost"' if draft.role("cost") else None, how="given"
        )
    amount = draft.role("amount")
    given = amount.name if amount and amount.name != "amount" else None
    money = with_turned(draft, money_of(draft, given))
    questions = (*asked, *money.questions)
    return currency, dataclasses.replace(
        money, factor=factor, questions=questions, given=given
    )


def _rules_of_sales(raw: RawTable, roles: Roles) -> SalesRules:
    """How the sales of orders are to be read: as the roles say, else by headings and values."""
    if roles.kind != "transactions":
        return SalesRules()
    if roles.sales is not None:
        return roles.sales
    return guess_rules(
        SampledTable(raw.reading.columns, sample_rows(raw), roles.columns)
    )


def _of_columns(draft: Draft, roles: Roles) -> tuple[Message, ...]:
    """What a preset says of the table, then what the columns ask."""
    own = tuple(
        question for column in draft.columns for question in column.questions
    )
    preset = presets().get(roles.preset or "")
    return (
        (*said_of(preset, roles.columns, rules_used(draft), draft.raw), *own)
        if preset
        else own
    )


def _leave_rows_out(
    draft: Draft, kind: str, alike: Future[np.ndarray] | None
) -> list[OddCells]:
    """Empty rows and exact copies go before anything is summed."""
    options = draft.options
    if options.does("blank"):
        leave_out_blank(draft, needed=kind != "customers")
    if alike is None or not options.does("duplicates"):
        return []
    odd = settle_copies(draft, kind, alike.result())
    give_back_memory()  # the hashes of all rows
    return odd


def _has_late_steps(options: CleanOptions) -> bool:
    """Whether a step will look at rows again by their number once the table is built."""
    return bool(
        options.missing
        or options.expanding
        or options.outliers in ("clip", "set_aside")
        or options.outlier_method == "isolation_forest"
        or options.impossible in ("missing", "set_aside")
        or options.returns != "keep"
        or options.no_product == "set_aside"
    )


def _late_steps(
    draft: Draft, money: LineMoney
) -> tuple[list[OddCells], tuple[Message, ...]]:
    """The steps that need the typed table.

    Returns the odd cells to be flagged, and what to say.
    """
    options, engine = draft.options, draft.engine
    names = set(engine.columns(draft.store))
    if (
        options.no_product == "set_aside"
        and "is_product" in names
        and options.does("products")
    ):
        draft.set_aside("products", "no_product", "NOT is_product")
    if (
        options.returns != "keep"
        and "is_return" in names
        and options.does("returns")
    ):
        settle_returns(draft)
        settle_amounts(draft, money)
    odd: list[OddCells] = []
    if options.impossible != "ignore" and options.does("impossible"):
        for cells in impossible(engine, draft.store, draft.columns):
            if options.impossible == "flag":
                odd.append(cells)
            elif options.impossible == "set_aside":
                draft.set_aside("impossible", cells.reason, cells.condition)
            else:
                rows = f"{quoted(draft.store)} WHERE {cells.condition}"
                nothing = f"SELECT _row, NULL AS new FROM {rows}"
                draft.patch("impossible", cells.reason, cells.column, nothing)
    said: tuple[Message, ...] = ()
    if options.outliers != "ignore" and options.does("outliers"):
        said = say_not_judged(engine, draft.store, draft.columns, options)
        odd += _outliers(draft)
    return odd, said


def _settle_rows(
    draft: Draft, money: LineMoney, repeats: bool
) -> tuple[int, tuple[Message, ...]]:
    """A row a customer, then what is missing, then what follows from it and from all rows.

    How many rows were merged into others, and what to ask.
    """
    merged, questions = summarise_customers(draft) if repeats else (0, ())
    if draft.options.missing and draft.options.does("missing"):
        fill_missing(draft)
    settle_amounts(draft, money)
    add_expanding(draft)
    return merged, questions


def _outliers(draft: Draft) -> list[OddCells]:
    options, engine = draft.options, draft.engine
    if options.outlier_method == "isolation_forest":
        if options.outliers == "clip":
            raise AnalysisError("cleaning.clip_needs_bounds")
        apart = forest(engine, draft.store, draft.columns, options)
        if apart is None:
            return []
        if options.outliers == "set_aside":
            draft.set_aside(
                "outliers",
                "stands_apart",
                f"_row IN (SELECT _row FROM {quoted(apart)})",
            )
            return []
        engine.run(
            f"CREATE OR REPLACE TABLE {quoted(apart)} AS SELECT _source, _line"
            f" FROM {quoted(draft.store)} WHERE _row IN (SELECT _row FROM {quoted(apart)})"
        )
        return [
            OddCells(
                "",
                "stands_apart",
                f"(_source, _line) IN (SELECT (_source, _line) FROM {quoted(apart)})",
            )
        ]
    if options.outliers == "flag":
        return []  # sought when the flags are asked for
    for name, (low, high) in fences(
        engine,
        draft.store,
        measured(engine, draft.store, draft.columns, options),
        options,
    ).items():
        outside = f"{quoted(name)} < {low!r} OR {quoted(name)} > {high!r}"
        if options.outliers == "set_aside":
            draft.set_aside("outliers", "outlier", outside)
        else:
            draft.patch(
                "outliers",
                "clipped",
                name,
                f"SELECT _row, greatest({low!r}, least({high!r}, {quoted(name)})) AS new"
                f" FROM {quoted(draft.store)} WHERE {outside}",
            )
    return []
