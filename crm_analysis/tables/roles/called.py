"""Columns by what they are called outright, in any language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from crm_analysis.wording import texts_of


def columns_called(columns: Iterable[object], what: str) -> list[str]:
    """The columns that bear a name of `what` (`roles.called.<what>`), the likeliest name first.

    >>> columns_called(["customer", "Recency (days)", "消费频率"], "recency")
    ['Recency (days)']
    """
    plain = {_plain(str(name)): str(name) for name in reversed(list(columns))}
    texts = texts_of(f"roles.called.{what}").values()
    words = (_plain(word) for text in texts for word in text.split("|"))
    return [plain[word] for word in dict.fromkeys(words) if word in plain]


def _plain(name: str) -> str:
    """A name without case, width, brackets and what parts its words."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"\([^)]*\)|[\W_]+", "", text)
