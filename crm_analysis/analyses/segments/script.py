"""The same result as Python that can be copied and run."""

from __future__ import annotations

from collections.abc import Sequence

from crm_analysis.analyses.segments.adjustments import Adjustments
from crm_analysis.analyses.segments.result import Segments
from crm_analysis.options import Options
from crm_analysis.tables.script import Loading, guessed, script


def code(
    segments: Segments | Options,
    source: str = "orders.csv",
    as_of: str | None = None,
    *,
    loading: Loading | None = None,
    found: Sequence[str] = (),
    before: Adjustments | None = None,
) -> str:
    """A script that loads `source`, describes its customers as of a day and segments them.

    With these options, or those of a result and the changes made to it by hand. `loading`: other
    lines that load a table. `found`: other lines after which `found` are the segments, for those
    that were not found in `customers`; the changes by hand that they have are `before`.

    >>> from crm_analysis.analyses.segments import KMeansOptions
    >>> print(code(KMeansOptions(clusters=5, scale="robust"), "shop.csv"))
    import crm_analysis as crm
    <BLANKLINE>
    raw = crm.read_table('shop.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    customers = crm.describe_customers(cleaned.table, as_of=None)
    found = crm.segment(customers, crm.KMeansOptions(clusters=5, scale='robust'))
    print(found.profile)
    """
    if isinstance(segments, Segments):
        options, adjustments = segments.options, segments.adjustments
    else:
        options, adjustments = segments, Adjustments()
    loaded, table = loading or guessed(source)
    lines = [
        *loaded,
        f"customers = crm.describe_customers({table}, as_of={as_of!r})",
        *(found or (f"found = crm.segment(customers, crm.{options.in_python()})",)),
        *_by_hand(adjustments, before or Adjustments()),
    ]
    return script([*lines, "print(found.profile)"])


def _by_hand(now: Adjustments, before: Adjustments) -> list[str]:
    merged = {
        source: into
        for source, into in now.merged.items()
        if source not in before.merged
    }
    lines = []
    for into in dict.fromkeys(merged.values()):
        sources = [source for source, target in merged.items() if target == into]
        lines.append(f"found = segments.merge(found, {[into, *sources]})")
    pinned = {
        customer: label
        for customer, label in now.pinned.items()
        if before.pinned.get(customer) != label
    }
    for label in dict.fromkeys(pinned.values()):
        customers = [customer for customer, own in pinned.items() if own == label]
        lines.append(f"found = segments.pin(found, {customers}, {label})")
    named = {
        label: name
        for label, name in now.named.items()
        if before.named.get(label) != name
    }
    named |= dict.fromkeys(before.named.keys() - now.named.keys() - merged.keys(), "")
    if named:
        lines.append(f"found = segments.rename(found, {named!r})")
    return ["from crm_analysis.analyses import segments", *lines] if lines else []
