"""Two files of answers compared."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.golden.renaming import DROPPED, base_of, renamed, with_new_name

MOST_SHOWN = 6  # differences of one verb


def compare(old_path: Path, new_path: Path, rtol: float = 1e-9) -> bool:
    """Print what differs between two files of answers.

    Returns
    -------
    bool
        Whether they are the same.
    """
    old, new = (
        json.loads(path.read_text(encoding="utf-8"))
        for path in (old_path, new_path)
    )
    old = {with_new_name(label): answer for label, answer in old.items()}
    differing = 0
    for label in dict.fromkeys([*old, *new]):
        lines = list(differences_of_verb(label, old, new, rtol))
        differing += bool(lines)
        print(
            *(f"{label}{line}" for line in lines[:MOST_SHOWN]),
            sep="\n",
            end="\n" * bool(lines),
        )
        if len(lines) > MOST_SHOWN:
            print(f"{label}: {len(lines) - MOST_SHOWN} more")
    print(f"{differing} of {len(old)} answers differ")
    return not differing


def differences_of_verb(
    label: str, old: Mapping[str, Any], new: Mapping[str, Any], rtol: float
) -> Iterator[str]:
    """What differs between the two answers of one verb."""
    if label not in old or label not in new:
        yield (
            ": only in the old answers"
            if label in old
            else ": only in the new answers"
        )
        return
    verb = base_of(label)
    dropped = DROPPED.get(verb, set())
    for line in differences(renamed(old[label], verb), new[label], rtol):
        place = line.partition(":")[0]
        if not any(
            place == part or place.startswith((f"{part}.", f"{part}["))
            for part in dropped
        ):
            yield line


def differences(old: Any, new: Any, rtol: float, place: str = "") -> Iterator[str]:
    """What differs between two plain values, as lines "where: old → new"."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            if key not in old or key not in new:
                yield f"{place}.{key}: only in the {'old' if key in old else 'new'} answer"
            else:
                yield from differences(old[key], new[key], rtol, f"{place}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from differences(before, after, rtol, f"{place}[{number}]")
    elif not same(old, new, rtol):
        yield f"{place}: {short(old)} → {short(new)}"


def same(old: Any, new: Any, rtol: float) -> bool:
    """Whether two plain values are the same: floats nearly (1e-12 about 0), others exactly."""
    if isinstance(old, float) and isinstance(new, float):
        both_missing = math.isnan(old) and math.isnan(new)
        return both_missing or math.isclose(old, new, rel_tol=rtol, abs_tol=1e-12)
    return type(old) is type(new) and old == new


def short(value: Any) -> str:
    """A value in at most 80 characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
