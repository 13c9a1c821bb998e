"""Text that a page shows letter by letter."""

from __future__ import annotations

import re
from collections.abc import Hashable

_JOINER = "\u2060"  # takes no room and cannot be seen
_MARKS = re.compile(r"([\\`*\[\]<>$~|#{}!&])")
_ARROWS = re.compile(
    r"(?<!\S)(<->|->|<-|--|>=|<=|~=)(?!\S)"
)  # Streamlit draws them as one sign
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LINE_START = re.compile(r"^([-+=]|\d+(?=[.)]))")


def escape_markdown(text: Hashable) -> str:
    r"""A text as it is, wherever Streamlit reads Markdown: labels, metrics, buttons, help.

    Emphasis, headings, lists, links, code, tables, HTML and LaTeX are escaped by backslash.
    Colours (:red[…]), icons (:material/…:), emoji names (:smile:), arrows (->) and links without
    brackets (www.…, name@…) are looked for after backslashes are gone, so an invisible word joiner
    parts them. Line breaks become spaces. Dates and names_with_underscores come out unchanged.

    >>> print(escape_markdown("*50* off, only $5 and $6"))
    \*50\* off, only \$5 and \$6
    """
    line = " ".join(str(text).split())
    line = _ARROWS.sub(_part_arrow, line)
    line = _MARKS.sub(r"\\\1", line)
    line = _EDGE_UNDERSCORE.sub(r"\\_", line)
    line = _LINE_START.sub(_escape_start, line)
    line = re.sub(r":(?=[A-Za-z]|/|[\w+-]*:)", ":" + _JOINER, line)
    line = re.sub(r"(?i)\b(www)(?=\.)", r"\1" + _JOINER, line)
    return re.sub(r"@(?=\w)", "@" + _JOINER, line)


def _part_arrow(arrow: re.Match[str]) -> str:
    return arrow[0][0] + _JOINER + arrow[0][1:]


def _escape_start(start: re.Match[str]) -> str:
    """A list's sign is escaped before it, a list's number after it."""
    return f"{start[1]}\\" if start[1][0].isdigit() else f"\\{start[1]}"
