"""The same result as Python that can be copied and run."""

from __future__ import annotations

from collections.abc import Sequence

from crm_analysis.analyses.segments.options import SegmentOptions
from crm_analysis.analyses.segments.result import Adjustments, Segments
from crm_analysis.tables.script import Loading, guessed, script

__all__ = ["code"]


def code(
    segments: Segments | SegmentOptions,
    source: str = "orders.csv",
    as_of: str | None = None,
    *,
    loading: Loading | None = None,
    found: Sequence[str] = (),
    before: Adjustments | None = None,
) -> str:
    """A script that loads `source`, describes its customers as of a day and segments them with these options (or those of a result,
    with the changes made by hand).

    `loading`: other lines that load a table. `found`: other lines after which `found` are the segments, for
    those that were not found in `customers`; the changes by hand that they have are `before`.

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
    loaded, table = loading or guessed(source)
    lines = [
        *loaded,
        f"customers = crm.describe_customers({table}, as_of={as_of!r})",
        *(found or (f"found = crm.segment(customers, crm.{options.in_python()})",)),
        *_by_hand(changes, before or Adjustments()),
    ]
    return script([*lines, "print(found.profile)"])


def _by_hand(changes: Adjustments, before: Adjustments) -> list[str]:
    """What a person changed, beyond what was changed before."""
    merged = {
        source: into for source, into in changes.merged.items() if source not in before.merged
    }
    pinned = {
        customer: label
        for customer, label in changes.pinned.items()
        if before.pinned.get(customer) != label
    }
    named = {
        label: name for label, name in changes.named.items() if before.named.get(label) != name
    }
    named |= dict.fromkeys(before.named.keys() - changes.named.keys() - merged.keys(), "")
    lines = [
        f"found = segments.merge(found, {[target, *(one for one, into in merged.items() if into == target)]})"
        for target in dict.fromkeys(merged.values())
    ]
    for label in dict.fromkeys(pinned.values()):
        lines.append(
            f"found = segments.pin(found, {[customer for customer, at in pinned.items() if at == label]}, {label})"
        )
    if named:
        lines.append(f"found = segments.rename(found, {named!r})")
    return ["from crm_analysis.analyses import segments", *lines] if lines else []
