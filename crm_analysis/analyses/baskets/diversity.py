"""A few findings that do not all tell of the same products."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

__all__ = ["diverse"]


def diverse(sets: Iterable[frozenset[str]], worth: np.ndarray, most: int) -> list[int]:
    """Places of at most so many sets, all different: each time the one with the highest worth × share of items not chosen before.

    `worth` falls from place to place; of `sets` no more is read than has to be.

    >>> tea, jam = frozenset({"tea", "milk"}), frozenset({"jam", "bread"})
    >>> diverse([tea, frozenset({"tea", "milk", "sugar"}), tea, jam], np.array([9.0, 8.0, 7.0, 6.0]), 3)
    [0, 3, 1]
    """
    coming = enumerate(sets)
    waiting: dict[frozenset[str], int] = {}  # in falling worth; the first place of each set
    chosen: list[int] = []
    said: set[frozenset[str]] = set()
    seen: set[str] = set()
    read = 0
    while len(chosen) < most:
        best, take = -1.0, None
        for items, place in waiting.items():
            if (value := worth[place] * len(items - seen) / len(items)) > best:
                best, take = value, items
        # What has not been read yet is worth no more than the next one, were nothing of it seen.
        while read < len(worth) and worth[read] > best and (one := next(coming, None)) is not None:
            place, items = one
            read = place + 1
            if items in said or items in waiting:
                continue
            waiting[items] = place
            if (value := worth[place] * len(items - seen) / len(items)) > best:
                best, take = value, items
        if take is None:
            break
        chosen.append(waiting.pop(take))
        said.add(take)
        seen |= take
    return chosen
