"""From a plan to a saved table, and back from a saved table to its plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.intake.links import links_to_join
from crm_analysis.intake.plan import Plan
from crm_analysis.intake.remembering import recall, recall_reading
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.tables.appending import append, compare
from crm_analysis.tables.cleaning import CleanOptions, clean
from crm_analysis.tables.linking import join
from crm_analysis.tables.reading import RawTable, ReadOptions, read_table
from crm_analysis.tables.roles import guess_roles
from crm_analysis.tables.sales import only_sales
from crm_analysis.workspace import SavedTable, Workspace

# Headline figures of orders: of which column, summed how, and as a plain value.
_FIGURES: dict[str, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "customers": ("customer", lambda column: column.nunique(), int),
    "orders": ("order", lambda column: column.nunique(), int),
    "amount": ("amount", lambda column: column.sum(), float),
    "last": (
        "date",
        lambda column: column.max(),
        lambda day: day.date().isoformat(),
    ),
}


def read_plan(
    plan: Plan,
    progress: Progress = no_progress,
    just_read: Mapping[tuple[str, str], RawTable] | None = None,
) -> RawTable:
    """The raw table of a plan: its files read, and appended or joined.

    `just_read` are files read with no options of their own, by SHA-256 and name.
    """
    engine = Engine()
    raws = []
    for number, (file, options) in enumerate(
        zip(plan.files, plan.read, strict=True)
    ):
        reading = part_of(
            progress, number / len(plan.files), (number + 1) / len(plan.files)
        )
        raw = (just_read or {}).get((file.sha256, file.name))
        if raw is None or options != ReadOptions():
            raw = read_table(
                file.path,
                options,
                name=file.name,
                engine=engine,
                progress=reading,
            )
        raws.append(raw)
    if plan.how == "append" and len(raws) > 1:
        return append(raws, plan.roles, plan.put_back)
    if plan.how == "join":
        tables = {raw.reading.name: raw for raw in raws}
        return join(tables, links_to_join(tables))
    return raws[0]


def plan_of(workspace: Workspace, name: str) -> Plan:
    """The plan of a saved table."""
    saved = workspace.load(name)
    recipe: Mapping[str, Any] = saved.recipe
    files = tuple(
        dataclasses.replace(workspace.file(sha256), name=file_name)
        for sha256, file_name in zip(saved.files, recipe["names"], strict=True)
    )
    read = tuple(ReadOptions.from_dict(options) for options in recipe["read"])
    options = saved.clean_options or CleanOptions()
    return Plan(saved.name, files, read, recipe["how"], saved.roles, options)


def remake_table(
    workspace: Workspace,
    plan: Plan,
    raw: RawTable,
    progress: Progress = no_progress,
    recalled: bool = False,
) -> SavedTable:
    """Clean a raw table by its plan and save it as the new version of that name.

    `recalled`: some of the plan was said of an earlier file.
    """
    roles = plan.roles or guess_roles(raw)
    recipe = {
        "how": plan.how,
        "names": [file.name for file in plan.files],
        "read": [options.to_dict() for options in plan.read],
        "recalled": recalled,
        "form": {
            "layout": raw.reading.layout,
            "header": list(raw.reading.header),
            "columns": list(raw.reading.columns),
        },
    }
    workspace.save_table(
        clean(raw, roles, plan.cleaning, progress=progress),
        name=plan.name,
        roles=roles,
        read_options=plan.read[0],
        clean_options=plan.clean,
        files=[file.sha256 for file in plan.files],
        recipe=recipe,
    )
    return workspace.load(plan.name)


def make_table(
    workspace: Workspace,
    plan: Plan,
    just_read: Mapping[tuple[str, str], RawTable],
    progress: Progress,
) -> list[Message]:
    """Make a table and say what came of it; of an appended one, what is new and what that moved."""
    before = next(
        (saved for saved in workspace.tables() if saved.name == plan.name), None
    )
    figures_before = _headline(workspace.load(plan.name)) if before else {}
    raw = read_plan(plan, part_of(progress, 0.0, 0.5), just_read)
    cleaning = part_of(progress, 0.5, 1.0)
    if before is None:
        return _make_new(workspace, plan, raw, cleaning)
    saved = remake_table(workspace, plan, raw, cleaning)
    added = range(len(before.details["files"]), len(plan.files))
    names = [plan.files[number].name for number in added]
    counts = compare(raw, added, saved.roles)
    remarks = [
        Message("intake.appended", {"name": plan.name, "files": names, **counts})
    ]
    if counts["changed"]:
        replaced = saved.kind in ("customers", "series")
        remarks.append(
            Message("intake.replaced" if replaced else "intake.both_kept", {})
        )
    if saved.kind == "transactions":
        for name, after in _headline(saved).items():
            if name in figures_before:
                remarks.append(
                    Message(
                        f"intake.moved.{name}",
                        {"before": figures_before[name], "after": after},
                    )
                )
    return remarks


def _make_new(
    workspace: Workspace, plan: Plan, raw: RawTable, progress: Progress
) -> list[Message]:
    """Make a table that was not there, with the answers given to an earlier one of its form."""
    recalled, same = None, recall_reading(workspace, plan, raw)
    try:
        again = raw if same == plan else read_plan(same)
        recalled = recall(workspace, same, again)
        saved = remake_table(
            workspace, recalled or plan, again, progress, recalled is not None
        )
    except AnalysisError:
        if recalled is None:
            raise
        recalled = None  # what was right for the earlier file does not fit this one
        saved = remake_table(workspace, plan, raw, progress)
    workspace.use(plan.name)
    remarks = [
        Message(
            "intake.loaded",
            {"name": plan.name, "kind": saved.kind, "rows": saved.rows},
        )
    ]
    if recalled:
        remarks.append(Message("intake.remembered", {"name": plan.name}))
    return remarks


def _headline(saved: SavedTable) -> dict[str, Any]:
    """Customers, orders, amount and last day of a table of orders, as far as it has them."""
    orders = only_sales(saved.expression)
    present = {
        name: figure
        for name, figure in _FIGURES.items()
        if figure[0] in orders.columns
    }
    if not present:
        return {}
    sums = {
        name: total(orders[column]) for name, (column, total, _) in present.items()
    }
    row = orders.aggregate(**sums).execute().iloc[0]
    return {
        name: as_plain(row[name])
        for name, (_, _, as_plain) in present.items()
        if not pd.isna(row[name])
    }


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """Progress of one part of a longer work."""
    return lambda share, step: progress(start + (end - start) * share, step)
