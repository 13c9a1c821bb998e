"""The words that are known beforehand, written by hand: a TOML a subject, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@cache
def vocabulary(name: str) -> dict[str, Any]:
    """One list of words: its tables as dictionaries, texts of words as they stand.

    >>> sorted(vocabulary("aspects"))
    ['app', 'delivery', 'packaging', 'price', 'quality', 'returns', 'service']
    """
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def known(name: str, *path: str) -> frozenset[str]:
    """The words of one text of a list, each once.

    >>> "but" in known("english", "breaks")
    True
    """
    part: Any = vocabulary(name)
    for step in path:
        part = part[step]
    return frozenset(part.split() if isinstance(part, str) else part)
