"""A few findings that do not all tell of the same products."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def diverse(
    sets: Iterable[frozenset[str]], worth: np.ndarray, maximum: int
) -> list[int]:
    """Positions of a few sets, all different, that together name many products.

    Each time the one with the highest worth × share of items not chosen before. `worth` falls from
    position to position; of `sets` no more is read than has to be.

    >>> tea, jam = frozenset({"tea", "milk"}), frozenset({"jam", "bread"})
    >>> sweet = frozenset({"tea", "milk", "sugar"})
    >>> diverse([tea, sweet, tea, jam], np.array([9.0, 8.0, 7.0, 6.0]), 3)
    [0, 3, 1]
    """
    unread = enumerate(sets)
    waiting: dict[
        frozenset[str], int
    ] = {}  # in falling worth; the first position of each set
    chosen: dict[frozenset[str], int] = {}
    named: set[str] = set()
    next_position = 0

    def value(items: frozenset[str], position: int) -> float:
        return float(worth[position]) * len(items - named) / len(items)

    while len(chosen) < maximum:
        best = max(
            waiting,
            key=lambda items: value(items, waiting[items]),
            default=None,
        )
        best_value = value(best, waiting[best]) if best is not None else -1.0
        # What has not been read yet is worth no more than the next, were none of it named.
        while next_position < len(worth) and worth[next_position] > best_value:
            following = next(unread, None)
            if following is None:
                break
            position, items = following
            next_position = position + 1
            if items in chosen or items in waiting:
                continue
            waiting[items] = position
            if value(items, position) > best_value:
                best, best_value = items, value(items, position)
        if best is None:
            break
        chosen[best] = waiting.pop(best)
        named |= best
    return list(chosen.values())
