"""What a reader is told of a table that is read by a preset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crm_analysis.messages import Message
from crm_analysis.tables.presets.preset import Preset
from crm_analysis.tables.sales import SalesRules


def said_of(preset: Preset, sales: SalesRules | None) -> tuple[Message, ...]:
    """As whose export a table is read, what of it is the money, and what is not known of it."""
    return tuple(_said_of(preset, sales or SalesRules()))


def _said_of(preset: Preset, sales: SalesRules) -> Iterator[Message]:
    details: dict[str, Any] = {"platform": preset.platform, "report": preset.report}
    if sales.money:
        details |= {"money": list(sales.money), "less": list(sales.minus)}
        yield Message("presets.money_less" if sales.minus else "presets.money", details)
    else:
        yield Message("presets.read_as", details)
    for column, words in sales.trade.items():
        yield Message("presets.only_trade", {"column": column, "words": list(words)})
    if preset.not_for:
        yield Message(
            f"presets.not_for.{preset.not_for}", {"platform": preset.platform}
        )
    if preset.nobody:
        yield Message(f"presets.nobody.{preset.nobody}", {"platform": preset.platform})
    if preset.weak:
        yield Message("presets.weak", {"platform": preset.platform})
    if preset.unsure and sales.money:
        yield Message("presets.unsure", {"column": sales.money[0]})
