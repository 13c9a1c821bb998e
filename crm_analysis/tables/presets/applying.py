"""A preset applied to a table: its roles and rules in names of the table's own columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crm_analysis.engine import quoted
from crm_analysis.tables.presets.preset import Preset, by_heading, present
from crm_analysis.tables.sales import SalesRules, plain_word

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable

# What the rules of sales take from a preset as it stands there: lists of headings.
_LISTS = (
    "statuses",
    "cancelled_when_filled",
    "paid_when_filled",
    "carried",
    "never",
    "minus",
    "plus",
    "once_per_order",
)
_FITTING = 0.9  # of the rows that can tell
_SINGLE = ("currency", "refund_date", "summary_when_empty")


def roles_of(
    preset: Preset, raw: RawTable, filled: Sequence[str]
) -> dict[str, str]:
    """The column of each role, among the columns that hold something."""
    named = by_heading(filled)
    roles: dict[str, str] = {}
    for role, headings in preset.roles.items():
        free = [
            column
            for column in present(headings, named)
            if column not in roles.values()
        ]
        if free:
            roles[role] = free[0]
    money = _money_in(preset, raw, named)["money"]
    own = ("amount",) if len(money) == 1 else ("quantity", "unit_price")
    roles |= zip(own, money, strict=False)
    return roles


def rules_of(preset: Preset, raw: RawTable, filled: Sequence[str]) -> SalesRules:
    """How the sales of a table are to be read.

    `filled` are the columns that hold something, among which the money is chosen; another may be
    filled in the next file. Kinds of movement that the preset does not know at all are in words of
    the shop's own or of another language, and are asked about like statuses.
    """
    named = by_heading(raw.reading.columns)
    said = {**preset.sales, **_money_in(preset, raw, by_heading(filled))}
    rules: dict[str, Any] = {"platform": preset.platform, "money": said["money"]}
    instead = present(said.get("instead", ()), named)
    rules["candidates"] = (*said["money"], *instead) if instead else ()
    for name in _LISTS:
        rules[name] = present(said.get(name, ()), named)
    for name in _SINGLE:
        rules[name] = next(iter(present(said.get(name, ()), named)), None)
    for name in ("trade", "incoming"):
        words = said.get(name, {"columns": (), "words": ()})
        rules[name] = dict.fromkeys(
            present(words["columns"], named), words["words"]
        )
    foreign = [
        name
        for name, words in rules["trade"].items()
        if not words_in(raw, name, words)
    ]
    rules["statuses"] += tuple(foreign)
    rules["trade"] = {
        name: words for name, words in rules["trade"].items() if name not in foreign
    }
    rules["excluded"] = {
        column: words
        for heading, words in said.get("excluded", {}).items()
        for column in present([heading], named)
    }
    rules["meanings"] = {
        word: meaning
        for meaning, words in said.get("meanings", {}).items()
        for word in words
    }
    return SalesRules(**rules)


def _money_in(
    preset: Preset, raw: RawTable, named: Mapping[str, str]
) -> dict[str, Any]:
    """The first way to come to the money whose columns are there, and fit a total beside them."""
    for way in preset.sales.get("money", ()):
        product = present(way.get("product", ()), named)
        if len(product) == 2 and _fits(preset, raw, way, named, product):
            return {**way, "money": product}
        column = present(way.get("column", ()), named)
        if column:
            return {**way, "money": column[:1]}
    return {"money": ()}


def _fits(
    preset: Preset,
    raw: RawTable,
    way: Mapping[str, Any],
    named: Mapping[str, str],
    product: Sequence[str],
) -> bool:
    """Whether quantity × price comes to the total of each order, where a way names one."""
    if "total" not in way:
        return True
    total = present(way["total"], named)
    order = present(preset.roles["order"], named)
    if not total or not order:
        return False

    def cell(name: str) -> str:
        return f"c{raw.reading.columns.index(name)}"

    quantity, price = (_figure(cell(name)) for name in product)
    figures = (
        _figure(cell(name)) for name in (total[0], *present(way["beside"], named))
    )
    stated, *beside = (f"max(coalesce({figure}, 0))" for figure in figures)
    lines = f"SELECT sum({quantity} * {price}) AS goods, {stated} AS stated"
    lines += f", {' + '.join(beside) or '0'} AS beside, max({quantity}) AS pieces"
    lines += f" FROM {quoted(raw.store)} WHERE {cell(order[0])} <> ''"
    several, fitting = raw.engine.run(
        "SELECT count(*), count(*) FILTER (abs(goods + beside - stated) < 0.02)"
        f" FROM ({lines} GROUP BY {cell(order[0])}) WHERE pieces > 1 AND stated <> 0"
    )[0]
    return several > 0 and fitting >= _FITTING * several


def _figure(cell: str) -> str:
    """SQL: the number a cell holds beside its currency, good enough to compare columns."""
    digits = f"regexp_replace({cell}, '[^0-9.,-]', '', 'g')"
    has_comma = f"regexp_full_match({digits}, '.*,[0-9]{{1,2}}')"
    comma = f"replace(replace({digits}, '.', ''), ',', '.')"
    point = f"replace({digits}, ',', '')"
    return (
        f"TRY_CAST(CASE WHEN {has_comma} THEN {comma} ELSE {point} END AS DOUBLE)"
    )


def words_in(raw: RawTable, column: str, words: Sequence[str]) -> list[str]:
    """Those of some words that a column holds."""
    cell = f"c{raw.reading.columns.index(column)}"
    sql = f"SELECT DISTINCT {cell} FROM {quoted(raw.store)} LIMIT 2000"
    present = {plain_word(word) for (word,) in raw.engine.run(sql)}
    return [word for word in words if plain_word(word) in present]
