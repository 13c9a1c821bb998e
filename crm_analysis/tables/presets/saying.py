"""What a reader is told of a table that is read by a preset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crm_analysis.messages import Message
from crm_analysis.tables.presets.applying import words_in
from crm_analysis.tables.presets.preset import Preset
from crm_analysis.tables.sales import SalesRules

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable


def said_of(
    preset: Preset, roles: Mapping[str, str], rules: SalesRules | None, raw: RawTable
) -> tuple[Message, ...]:
    """As whose export a table is read, what of it is the money, and what is not known of it."""
    sales = rules or SalesRules()
    said = [_money(preset, sales)]
    for column, words in sales.trade.items():
        present = words_in(raw, column, words)
        details = {"column": column, "words": present or list(words)}
        said.append(Message("presets.only_trade", details))
    return (*said, *_lacking(preset, roles, sales))


def _money(preset: Preset, sales: SalesRules) -> Message:
    details: dict[str, Any] = {"platform": preset.platform, "report": preset.report}
    if not sales.money:
        return Message("presets.read_as", details)
    details |= {"money": list(sales.money), "less": list(sales.minus)}
    return Message("presets.money_less" if sales.minus else "presets.money", details)


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
