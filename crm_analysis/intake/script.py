"""A table of a workspace as Python that makes the same table from its files."""

from __future__ import annotations

from crm_analysis.intake.plan import Plan
from crm_analysis.tables.filters import Filter
from crm_analysis.tables.reading import ReadOptions

__all__ = ["in_python"]


def in_python(plan: Plan, chosen: Filter | None = None, called: str = "") -> tuple[list[str], str]:
    """The same table as Python: lines that load it as it was loaded here, and what its rows are called then.

    `called` begins the names of a second table, so that it can stand beside the first.

    >>> from pathlib import Path
    >>> from crm_analysis.tables.cleaning import CleanOptions
    >>> from crm_analysis.workspace import KeptFile
    >>> file = KeptFile("0" * 64, "orders.csv", 10, Path("orders.csv"))
    >>> plan = Plan("orders.csv", (file,), (ReadOptions(encoding="gbk"),), clean=CleanOptions(returns="net"))
    >>> lines, table = in_python(plan)
    >>> print("\\n".join(lines), table, sep="\\n")
    raw = crm.read_table('orders.csv', crm.ReadOptions(encoding='gbk'))
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions(returns='net'))
    cleaned.table
    >>> in_python(plan, Filter(countries=("FR",)), "contacts")[1]
    'contacts_table'
    """
    raw, cleaned, tables, table = (
        f"{called}_{name}" if called else name for name in ("raw", "cleaned", "tables", "table")
    )
    known = plan.roles
    appended = plan.how == "append" and len(plan.files) > 1
    # What is guessed again from the same file need not be said; the roles of appended files were guessed from the first alone.
    told = known is not None and (1.0 in known.confidence.values() or appended)
    roles = (
        f"crm.Roles({known.kind!r}, {dict(known.columns)!r})"
        if known and told
        else f"crm.guess_roles({raw})"
    )
    read = [
        f"crm.read_table({file.name!r}{'' if options == ReadOptions() else f', crm.{options.in_python()}'})"
        for file, options in zip(plan.files, plan.read, strict=True)
    ]
    if appended:
        more = f", {roles if told else None}, {plan.put_back}" if told or plan.put_back else ""
        lines = [
            "from crm_analysis.tables.appending import append",
            f"{raw} = append([{', '.join(read)}]{more})",
        ]
    elif plan.how == "join":
        lines = [
            "from crm_analysis.intake import links_to_join",
            "from crm_analysis.tables.linking import join",
        ]
        lines += [
            f"{tables} = {{{', '.join(f'{file.name!r}: {one}' for file, one in zip(plan.files, read, strict=True))}}}"
        ]
        lines += [f"{raw} = join({tables}, links_to_join({tables}))"]
    else:
        lines = [f"{raw} = {read[0]}"]
    lines.append(f"{cleaned} = crm.clean({raw}, {roles}, crm.{plan.cleaning.in_python()})")
    if chosen is None or chosen == Filter():
        return lines, f"{cleaned}.table"
    return [
        *lines,
        "from crm_analysis.tables.filters import Filter, apply_filter",
        f"{table} = apply_filter({cleaned}.table, {chosen.in_python()})",
    ], table
