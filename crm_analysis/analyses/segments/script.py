"""The same result as Python that can be copied and run."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from crm_analysis.analyses.segments.result import Adjustments, Segments

__all__ = ["code"]


def code(segments: Segments | Any, source: str = "orders.csv", as_of: str | None = None) -> str:
    """A script that loads `source`, describes its customers as of a day and segments them with these options (or those of a result,
    with the changes made by hand).

    >>> from crm_analysis.analyses.segments.options import KMeansOptions
    >>> print(code(KMeansOptions(clusters=5, scale="robust"), "shop.csv"))
    import crm_analysis as crm
    <BLANKLINE>
    raw = crm.read_table('shop.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    customers = crm.describe_customers(cleaned.table, as_of=None)
    found = crm.segment(customers, crm.KMeansOptions(clusters=5, scale='robust'))
    print(found.profile)
    """
    options = segments.options if isinstance(segments, Segments) else segments
    changes = segments.adjustments if isinstance(segments, Segments) else Adjustments()
    own = ", ".join(f"{field.name}={getattr(options, field.name)!r}" for field in fields(options) if getattr(options, field.name) != field.default)
    lines = [
        "import crm_analysis as crm",
        "",
        f"raw = crm.read_table({source!r})",
        "cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())",
        f"customers = crm.describe_customers(cleaned.table, as_of={as_of!r})",
        f"found = crm.segment(customers, crm.{type(options).__name__}({own}))",
    ]
    if changes.moves or changes.named:
        lines.insert(1, "from crm_analysis.analyses import segments")
    for target in dict.fromkeys(changes.merged.values()):
        lines.append(f"found = segments.merge(found, {[target, *(source for source, into in changes.merged.items() if into == target)]})")
    for label in dict.fromkeys(changes.pinned.values()):
        lines.append(f"found = segments.pin(found, {[customer for customer, at in changes.pinned.items() if at == label]}, {label})")
    if changes.named:
        lines.append(f"found = segments.rename(found, {dict(changes.named)!r})")
    return "\n".join([*lines, "print(found.profile)"])
