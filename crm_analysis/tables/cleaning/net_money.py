"""Money received: what is taken off a line's money, and what an order's sums are for its lines."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from crm_analysis.engine import quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.line_money import LineMoney
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.cleaning.refunds import (
    booked_orders,
    refund_columns,
    refund_day,
)
from crm_analysis.tables.sales import SalesRules
from crm_analysis.tables.sales.headings import says

_SAME = 0.005  # as a share: sums that close are of the same money
_NUMBERS = ("number", "money")
_GOODS = '"quantity" * "unit_price"'


def netted(draft: Draft, money: LineMoney) -> LineMoney:
    """The money of a line less refunds and discounts, those of the order shared by its lines."""
    if money.amount is None:
        return money
    rules = draft.rules
    once = {name.strip() for name in rules.once_per_order if draft.role("order")}
    minus = _present(draft, rules.minus if draft.options.take_off else ())
    refunds = refund_columns(draft)
    if refund_day(draft):  # then they are lines of their own
        minus = [column for column in minus if column not in refunds]
    plus = _present(draft, rules.plus)
    sizes = {
        column.name: _size(draft, column, money.amount, column in refunds)
        for column in (*minus, *plus)
    }
    of_lines = _sum(minus, plus, sizes, once, of_order=False)
    of_orders = _sum(minus, plus, sizes, once, of_order=True)
    if money.split:
        return dataclasses.replace(
            money, shared=_shared(draft, money.amount, of_lines, of_orders)
        )
    amount = _less(money.amount, of_lines) if of_lines else money.amount
    shared = _less_of_order(amount, of_orders) if of_orders else ""
    formula = money.formula and not shared
    return dataclasses.replace(money, amount=amount, shared=shared, formula=formula)


def ask_about_money(draft: Draft) -> tuple[Message, ...]:
    """What other columns would have given, where several could be the money."""
    names = draft.rules.candidates
    if draft.options.money is not None or not names:
        return ()
    sums = {
        column.source: _total(draft, column)
        for column in _present(draft, names)
        if column.name in draft.engine.columns(draft.store)
    }
    chosen = sums.get(names[0], 0.0)
    sums = {
        name: round(total, 2)
        for name, total in sums.items()
        if name == names[0] or abs(total - chosen) > _SAME * abs(chosen)
    }
    if len(sums) < 2:
        return ()
    minus = draft.rules.minus if draft.options.take_off else ()
    dated = [column.source for column in refund_columns(draft) if refund_day(draft)]
    details = {
        "column": names[0],
        "less": [name for name in minus if name not in dated],
        "money": round(_sum_of(draft, '"amount"'), 2),
        "others": [name for name in sums if name != names[0]],
        "sums": sums,
        "option": "money",
        "choices": list(sums),
        "default": names[0],
    }
    key = "money_column_less" if details["less"] else "money_column"
    return (Message(f"cleaning.question.{key}", details),)


def rules_used(draft: Draft) -> SalesRules:
    """The rules as the money came about: columns of money that were not used are not in them."""
    rules, minus = draft.rules, draft.rules.minus if draft.options.take_off else ()
    is_product = (
        draft.role("quantity") is not None and draft.role("unit_price") is not None
    )
    return dataclasses.replace(
        rules,
        money=rules.money if len(rules.money) < 2 or is_product else (),
        minus=tuple(column.source for column in _present(draft, minus)),
        plus=tuple(column.source for column in _present(draft, rules.plus)),
    )


def _total(draft: Draft, column: ColumnReading) -> float:
    """What a column comes to over the sales; the sum of an order counts once."""
    figure = f"TRY_CAST({quoted(column.name)} AS DOUBLE)"
    if draft.role("order") is None or not says(column.source, "of_order"):
        return _sum_of(draft, figure)
    return _sum_of(
        draft,
        f'{figure} / nullif(count({figure}) OVER (PARTITION BY "order"), 0)',
    )


def _sum_of(draft: Draft, figure: str) -> float:
    lines = f"SELECT {figure} AS figure FROM {quoted(draft.store)} WHERE is_sale"
    return draft.engine.run(f"SELECT coalesce(fsum(figure), 0) FROM ({lines})")[0][
        0
    ]


def _present(draft: Draft, names: Iterable[str]) -> list[ColumnReading]:
    by_source = {column.source.strip(): column for column in draft.columns}
    columns = [
        by_source[name.strip()] for name in names if name.strip() in by_source
    ]
    return [column for column in columns if column.type in _NUMBERS]


def _size(draft: Draft, column: ColumnReading, amount: str, is_refund: bool) -> str:
    """SQL: how much comes off; of what was given back nothing where another row takes it off."""
    size = f"abs({quoted(column.name)})"
    if not is_refund:
        return size
    booked = booked_orders(draft, column, amount)
    return f"CASE WHEN ({amount}) > 0 AND NOT {booked} THEN {size} END"


def _sum(
    minus: list[ColumnReading],
    plus: list[ColumnReading],
    sizes: Mapping[str, str],
    once: set[str],
    of_order: bool,
) -> str:
    """SQL: what comes off, of the line or of the whole order; '' where nothing does."""
    terms = []
    for sign, columns in (("+", minus), ("-", plus)):
        for column in columns:
            if (column.source.strip() in once) == of_order:
                size = sizes[column.name]
                if of_order:  # on the order's first line, or on each
                    size = f'max({size}) OVER (PARTITION BY "order")'
                terms.append(f"{sign} coalesce({size}, 0)")
    return " ".join(terms)


def _less(amount: str, off: str) -> str:
    """An amount less a sum of its own sign, never beyond nothing."""
    return f"({amount}) - sign({amount}) * least(abs({amount}), 0 {off})"


def _shared(draft: Draft, amount: str, of_lines: str, of_orders: str) -> str:
    """An order's total, net, shared by its lines: by what their goods come to, else evenly."""
    if draft.role("order") is None:
        return amount
    whole = 'OVER (PARTITION BY "order")'
    off = of_orders + (f" + sum(0 {of_lines}) {whole}" if of_lines else "")
    total = f"avg({amount}) {whole}"
    net = _less(total, off) if off else total
    share = f"1 / count(*) {whole}"
    if draft.role("quantity") and draft.role("unit_price"):
        goods = f"greatest({_GOODS}, 0)"
        share = f"coalesce({goods} / nullif(sum({goods}) {whole}, 0), {share})"
    return f'CASE WHEN "order" IS NULL THEN {amount} ELSE ({net}) * {share} END'


def _less_of_order(amount: str, off: str) -> str:
    """A line's money less its part of what comes off the whole order."""
    whole = f'abs(sum({amount}) OVER (PARTITION BY "order"))'
    part = f"least(1, (0 {off}) / nullif({whole}, 0))"
    return (
        f'CASE WHEN "order" IS NULL THEN {amount}'
        f" ELSE coalesce(({amount}) * (1 - {part}), {amount}) END"
    )
