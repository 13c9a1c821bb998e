"""Baskets: files in which a line is a list of products."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crm_analysis.tables.reading.cells import kind_of
from crm_analysis.tables.reading.records import Record

_LONG_ITEM = 60  # letters


def are_baskets(records: Sequence[Sequence[str]]) -> bool:
    """Whether lists of fields are baskets: ragged, filled from the left, products in any position.

    >>> are_baskets([["milk", "bread"], ["bread"], ["eggs", "milk", "bread"], ["milk"]])
    True
    >>> are_baskets([["id", "name", "age"], ["1", "Ann", "30"], ["2", "Bob", ""], ["3"]])
    False
    """
    baskets = [items for fields in records if (items := _without_empty_end(fields))]
    return (
        _are_ragged(baskets)
        and _are_products(baskets)
        and _are_in_any_position(baskets)
    )


def _without_empty_end(fields: Sequence[str]) -> list[str]:
    items = [field.strip() for field in fields]
    while items and not items[-1]:
        items.pop()
    return items


def _are_ragged(baskets: Sequence[Sequence[str]]) -> bool:
    if len(baskets) < 3:
        return False
    sizes = Counter(map(len, baskets))
    if (
        len(sizes) < 2
        or max(sizes) < 2
        or max(sizes.values()) > 0.75 * len(baskets)
    ):
        return False
    with_gap = sum("" in items for items in baskets)
    return with_gap <= 0.02 * len(baskets) + 1


def _are_products(baskets: Sequence[Sequence[str]]) -> bool:
    """Whether the items are names or numbers of products, and not names over numbers."""
    items = [item for basket in baskets for item in basket]
    kinds = Counter(map(kind_of, items))
    long = sum(len(item) > _LONG_ITEM for item in items)
    data = sum(kinds[kind] for kind in ("date", "time", "flag", "link"))
    if long > 0.01 * len(items) or data > 0.05 * len(items):
        return False
    are_numbers = kinds["number"] > 0.5 * len(items)
    return not (
        are_numbers
        and all(kind_of(item) in ("words", "text") for item in baskets[0])
    )


def _are_in_any_position(baskets: Sequence[Sequence[str]]) -> bool:
    """Whether products that come again do so in other positions, and most come again."""
    counts = Counter(item for basket in baskets for item in basket)
    positions: dict[str, set[int]] = {}
    for basket in baskets:
        for position, item in enumerate(basket):
            positions.setdefault(item, set()).add(position)
    repeated = [item for item, count in counts.items() if count > 1]
    moving = sum(len(positions[item]) > 1 for item in repeated)
    return (
        len(repeated) >= 2
        and moving >= 0.6 * len(repeated)
        and len(counts) < 0.8 * counts.total()
    )


def basket_items(record: Record) -> list[str]:
    """The products of a basket, stripped, empty ones left out."""
    return [
        item for field in record.fields if (item := field.strip().replace("\0", ""))
    ]
