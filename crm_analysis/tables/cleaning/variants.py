"""Spellings of the same thing: groups to be merged on request."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from crm_analysis.engine import quoted

if TYPE_CHECKING:
    from crm_analysis.tables.cleaning.result import Cleaned

_MOST = 3_000
_SHORTEST = 5
_WORDS = re.compile(r"[^\W_]+", re.UNICODE)


@dataclass(frozen=True)
class Variants:
    """Spellings that look like one.

    `keep` is the commonest, `merge` the others, each with its count; `likeness` from 0 to 1.
    """

    keep: str
    merge: tuple[tuple[str, int], ...]
    likeness: float

    def as_merge(self, column: str) -> tuple[tuple[str, str, str], ...]:
        """The `merge` setting that makes them one."""
        return tuple((column, old, self.keep) for old, _ in self.merge)


def suggest_variants(
    cleaned: Cleaned, column: str, likeness: float = 0.88
) -> tuple[Variants, ...]:
    """Groups of spellings of a column's values that are probably one, the most rows first.

    Two values go together when they are the same but for case, accents, punctuation, spaces and
    the order of words, or when they are alike by at least `likeness` (twice the letters in common
    over all letters) without differing in a number. Among more than 3,000 different values only
    the first kind is sought.

    Raises
    ------
    KeyError
        Where there is no such column.
    """
    if column not in cleaned.engine.columns(cleaned.store):
        raise KeyError(column)
    name = quoted(column)
    rows = cleaned.engine.run(
        f"SELECT {name}, count(*) AS n FROM {quoted(cleaned.store)} WHERE {name} IS NOT NULL"
        f" GROUP BY {name} ORDER BY n DESC, {name}"
    )
    counts = {str(value): count for value, count in rows}
    keys: dict[str, list[str]] = defaultdict(list)
    for value in counts:
        keys[_key(value)].append(value)
    groups = {key: set(values) for key, values in keys.items()}
    best = dict.fromkeys(groups, 1.0)
    if len(counts) <= _MOST:
        _join_alike(groups, best, counts, likeness)
    variants = []
    for key, values in groups.items():
        if len(values) > 1:
            ordered = sorted(
                values, key=lambda value: (-counts[value], -len(value), value)
            )
            variants.append(
                Variants(
                    ordered[0],
                    tuple((value, counts[value]) for value in ordered[1:]),
                    best[key],
                )
            )
    return tuple(
        sorted(
            variants,
            key=lambda variant: (
                -sum(count for _, count in variant.merge),
                variant.keep,
            ),
        )
    )


def _key(value: str) -> str:
    """What is left of a value without case, accents, punctuation and the order of its words."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", value.casefold())
        if not unicodedata.combining(letter)
    )
    words = sorted(_WORDS.findall(bare))
    return " ".join(words) or value


def _join_alike(
    groups: dict[str, set[str]],
    best: dict[str, float],
    counts: dict[str, int],
    likeness: float,
) -> None:
    """Join groups whose keys are alike, the rarer to the commoner.

    Keys are compared within the same first or last second letters.
    """
    size = {
        key: sum(counts[value] for value in values)
        for key, values in groups.items()
    }
    buckets: dict[str, list[str]] = defaultdict(list)
    for key in groups:
        if len(key) >= _SHORTEST:
            buckets["<" + key[:2]].append(key)
            buckets[">" + key[-2:]].append(key)
    pairs = {
        tuple(sorted((first, second)))
        for keys in buckets.values()
        for i, first in enumerate(keys)
        for second in keys[i + 1 :]
        if abs(len(first) - len(second)) <= 3
    }
    for first, second in sorted(pairs):
        if (
            first in groups
            and second in groups
            and re.findall(r"\d+", first) == re.findall(r"\d+", second)
        ):
            matcher = SequenceMatcher(None, first, second, autojunk=False)
            ratio = (
                matcher.quick_ratio()
                if matcher.real_quick_ratio() >= likeness
                else 0.0
            )
            if ratio >= likeness and (ratio := matcher.ratio()) >= likeness:
                into, out = (
                    (first, second)
                    if (size[first], first) >= (size[second], second)
                    else (second, first)
                )
                groups[into] |= groups.pop(out)
                best[into] = min(best[into], ratio)
                size[into] += size[out]
