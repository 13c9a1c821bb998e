"""Which lines are sales: by statuses, flags, kinds of movement; the others are kept and marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from crm_analysis.engine import quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.line_money import LineMoney
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.cleaning.refunds import (
    Judged,
    ask_about_parts,
    lines_undone_by_others,
    partly_by_figure,
    refund_day,
)
from crm_analysis.tables.cleaning.sql import either, literal, one_of
from crm_analysis.tables.cleaning.status_words import (
    SHOWN,
    UNDONE,
    Status,
    means,
    statuses_of,
    text_of,
    words_of,
)
from crm_analysis.tables.sales import (
    Meaning,
    SalesRules,
    plain_word,
)
from crm_analysis.tables.sales.headings import says

_NO_SALE: tuple[Meaning, ...] = (*UNDONE, "failed", "no_trade")


@dataclass(frozen=True)
class SaleLines:
    """Which lines are sales.

    `reason` is SQL over the typed row for why a line is none ("NULL": all are), `undone` whether
    a status calls it a return or cancelled, `dated` whether it was given back on a day that is
    known.
    """

    reason: str = "NULL"
    undone: str = "false"
    dated: str = "false"
    statuses: tuple[Status, ...] = ()


def judge_lines(draft: Draft, rules: SalesRules, money: LineMoney) -> SaleLines:
    """What each line of a table of orders counts as."""
    columns = {column.source.strip(): column for column in draft.columns}
    statuses = statuses_of(draft, rules)
    cancelled = _filled(columns, rules.cancelled_when_filled)
    others = _other_reasons(draft, columns, statuses, money.amount is not None)
    by_status = {meaning: means(statuses, meaning) for meaning in UNDONE}
    undone = either(
        *(test for test in (*by_status.values(), cancelled) if test != "false")
    )
    judged = Judged(undone, f"({_case(others)}) IS NULL")
    elsewhere = lines_undone_by_others(draft, money, judged)
    day, dated = refund_day(draft), "false"
    if day is not None and money.amount is not None:
        given_back = either(by_status["refunded"], by_status["charged_back"])
        dated = f"coalesce({given_back} AND {quoted(day.name)} IS NOT NULL, false)"
    partly = (
        partly_by_figure(draft) if by_status["refunded"] != "false" else "false"
    )
    stands = either(_is_negative(draft, money), elsewhere, dated)
    exempt = {"refunded": either(stands, partly)}
    reasons = [
        (f"coalesce({test}, false) AND NOT {exempt.get(meaning, stands)}", meaning)
        for meaning, test in (*by_status.items(), ("cancelled", cancelled))
        if test != "false"
    ]
    # A sum of others, and what a column sets apart, is said before what a status says.
    first = [case for case in others if case[1] in ("summary_row", "excluded")]
    rest = [case for case in others if case not in first]
    is_bought = either(elsewhere, dated, partly)
    return SaleLines(
        _case((*first, *reasons, *rest)),
        f"coalesce({undone} AND NOT {is_bought}, false)",
        dated,
        tuple(statuses),
    )


def _case(reasons: Iterable[tuple[str, str]]) -> str:
    """SQL: the first reason that a line is no sale; NULL where there is none."""
    whens = " ".join(
        f"WHEN {test} THEN {literal(reason)}"
        for test, reason in reasons
        if test not in ("false", "coalesce(false, false)")
    )
    return f"CASE {whens} END" if whens else "NULL"


def _other_reasons(
    draft: Draft,
    columns: Mapping[str, ColumnReading],
    statuses: list[Status],
    has_amount: bool,
) -> list[tuple[str, str]]:
    """SQL tests for lines that are no sales, but for what was a sale and is undone."""
    rules = draft.rules
    cases: list[tuple[str, str]] = []
    summed = _sums_up(draft, columns, rules.summary_when_empty)
    if summed:
        cases.append((summed, "summary_row"))
    cases += [
        (f"coalesce({test}, false)", "excluded")
        for test in _with_words(draft, columns, rules.excluded)
    ]
    cases += [
        (f"NOT coalesce({test}, false)", "no_trade")
        for test in _with_words(draft, columns, rules.trade)
    ]
    if has_amount:
        cases += [
            (f'coalesce({test} AND "amount" <= 0, false)', "no_trade")
            for test in _with_words(draft, columns, rules.incoming)
        ]
    for meaning in ("failed", "no_trade"):
        cases.append((f"coalesce({means(statuses, meaning)}, false)", meaning))
    return [*cases, (_unpaid(columns, rules, statuses), "not_paid")]


def _with_words(
    draft: Draft,
    columns: Mapping[str, ColumnReading],
    words: Mapping[str, tuple[str, ...]],
) -> list[str]:
    """SQL for each column that is there: whether it holds any of its words."""
    tests = []
    for name, listed in words.items():
        column = columns.get(name.strip())
        if column is None:
            continue
        plain = {plain_word(word) for word in listed}
        own = [
            word for word in words_of(draft, column) if plain_word(word) in plain
        ]
        tests.append(one_of(text_of(column.name), own))
    return tests


def _filled(columns: Mapping[str, ColumnReading], names: Iterable[str]) -> str:
    present = [columns[name.strip()] for name in names if name.strip() in columns]
    return either(*(f"{quoted(column.name)} IS NOT NULL" for column in present))


def _is_negative(draft: Draft, money: LineMoney) -> str:
    signs = ['"quantity" < 0'] if draft.role("quantity") else []
    signs += ['"amount" < 0', money.turned] if money.amount is not None else []
    return f"coalesce({either(*signs)}, false)"


def _sums_up(
    draft: Draft, columns: Mapping[str, ColumnReading], empty: str | None
) -> str:
    """SQL: whether a row sums up the other lines of its order, '' where none can."""
    column = columns.get((empty or "").strip())
    if column is None or draft.role("order") is None:
        return ""
    name = quoted(column.name)
    return f'{name} IS NULL AND count({name}) OVER (PARTITION BY "order") > 0'


def _unpaid(
    columns: Mapping[str, ColumnReading], rules: SalesRules, statuses: list[Status]
) -> str:
    """SQL: not paid by one status, and neither sent nor paid by those that know better.

    What is shipped is sold, paid or not; a status of the payment outdoes one of the order.
    """
    shipped = means(statuses, "shipped")
    of_payment = [status for status in statuses if says(status.column, "payment")]
    tests = []
    for name in dict.fromkeys(status.column for status in statuses):
        own = [status for status in statuses if status.column == name]
        others = [status for status in of_payment if status.column != name]
        unpaid, paid = means(own, "not_paid"), means(others, "paid")
        better = either(*(test for test in (shipped, paid) if test != "false"))
        if unpaid != "false":
            tests.append(
                f"coalesce({unpaid} AND NOT coalesce({better}, false), false)"
            )
    dated = _filled(columns, rules.paid_when_filled)
    if dated != "false":
        tests.append(f"NOT {dated}")
    return either(*tests)


def count_lines(
    draft: Draft, lines: SaleLines, money: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What statuses were found, and what lines are no sales (`Cleaned.statuses`, `.unsold`)."""
    return _count_statuses(draft, lines, money), _count_unsold(draft, lines, money)


def _count_statuses(draft: Draft, lines: SaleLines, money: bool) -> pd.DataFrame:
    """What statuses were found: a row a word.

    - column, status : where, and the word as it stands
    - meaning : what it counts as
    - decided_by : "person", "preset", "words", "unclear", "unknown"
    - rows, money : how many lines, and their amounts
    """
    total = 'coalesce(fsum("amount"), 0)' if money else "NULL::DOUBLE"
    counts = {
        (name, word): (rows, sums)
        for name in dict.fromkeys(status.column for status in lines.statuses)
        for word, rows, sums in draft.engine.run(
            f"SELECT {text_of(name)}, count(*), {total} FROM {quoted(draft.store)} GROUP BY ALL"
        )
    }
    rows = [
        (
            *(status.column, status.word, status.meaning, status.decided_by),
            *counts.get((status.column, status.word), (0, 0.0)),
        )
        for status in lines.statuses
    ]
    names = ["column", "status", "meaning", "decided_by", "rows", "money"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.sort_values(
        ["column", "rows", "status"],
        ascending=[True, False, True],
        ignore_index=True,
    )


def _count_unsold(draft: Draft, lines: SaleLines, money: bool) -> pd.DataFrame:
    """What is kept and not counted as a sale: reason, rows, money."""
    names = ["reason", "rows", "money"]
    if lines.reason == "NULL":
        return pd.DataFrame({name: [] for name in names})
    total = "coalesce(fsum(amount), 0)" if money else "NULL::DOUBLE"
    amount = '"amount"' if money else "NULL"
    counts = draft.engine.run(
        f"SELECT reason, count(*) AS n, {total} FROM (SELECT {lines.reason} AS reason,"
        f" {amount} AS amount FROM {quoted(draft.store)}) WHERE reason IS NOT NULL"
        " GROUP BY reason ORDER BY n DESC, reason"
    )
    return pd.DataFrame(counts, columns=names)


def questions_of(draft: Draft, statuses: pd.DataFrame) -> tuple[Message, ...]:
    """What is asked of statuses.

    The words of each column that nobody knows, or that mean several things, and how much was
    given back where only a word says that a part was.
    """
    questions: list[Message] = []
    partly = statuses[
        (statuses["meaning"] == "partly_refunded")
        & (statuses["decided_by"] != "person")
    ]
    if partly["money"].sum() != 0:
        for column, part in partly.groupby("column"):
            questions += ask_about_parts(
                draft, str(column), part["status"].tolist()
            )
    product = draft.role("product")
    for decided_by in ("unknown", "unclear"):
        open_ = statuses[
            (statuses["decided_by"] == decided_by) & (statuses["rows"] > 0)
        ]
        for (column, counted), part in open_.assign(
            counted=~open_["meaning"].isin([*_NO_SALE, "not_paid"])
        ).groupby(["column", "counted"], sort=True):
            default = "sale" if counted else "no_sale"
            money = part["money"].sum(min_count=1)
            if decided_by == "unclear" and default == "no_sale" and money == 0:
                continue  # nothing was paid, which decides it
            details = {
                "column": column,
                "values": part["status"].tolist()[:SHOWN],
                "words": part["status"].tolist(),
                "rows": int(part["rows"].sum()),
                "money": None if pd.isna(money) else round(float(money), 2),
                "option": "statuses",
                "choices": ["sale", "no_sale"],
                "default": default,
            }
            key = f"cleaning.question.status_{decided_by}"
            if details["money"] is None:
                key += "_uncounted"
            elif product is not None and column == product.name:
                key = "cleaning.question.gift_cards"
            questions.append(Message(key, details))
    return tuple(questions)
