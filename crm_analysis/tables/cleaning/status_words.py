"""The words of status columns and kinds of movements, each with what it counts as."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from crm_analysis.engine import quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.line_money import LineMoney
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.cleaning.refunds import typed_cells
from crm_analysis.tables.cleaning.rows import gift_cards
from crm_analysis.tables.cleaning.sql import either, one_of
from crm_analysis.tables.sales import (
    Meaning,
    SalesRules,
    is_unclear,
    meaning_of,
    plain_word,
    settling_words,
)
from crm_analysis.tables.sales.headings import is_kind_of_movement

# Undone by a line of their own where that line is negative, which then is netted.
UNDONE: tuple[Meaning, ...] = ("charged_back", "refunded", "cancelled")
SHOWN = 8
_LIMIT = 2_000
DecidedBy = Literal["person", "preset", "words", "unclear", "unknown"]


@dataclass(frozen=True)
class Status:
    """A word of a status column (its name in the cleaned table, and in the file), and its sense."""

    column: str
    word: str
    meaning: Meaning
    decided_by: DecidedBy
    source: str = ""


def statuses_of(draft: Draft, rules: SalesRules) -> list[Status]:
    """Each word of the status columns, with what it counts as."""
    columns = {column.source.strip(): column for column in draft.columns}
    own = [
        status
        for name in rules.statuses
        if (column := columns.get(name.strip()))
        for status in _statuses(draft, column, rules)
    ]
    return own if rules.excluded else [*own, *_gift_cards(draft)]


def _gift_cards(draft: Draft) -> Iterable[Status]:
    """The gift cards among the products: sold, they are a debt, and their goods come later."""
    product = draft.role("product")
    if product is None:
        return
    said = {
        plain_word(word): meaning
        for name, word, meaning in draft.options.statuses
        if name in (product.name, product.source)
    }
    for name in gift_cards(draft):
        meaning = said.get(plain_word(name))
        decided_by: DecidedBy = "person" if meaning else "unclear"
        yield Status(
            product.name, name, meaning or "no_trade", decided_by, product.source
        )


def _statuses(
    draft: Draft, column: ColumnReading, rules: SalesRules
) -> Iterable[Status]:
    """Each word of a status column with what it counts as, by whoever knows it best."""
    said = {
        plain_word(word): meaning
        for name, word, meaning in draft.options.statuses
        if name in (column.name, column.source)
    }
    preset = {plain_word(word): meaning for word, meaning in rules.meanings.items()}
    words = words_of(draft, column)
    settling = settling_words(words) if is_kind_of_movement(column.source) else ()
    for word in words:
        plain, general = plain_word(word), meaning_of(word)
        decided_by: DecidedBy = "words"
        if plain in said:
            meaning, decided_by = said[plain], "person"
        elif plain in preset:
            meaning, decided_by = preset[plain], "preset"
        elif word in settling:
            meaning, decided_by = "no_trade", "unclear"
        elif general is None:
            meaning, decided_by = "open", "unknown"
        else:
            meaning = general
            decided_by = "unclear" if is_unclear(word) else "words"
        yield Status(column.name, word, meaning, decided_by, column.source)


def words_of(draft: Draft, column: ColumnReading) -> list[str]:
    """The different texts of a column as the typed table has them."""
    words = draft.raw.words(column.position)
    needed = {column.cell: words} if words is not None else None
    source = "given" if needed else draft.rows
    value = f"CAST({column.value} AS VARCHAR)"
    sql = (
        f"SELECT DISTINCT {value} AS v FROM {source}"
        f" WHERE {value} IS NOT NULL ORDER BY v LIMIT {_LIMIT}"
    )
    return draft.engine.over(needed, sql).column("v").to_pylist()


def text_of(column: str) -> str:
    """SQL: the cells of a column as text."""
    return f"CAST({quoted(column)} AS VARCHAR)"


def means(statuses: Iterable[Status], meaning: Meaning) -> str:
    """SQL: whether any status column says this."""
    words: dict[str, list[str]] = {}
    for status in statuses:
        if status.meaning == meaning:
            words.setdefault(status.column, []).append(status.word)
    return either(
        *(one_of(text_of(name), listed) for name, listed in words.items())
    )


def with_turned(draft: Draft, money: LineMoney) -> LineMoney:
    """The money, less than nothing on lines of a kind of movement that gives it back.

    Their figures may be positive all the same; where any of them is negative, the figures have
    their signs already.
    """
    if money.amount is None:
        return money
    back = [
        status
        for name in draft.rules.statuses
        if is_kind_of_movement(name)
        for status in _given_back(draft, name)
    ]
    if not back:
        return money
    turned = either(*(means(back, meaning) for meaning in UNDONE))
    typed = typed_cells(draft, turned, money.amount)
    rows, total, negative = draft.engine.run(
        f"SELECT count(*), fsum(a), count(*) FILTER (a < 0) FROM (SELECT {money.amount} AS a"
        f" FROM (SELECT {typed} FROM {draft.rows}) WHERE {turned}) WHERE a <> 0"
    )[0]
    if not rows or negative:
        return money
    details = {
        "column": back[0].source,
        "values": [status.word for status in back][:SHOWN],
        "rows": rows,
        "money": round(total, 2),
    }
    asked = Message("cleaning.question.refunds_positive", details)
    is_dropped = draft.options.returns == "drop"
    questions = money.questions if is_dropped else (*money.questions, asked)
    turned = f"coalesce({turned}, false)"
    amount = money.shared or money.amount
    return dataclasses.replace(
        money,
        shared=f"CASE WHEN {turned} THEN -({amount}) ELSE {amount} END",
        turned=turned,
        formula=False,
        questions=questions,
    )


def _given_back(draft: Draft, name: str) -> list[Status]:
    """The words of a kind of movement for what is given back, where others are sales."""
    own = [one for one in statuses_of(draft, draft.rules) if one.source == name]
    has_sales = any(one.meaning in ("paid", "shipped") for one in own)
    back = [one for one in own if one.meaning in ("refunded", "charged_back")]
    return back if has_sales else []
