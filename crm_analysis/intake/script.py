"""A table of a workspace as Python that makes the same table from its files."""

from __future__ import annotations

from crm_analysis.intake.plan import Plan
from crm_analysis.tables.filters import Filter
from crm_analysis.tables.reading import ReadOptions


def in_python(
    plan: Plan, chosen: Filter | None = None, prefix: str = ""
) -> tuple[list[str], str]:
    r"""The same table as Python: lines that load it as it was loaded here, and its rows' name.

    `prefix` begins the names of a second table, so that it can stand beside the first.

    >>> from pathlib import Path
    >>> from crm_analysis.tables.cleaning import CleanOptions
    >>> from crm_analysis.workspace import KeptFile
    >>> file = KeptFile("0" * 64, "orders.csv", 10, Path("orders.csv"))
    >>> read = (ReadOptions(encoding="gbk"),)
    >>> plan = Plan("orders.csv", (file,), read, clean=CleanOptions(returns="net"))
    >>> lines, table = in_python(plan)
    >>> print("\n".join(lines), table, sep="\n")
    raw = crm.read_table('orders.csv', crm.ReadOptions(encoding='gbk'))
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions(returns='net'))
    cleaned.table
    >>> in_python(plan, Filter(countries=("FR",)), "contacts")[1]
    'contacts_table'
    """
    raw, cleaned, tables, table = (
        f"{prefix}_{name}" if prefix else name
        for name in ("raw", "cleaned", "tables", "table")
    )
    roles = _roles(plan)
    reads = [
        _read(file.name, options)
        for file, options in zip(plan.files, plan.read, strict=True)
    ]
    if _is_appended(plan):
        more = f", {roles}, {plan.put_back}" if roles or plan.put_back else ""
        lines = [
            "from crm_analysis.tables.appending import append",
            f"{raw} = append([{', '.join(reads)}]{more})",
        ]
    elif plan.how == "join":
        names = [file.name for file in plan.files]
        entries = ", ".join(
            f"{name!r}: {read}" for name, read in zip(names, reads, strict=True)
        )
        lines = [
            "from crm_analysis.intake import links_to_join",
            "from crm_analysis.tables.linking import join",
            f"{tables} = {{{entries}}}",
            f"{raw} = join({tables}, links_to_join({tables}))",
        ]
    else:
        lines = [f"{raw} = {reads[0]}"]
    guessed = roles or f"crm.guess_roles({raw})"
    lines.append(
        f"{cleaned} = crm.clean({raw}, {guessed}, crm.{plan.cleaning.in_python()})"
    )
    if chosen is None or chosen == Filter():
        return lines, f"{cleaned}.table"
    lines += [
        "from crm_analysis.tables.filters import Filter, apply_filter",
        f"{table} = apply_filter({cleaned}.table, {chosen.in_python()})",
    ]
    return lines, table


def _is_appended(plan: Plan) -> bool:
    return plan.how == "append" and len(plan.files) > 1


def _roles(plan: Plan) -> str | None:
    """The roles in Python; None where guessing them again from the same file gives the same.

    The roles of appended files were guessed from the first alone.
    """
    roles = plan.roles
    if roles is None:
        return None
    if 1.0 not in roles.confidence.values() and not _is_appended(plan):
        return None
    if not (roles.sales and roles.sales.to_dict()) and not roles.preset:
        return f"crm.Roles({roles.kind!r}, {dict(roles.columns)!r})"
    said = {
        name: value
        for name, value in roles.to_dict().items()
        if value and name not in ("confidence", "kinds")
    }
    return f"crm.Roles.from_dict({said!r})"


def _read(name: str, options: ReadOptions) -> str:
    if options == ReadOptions():
        return f"crm.read_table({name!r})"
    return f"crm.read_table({name!r}, crm.{options.in_python()})"
