"""Returns netted against the purchases they undo, on request."""

from __future__ import annotations

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.draft import Draft


def settle_returns(draft: Draft) -> None:
    """Drop the returns, or net each against earlier purchases of the same customer.

    Product and price, the latest first.

    Netted pieces leave both lines, so that the money stays the same to the cent; what a return
    takes back beyond any purchase in the table stays as it is. Without quantities, lines of
    exactly opposite amounts are paired.
    """
    if draft.options.returns == "drop":
        draft.set_aside("returns", "return_dropped", "is_return")
        return
    roles = {column.role for column in draft.columns}
    product = next(
        (f'"{role}"' for role in ("product_code", "product") if role in roles),
        None,
    )
    if "customer" not in roles or product is None:
        return
    when = '"date"' if "date" in roles else "NULL::TIMESTAMP"
    if {"quantity", "unit_price"} <= roles:
        _by_quantity(draft, f'"customer", {product}, "unit_price"', when)
    else:
        _by_amount(draft, f'"customer", {product}, abs("amount")', when)


def _by_quantity(draft: Draft, key: str, when: str) -> None:
    names = "k1, k2, k3"
    keyed = ", ".join(
        f"{part.strip()} AS k{i + 1}" for i, part in enumerate(key.split(","))
    )
    lines = (
        f'SELECT _row, {keyed}, {when} AS day, "quantity" AS q FROM {quoted(draft.store)}'
        ' WHERE "customer" IS NOT NULL'
    )
    back = (
        f"SELECT {names}, max(day) AS until, sum(-q) AS units FROM ({lines}) WHERE q < 0"
        f" GROUP BY {names}"
    )
    bought = (
        f"SELECT l._row, {', '.join(f'l.{name}' for name in names.split(', '))}, l.q, b.units,"
        f" sum(l.q) OVER (PARTITION BY {', '.join(f'l.{name}' for name in names.split(', '))}"
        " ORDER BY l.day DESC NULLS LAST, l._row DESC ROWS UNBOUNDED PRECEDING) AS so_far"
        f" FROM ({lines}) l JOIN ({back}) b USING ({names})"
        " WHERE l.q > 0 AND (l.day IS NULL OR b.until IS NULL OR l.day <= b.until)"
    )
    taken = (
        f"SELECT _row, {names}, q, greatest(0, least(q, units - (so_far - q))) AS taken"
        f" FROM ({bought})"
    )
    settled = f"SELECT {names}, sum(taken) AS taken FROM ({taken}) GROUP BY {names}"
    returned = (
        "SELECT l._row, l.q, s.taken AS total, sum(-l.q)"
        f" OVER (PARTITION BY {', '.join(f'l.{name}' for name in names.split(', '))}"
        " ORDER BY l.day, l._row ROWS UNBOUNDED PRECEDING) AS so_far"
        f" FROM ({lines}) l JOIN ({settled}) s USING ({names}) WHERE l.q < 0"
    )
    netted = "-greatest(0, least(-q, total - (so_far + q)))"
    used = f"SELECT _row, q, {netted} AS taken FROM ({returned})"
    work = f"{draft.store}_netted"
    draft.engine.run(
        f"CREATE OR REPLACE TABLE {quoted(work)} AS SELECT _row, q - taken AS new, q"
        f" FROM ({taken}) WHERE taken <> 0 UNION ALL SELECT _row, q - taken, q FROM ({used})"
        " WHERE taken <> 0"
    )
    draft.set_aside(
        "returns",
        "netted",
        f"_row IN (SELECT _row FROM {quoted(work)} WHERE new = 0)",
    )
    draft.patch(
        "returns",
        "netted",
        "quantity",
        f"SELECT _row, new FROM {quoted(work)} WHERE new <> 0",
    )
    draft.engine.run(f"DROP TABLE {quoted(work)}")


def _by_amount(draft: Draft, key: str, when: str) -> None:
    sign = 'CASE WHEN "amount" < 0 THEN -1 ELSE 1 END'
    ranked = (
        f"SELECT _row, {sign} AS s, row_number() OVER (PARTITION BY {key}, {sign}"
        f" ORDER BY {when}, _row) AS nth,"
        f" {', '.join(f'{part} AS k{i}' for i, part in enumerate(key.split(', ')))}"
        f' FROM {quoted(draft.store)} WHERE "customer" IS NOT NULL AND "amount" <> 0'
    )
    pairs = (
        f"SELECT b._row AS one, r._row AS two FROM ({ranked}) b JOIN ({ranked}) r"
        " USING (k0, k1, k2, nth) WHERE b.s = 1 AND r.s = -1"
    )
    work = f"{draft.store}_netted"
    draft.engine.run(
        f"CREATE OR REPLACE TABLE {quoted(work)} AS SELECT one AS _row FROM ({pairs})"
        f" UNION ALL SELECT two FROM ({pairs})"
    )
    draft.set_aside(
        "returns", "netted", f"_row IN (SELECT _row FROM {quoted(work)})"
    )
    draft.engine.run(f"DROP TABLE {quoted(work)}")
