"""The money of a line.

Quantity × unit price, a given amount, an order's total repeated on its lines; one currency at a
time.
"""

from __future__ import annotations

from typing import Any

from crm_analysis.engine import quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.line_money import LineMoney
from crm_analysis.tables.cleaning.net_money import netted
from crm_analysis.tables.cleaning.number_reading import currency_of
from crm_analysis.tables.cleaning.plan import ColumnReading, extent
from crm_analysis.tables.cleaning.sql import literal, looked_up, one_of
from crm_analysis.tables.currencies import CURRENCIES, currency_of_word
from crm_analysis.tables.sales.headings import says

_AGREE = 0.95
_SAME_IN_ORDER = 0.98
_SMALL = 20_000  # rows
_TWICE = 2  # lines of several pieces, from which on it matters
_GOODS = '"quantity" * "unit_price"'


def money_of(draft: Draft, given: str | None) -> LineMoney:
    """How the amount of each line of a table of orders comes about.

    `given` is the name under which a given amount stands.
    """
    own = quoted(given) if given else '"amount"'
    return netted(draft, _by_rules(draft, own) or _by_roles(draft, own))


def _by_rules(draft: Draft, own: str) -> LineMoney | None:
    """The money that a preset, a person or the headings name; None where none does."""
    names = draft.rules.money
    amount = draft.role("amount")
    if len(names) == 2 and draft.role("quantity") and draft.role("unit_price"):
        return LineMoney(_GOODS, formula=True, how="quantity_price")
    if (
        len(names) != 1
        or amount is None
        or amount.source.strip() != names[0].strip()
    ):
        return None
    shares = (
        draft.options.does("order_totals") and draft.options.order_totals != "as_is"
    )
    if names[0] in draft.rules.once_per_order and shares and draft.role("order"):
        return LineMoney(own, split=True, how="order_total")
    if draft.rules.platform is None:
        return _given(draft, amount, own)
    return LineMoney(own, how="given")


def _by_roles(draft: Draft, own: str) -> LineMoney:
    quantity, price, amount, discount = (
        draft.role(column)
        for column in ("quantity", "unit_price", "amount", "discount")
    )
    product = _GOODS
    if quantity and price:
        if draft.options.discount in ("rate", "amount") and discount:
            net = _net(draft.options.discount)
            return LineMoney(
                f"coalesce({net}, {product})",
                formula=True,
                how=f"discount_{draft.options.discount}",
            )
        if amount:
            return _checked(
                draft,
                product,
                own,
                amount,
                discount,
            )
        questions: tuple[Message, ...] = ()
        if discount and draft.options.discount == "auto" and _any(draft, discount):
            questions = (
                Message(
                    "cleaning.question.discount_unclear",
                    {
                        "column": discount.source,
                        "option": "discount",
                        "choices": ["ignore", "rate", "amount"],
                        "default": "ignore",
                    },
                ),
            )
        if draft.options.price == "line":
            return LineMoney('"unit_price"', formula=True, how="price")
        questions += _ask_about_price(draft, quantity, price)
        return LineMoney(
            product, formula=True, how="quantity_price", questions=questions
        )
    if amount:
        return _given(draft, amount, own)
    if price:
        question = Message(
            "cleaning.question.no_quantity", {"column": price.source}
        )
        return LineMoney(
            '"unit_price"', formula=True, how="price", questions=(question,)
        )
    return LineMoney()


def _ask_about_price(
    draft: Draft, quantity: ColumnReading, price: ColumnReading
) -> tuple[Message, ...]:
    """A question where a price could be the line's total, and no goods sold in two quantities tell.

    Large tables have such goods.
    """
    is_small = extent(draft.raw, draft.base)[0] <= _SMALL
    if (
        draft.options.price != "auto"
        or says(price.source, "of_piece")
        or not is_small
    ):
        return ()
    goods = draft.role("product_code") or draft.role("product")
    lines = (
        f"SELECT {goods.value if goods else 'NULL'} AS g, {quantity.value} AS q,"
        f" {price.value} AS p FROM {draft.rows}"
    )
    by_goods = (
        "SELECT count(*) FILTER (q > 1) AS n, sum((q - 1) * p) FILTER (q > 1) AS money,"
        f" count(DISTINCT q) > 1 AS tells FROM ({lines}) WHERE p > 0 AND q > 0 GROUP BY g"
    )
    rows, money, tells = draft.engine.run(
        f"SELECT sum(n), sum(money), bool_or(tells) FROM ({by_goods})"
    )[0]
    if tells or (rows or 0) < _TWICE:
        return ()
    details = {
        "column": price.source,
        "rows": int(rows),
        "money": round(money, 2),
        "option": "price",
        "choices": ["piece", "line"],
        "default": "piece",
    }
    return (Message("cleaning.question.price_or_total", details),)


def _net(kind: str) -> str:
    product = '"quantity" * "unit_price"'
    rate = '(CASE WHEN "discount" > 1 THEN "discount" / 100 ELSE "discount" END)'
    return (
        f"{product} * (1 - coalesce({rate}, 0))"
        if kind == "rate"
        else f'{product} - coalesce("discount", 0)'
    )


def _any(draft: Draft, column: ColumnReading) -> bool:
    return bool(
        draft.engine.run(
            f"SELECT count(*) FROM {draft.rows} WHERE coalesce({column.value}, 0) <> 0"
        )[0][0]
    )


def _checked(
    draft: Draft,
    product: str,
    own: str,
    amount: ColumnReading,
    discount: ColumnReading | None,
) -> LineMoney:
    """Quantity × price beside a given amount: equal, less a discount, or the order's total."""
    roles = ("quantity", "unit_price", "amount", "discount", "order")
    columns = [column for column in draft.columns if column.role in roles]
    typed = ", ".join(
        f"{column.value} AS {'a' if column.role == 'amount' else quoted(column.role or '')}"
        for column in columns
    )
    tests = {"plain": product}
    if discount:
        tests |= {"rate": _net("rate"), "amount": _net("amount")}
    close = {
        name: f"count(*) FILTER (abs(a - ({sql})) <= greatest(0.011, 0.005 * abs(a)))"
        for name, sql in tests.items()
    }
    lines = f"SELECT {typed} FROM {draft.rows}"
    total, *counts = draft.engine.run(
        f"SELECT count(*), {', '.join(close.values())} FROM ({lines})"
        f" WHERE a IS NOT NULL AND {product} IS NOT NULL"
    )[0]
    agreed = dict(zip(close, counts, strict=True))
    either = f"coalesce({product}, {own})"
    if total == 0 or agreed["plain"] >= _AGREE * total:
        return LineMoney(either, formula=True, how="quantity_price")
    for kind in ("rate", "amount"):
        if (
            agreed.get(kind, 0) >= _AGREE * total
            and draft.options.discount != "ignore"
        ):
            return LineMoney(
                f"coalesce({own}, {_net(kind)})",
                formula=False,
                how=f"discount_{kind}",
            )
    if draft.role("order"):
        orders = (
            f'SELECT "order", min(a) AS low, max(a) AS high, sum({product}) AS s, count(*) AS n'
            f' FROM ({lines}) WHERE "order" IS NOT NULL GROUP BY "order"'
        )
        many, same = draft.engine.run(
            "SELECT count(*), count(*) FILTER (low = high AND abs(low - s) <= greatest(0.02,"
            f" 0.01 * abs(s))) FROM ({orders}) WHERE n > 1"
        )[0]
        if many >= 1 and same >= _AGREE * many:
            details = {
                "column": amount.source,
                "option": "order_totals",
                "choices": ["auto", "as_is"],
                "default": "auto",
                "orders": many,
            }
            question = Message("cleaning.question.order_total_beside", details)
            return LineMoney(
                product,
                formula=True,
                how="quantity_price",
                questions=(question,),
            )
    if says(amount.source, "of_order") and (
        of_order := _order_total(draft, amount, own)
    ):
        return of_order
    details = {"column": amount.source, "share": 1 - agreed["plain"] / total}
    question = Message("cleaning.question.amount_disagrees", details)
    return LineMoney(
        either, formula=True, how="quantity_price", questions=(question,)
    )


def _given(draft: Draft, amount: ColumnReading, own: str) -> LineMoney:
    """An amount column: the line's, or the order's total repeated on every line."""
    total = _order_total(draft, amount, own)
    return total or LineMoney(own, how="given")


def _order_total(draft: Draft, amount: ColumnReading, own: str) -> LineMoney | None:
    """An amount that is the order's, to be shared by its lines; None where it is the line's."""
    options, order = draft.options, draft.role("order")
    if (
        not order
        or options.order_totals == "as_is"
        or not options.does("order_totals")
    ):
        return None
    orders, money = _repeated(draft, order, amount)
    if options.order_totals == "split":
        return LineMoney(own, split=True, how="order_total")
    if not orders:
        return None
    details: dict[str, Any] = {
        "column": amount.source,
        "option": "order_totals",
        "choices": ["split", "as_is"],
        "default": "split",
        "orders": orders,
        "money": money,
    }
    question = Message("cleaning.question.order_total_repeated", details)
    return LineMoney(own, split=True, how="order_total", questions=(question,))


def _repeated(
    draft: Draft, order: ColumnReading, amount: ColumnReading
) -> tuple[int, float]:
    """How many orders carry one amount on all their lines, if nearly all of several lines do.

    And how much more it would be if each line counted.

    The first such order is enough where the heading says so, or what its lines come to; else it
    takes two, of different amounts. None where the amount is the line's.
    """
    if says(amount.source, "of_line"):
        return 0, 0.0
    figures = [draft.role(role) for role in ("quantity", "unit_price", "cost")]
    quantity, price, cost = (figure and figure.value for figure in figures)
    goods = (
        f"({quantity}) * ({price or cost})"
        if quantity and (price or cost)
        else "NULL"
    )
    lines = (
        f"SELECT {order.value} AS o, {amount.value} AS a, {goods} AS g,"
        f" hash({', '.join(column.cell for column in draft.columns)}) AS h FROM {draft.rows}"
        f" WHERE _row NOT IN (SELECT _row FROM {quoted(draft.gone)})"
    )
    orders = (
        "SELECT o, count(*) AS n, count(DISTINCT a) AS amounts, count(DISTINCT h) AS kinds,"
        f" min(a) AS a, sum(g) AS goods FROM ({lines})"
        " WHERE o IS NOT NULL AND a IS NOT NULL GROUP BY o"
    )
    one = "n > 1 AND amounts = 1 AND kinds > 1"
    several, same, different, borne_out, money = draft.engine.run(
        f"SELECT count(*) FILTER (n > 1), count(*) FILTER ({one}),"
        f" count(DISTINCT a) FILTER (n > 1),"
        f" count(*) FILTER ({one} AND abs(a - goods) <= 0.011),"
        f" coalesce(sum(a * (n - 1)) FILTER ({one}), 0) FROM ({orders})"
    )[0]
    if not same or same < _SAME_IN_ORDER * several:
        return 0, 0.0
    is_told = says(amount.source, "of_order") or borne_out >= _AGREE * same
    if is_told or (several >= 2 and different >= 2):
        return same, round(money, 2)
    return 0, 0.0


def one_currency(draft: Draft) -> tuple[str | None, str, tuple[Message, ...]]:
    """Keep money in one currency: lines in others go aside, or are converted where a rate is known.

    Returns the currency (None: the file names none), SQL over the raw row for the factor of each
    line ("1": none needed), and what to ask.
    """
    source, signs = _signs(draft)
    if signs is None:
        return _only_sign(draft), "1", ()
    lines_by_sign = draft.engine.run(
        f"SELECT s, count(*) AS n FROM (SELECT {signs} AS s FROM {draft.rows}) WHERE s <> ''"
        " GROUP BY s ORDER BY n DESC, s"
    )
    if not lines_by_sign:
        return None, "1", ()
    names = [sign for sign, _ in lines_by_sign]
    main = _known(draft.options.currency) if draft.options.currency else names[0]
    if (
        names == [main]
        or (len(names) == 1 and draft.options.currency is None)
        or not draft.options.does("currency")
    ):
        return main, "1", ()
    rates = {
        _known(name): float(rate)
        for name, rate in draft.options.rates
        if _known(name) != main
    }
    others = [sign for sign in names if sign != main and sign not in rates]
    if others:
        draft.leave_out("currency", "other_currency", one_of(signs, others))
    factor = "1"
    if rates:
        factor = (
            "CASE "
            + signs
            + " "
            + " ".join(
                f"WHEN {literal(sign)} THEN {rate!r}"
                for sign, rate in rates.items()
            )
            + " ELSE 1 END"
        )
    questions: tuple[Message, ...] = ()
    if others:
        counts = dict(lines_by_sign)
        details = {
            "column": source,
            "counts": [f"{name}: {count}" for name, count in lines_by_sign[:8]],
            "currencies": names[:8],
            "main": main,
            "others": others[:8],
            "lines": sum(counts[column] for column in others),
            "option": "rates",
            "default": main,
        }
        questions = (Message("cleaning.question.several_currencies", details),)
    return main, factor, questions


def _signs(draft: Draft) -> tuple[str, str | None]:
    """The column that says the currency of each line, and SQL for it: '' where nothing is said.

    Its own column, or the one where it is written beside the amount; None where there is none.
    """
    column = draft.role("currency")
    if column:
        written = f"trim({column.value})"
        return column.source, (
            f"coalesce({looked_up(written, CURRENCIES)},"
            f" {looked_up(f'upper({written})', CURRENCIES)}, upper({written}), '')"
        )
    written_in = [
        other
        for other in (draft.role("amount"), draft.role("unit_price"))
        if other and other.detail.get("currency") and other.structs
    ]
    if not written_in:
        return "", None
    return written_in[0].source, f"coalesce({currency_of(written_in[0])}, '')"


def _only_sign(draft: Draft) -> str | None:
    """The one currency written beside money that is read by one pattern.

    Which no other currency passes; else what the names or units say.
    """
    columns = [
        column
        for column in (draft.role("amount"), draft.role("unit_price"))
        if column
    ]
    written = {
        column.detail["currency"]: column.detail.get("currencies")
        for column in columns
        if column.detail.get("currency")
    }
    in_cells = [sign for sign, signs in written.items() if signs]
    if in_cells:
        return in_cells[0]
    return next(iter(written)) if len(written) == 1 else None


def _known(name: str) -> str:
    """A currency as a person writes it, as this product writes it."""
    return (
        currency_of_word(name)
        or currency_of_word(name.upper())
        or name.strip().upper()
    )
