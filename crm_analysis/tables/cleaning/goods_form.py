"""How several goods are written in one cell: by which mark they are parted, and counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

# Of the different cells, that hold several goods.
_MINIMUM_CELLS, _MINIMUM_SHARE = 2, 0.02
_COME_AGAIN, _FREE = 0.5, 0.4  # shares of the goods, from which on they are lists
_COUNTED_SHARE = 0.8  # of the goods, with a number before or after them
_MAXIMUM_GOODS = 60
_EXAMPLES = 2
_LIST = r"^\s*\[.*\]\s*$"
# What may part goods, the surest first; the last ones may well stand within a name.
_SEPARATORS = (r"\n", r"\|", "[;；]", "、", "[,，]", r"\s[+/]\s")
_RARE_IN_NAMES, _USUAL = _SEPARATORS[:3], 0.5
NUMBER = r"\d{1,4}\s*(?:[×✕]|[x*]\s)"
COUNT_BEFORE = r"^(\d{1,4})\s*(?:[×✕]\s*|[x*]\s+)(\S.*)$"
# 绿茶x2: to DuckDB, and to Python where it is told so, there is a border before such an x.
COUNT_AFTER = r"^(\S.*?)\s*(?:[×✕*＊]\s*|\s[x]\s*|\b[x])(\d{1,4})$"


@dataclass(frozen=True)
class GoodsForm:
    """How the goods of a column are parted: by a separator (None: lists), with a number or not."""

    separator: str | None
    counted: bool
    examples: tuple[str, ...]
    surely: bool


def find_form(cells: Sequence[str]) -> GoodsForm | None:
    """How the goods of some different cells are parted; None where each cell is one of them."""
    lists = [cell for cell in cells if re.match(_LIST, cell)]
    if cells and len(lists) == len(cells):
        return GoodsForm(None, False, tuple(lists[:_EXAMPLES]), surely=True)
    for separator in _SEPARATORS:
        parts = [_split(cell, separator) for cell in cells]
        several = [
            cell for cell, own in zip(cells, parts, strict=True) if len(own) > 1
        ]
        if not several:
            continue
        goods = [part for own in parts for part in own]
        counted = sum(bool(_count_of(part)) for part in goods)
        examples = tuple(several[:_EXAMPLES])
        # also where every order has the same cell
        are_counted = counted >= _COUNTED_SHARE * len(goods)
        enough = max(_MINIMUM_CELLS, _MINIMUM_SHARE * len(cells))
        if are_counted and len(several) >= min(enough, len(cells)):
            return GoodsForm(separator, True, examples, surely=True)
        if len(several) < enough:
            continue
        come_again, free = _company(parts)
        if come_again >= _COME_AGAIN:
            if not free:
                break
            surely = free >= _FREE and max(map(len, parts)) <= _MAXIMUM_GOODS
            return GoodsForm(separator, False, examples, surely)
    if cells and all(map(_count_of, cells)):
        # a single name may be of a pack: 6 x Bottle
        surely = len(cells) >= _MINIMUM_CELLS
        return GoodsForm(r"\n", True, tuple(cells[:_EXAMPLES]), surely)
    return _unsure(cells)


def _unsure(cells: Sequence[str]) -> GoodsForm | None:
    """Whether most cells have a mark that rarely stands in a name, though no goods come again.

    Or all have one that may well stand there.
    """
    for separator in _SEPARATORS:
        several = [cell for cell in cells if len(_split(cell, separator)) > 1]
        share = _USUAL if separator in _RARE_IN_NAMES else 1.0
        if several and len(several) >= share * len(cells):
            examples = tuple(several[:_EXAMPLES])
            return GoodsForm(separator, False, examples, surely=False)
    return None


def _split(cell: str, separator: str) -> list[str]:
    return [part for piece in re.split(separator, cell) if (part := piece.strip())]


def _count_of(part: str) -> re.Match[str] | None:
    flags = re.I | re.A
    return re.match(COUNT_BEFORE, part, flags) or re.match(COUNT_AFTER, part, flags)


def _company(parts: Sequence[Sequence[str]]) -> tuple[float, float]:
    """The share of goods in lists that come again, and of these the share that are free.

    Those stand alone somewhere, or in several places of a list: a colour or a surname that a comma
    parts from a name stands always behind it.
    """
    counts = Counter(part for own in parts for part in set(own))
    places: dict[str, set[int]] = {}
    for own in parts:
        for place, part in enumerate(own):
            places.setdefault(part, set()).add(place if len(own) > 1 else -1)
    in_lists = [part for own in parts if len(own) > 1 for part in own]
    again = [part for part in in_lists if counts[part] > 1]
    free = sum(len(places[part]) > 1 for part in set(again))
    return len(again) / max(1, len(in_lists)), free / max(1, len(set(again)))
