"""What a reader is told of a table that is read by a preset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crm_analysis.engine import quoted
from crm_analysis.messages import Message
from crm_analysis.tables.presets.applying import words_in
from crm_analysis.tables.presets.preset import Preset, by_heading, present
from crm_analysis.tables.sales import SalesRules

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable


def said_of(
    preset: Preset,
    roles: Mapping[str, str],
    rules: SalesRules | None,
    raw: RawTable,
) -> tuple[Message, ...]:
    """As whose export a table is read, what of it is the money, and what is not known of it."""
    sales = rules or SalesRules()
    said = [_money(preset, sales)]
    for column, words in sales.trade.items():
        there = words_in(raw, column, words)
        details = {"column": column, "words": there or list(words)}
        said.append(Message("presets.only_trade", details))
    for name in present(preset.doubtful, by_heading(raw.reading.columns)):
        cell = f"c{raw.reading.columns.index(name)}"
        sql = f"SELECT count(*) FROM {quoted(raw.store)} WHERE {cell} SIMILAR TO '.*[1-9].*'"
        if rows := raw.engine.run(sql)[0][0]:
            said.append(Message("presets.doubtful", {"column": name, "rows": rows}))
    return (*said, *_lacking(preset, roles, sales))


def _money(preset: Preset, sales: SalesRules) -> Message:
    details: dict[str, Any] = {"platform": preset.platform, "report": preset.report}
    if not sales.money:
        return Message("presets.read_as", details)
    details["formula"] = " × ".join(map(_quoted, sales.money))
    for sign, names in (("+", sales.plus), ("−", sales.minus)):
        details["formula"] += "".join(f" {sign} {_quoted(name)}" for name in names)
    details["columns"] = [*sales.money, *sales.plus, *sales.minus]
    return Message("presets.money", details)


def _quoted(name: str) -> str:
    return f"“{name}”"


def _lacking(
    preset: Preset, roles: Mapping[str, str], sales: SalesRules
) -> Iterator[Message]:
    platform = {"platform": preset.platform}
    if preset.not_for:
        yield Message(f"presets.not_for.{preset.not_for}", platform)
    if preset.nobody and "customer" not in roles:
        yield Message(f"presets.nobody.{preset.nobody}", platform)
    if preset.weak:
        yield Message("presets.weak", platform)
    if preset.unsure and sales.money:
        yield Message("presets.unsure", {"column": sales.money[0]})
