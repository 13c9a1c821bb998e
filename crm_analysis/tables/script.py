"""The Python of a result.

What any of them begins with, and how its lines become one text to copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Loading = tuple[
    Sequence[str], str
]  # lines that load a table, and what its rows are called then


def guessed(source: str) -> Loading:
    """The lines that load a file as it is understood unasked."""
    return (
        f"raw = crm.read_table({source!r})",
        "cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())",
    ), "cleaned.table"


def script(lines: Iterable[str]) -> str:
    """Lines as one text: what they import stands once, at the top.

    >>> named = "named = segments.rename(named, {1: 'Loyal'})"
    >>> print(script([named, "from crm_analysis.analyses import segments"]))
    import crm_analysis as crm
    from crm_analysis.analyses import segments
    <BLANKLINE>
    named = segments.rename(named, {1: 'Loyal'})
    """
    statements = list(lines)
    imports = dict.fromkeys(
        [
            "import crm_analysis as crm",
            *(line for line in statements if line.startswith("from ")),
        ]
    )
    return "\n".join(
        [
            *imports,
            "",
            *(line for line in statements if not line.startswith("from ")),
        ]
    )
