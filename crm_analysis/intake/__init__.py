"""Files of a workspace become its tables: a file alone, several of one form appended, linked ones joined.

What a person has decided about a table is its `Plan`: files, how they go together, how each is read, which column is what, how it is cleaned.
A plan and its files make the same table again, so that any decision can be changed or undone later.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.intake.plan import Plan
from crm_analysis.intake.script import in_python
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.screen import SAMPLES_FOLDER
from crm_analysis.tables.appending import append, compare, same_form
from crm_analysis.tables.cleaning import CleanOptions, clean
from crm_analysis.tables.linking import Link, find_links, join
from crm_analysis.tables.reading import RawTable, ReadOptions, read_table
from crm_analysis.tables.roles import Roles, guess_roles
from crm_analysis.wording import DEFAULT
from crm_analysis.workspace import KeptFile, SavedTable, Workspace

__all__ = ["Plan", "change", "in_python", "plan_of", "read_plan", "sample_files", "take_in"]


_SAMPLE_NAMES = {
    "en": ("orders.csv", "customers.csv", "contacts.csv", "comments.csv"),
    "zh": ("订单.csv", "客户.csv", "联系记录.csv", "评论.csv"),
}


def sample_files(language: str) -> list[tuple[str, Path]]:
    """The files of the sample shop in a language, as (name, path)."""
    names = _SAMPLE_NAMES.get(language, _SAMPLE_NAMES[DEFAULT])
    return [(name, SAMPLES_FOLDER / name) for name in names]


def take_in(
    workspace: Workspace, files: Sequence[KeptFile], progress: Progress = no_progress
) -> list[Message]:
    """Make tables of newly kept files, each as far as it can be understood; what came of each, as remarks to show.

    Files of the form of a loaded table are appended to it, with the decisions made for that one; new files of one form are appended to one
    another; new files that share keys are joined; the rest become tables of their own.
    """
    remarks: list[Message] = []
    raws: list[tuple[KeptFile, RawTable]] = []
    for position, file in enumerate(files):
        hear = _part(progress, 0.5 * position / len(files), 0.5 * (position + 1) / len(files))
        hear(0.0, "intake.step_read")
        try:
            raws.append((file, read_table(file.path, name=file.name, progress=hear)))
        except AnalysisError as problem:
            remarks.append(_problem(file.name, problem))
    plans = _plans(workspace, raws, remarks)
    known = {(file.sha256, file.name): raw for file, raw in raws}
    for position, plan in enumerate(plans):
        hear = _part(
            progress, 0.5 + 0.5 * position / len(plans), 0.5 + 0.5 * (position + 1) / len(plans)
        )
        try:
            remarks += _make(workspace, plan, known, hear)
        except AnalysisError as problem:
            remarks.append(_problem(plan.name, problem))
    return remarks


def _problem(name: str, problem: AnalysisError) -> Message:
    return Message(
        "intake.problem.file",
        {
            "name": name,
            "sentence": str(problem),
            "key": problem.key,
            "details": problem.details,
        },
    )


def _plans(
    workspace: Workspace, raws: Sequence[tuple[KeptFile, RawTable]], remarks: list[Message]
) -> list[Plan]:
    """How files go together; remarks tell of those that are there already."""
    existing = [plan_of(workspace, saved.name) for saved in workspace.tables()]
    forms: list[list[tuple[KeptFile, RawTable]]] = []
    grown: dict[str, Plan] = {}
    for file, raw in raws:
        plan = next(
            (plan for plan in existing if file.sha256 in {one.sha256 for one in plan.files}), None
        )
        if plan is not None:
            remarks.append(Message("intake.again", {"name": file.name}))
            continue
        known, options = next(
            (
                (plan, options)
                for plan in existing
                if (options := _fitting(workspace, plan, file, raw)) is not None
            ),
            (None, None),
        )
        if known is not None and options is not None:
            plan = grown.get(known.name, known)
            if file.sha256 not in {one.sha256 for one in plan.files}:
                grown[known.name] = dataclasses.replace(
                    plan, files=(*plan.files, file), read=(*plan.read, options), how="append"
                )
            continue
        group = next((group for group in forms if same_form(group[0][1], raw)), None)
        if group is None:
            forms.append([(file, raw)])
        elif file.sha256 not in {one.sha256 for one, _ in group}:
            group.append((file, raw))
    return [*grown.values(), *_new_plans(forms, remarks, taken={plan.name for plan in existing})]


def _fitting(workspace: Workspace, plan: Plan, file: KeptFile, raw: RawTable) -> ReadOptions | None:
    """How a new file is read to be appended to a loaded table: as the last one was; None where it is of another form."""
    if plan.how == "join":
        return None
    options = plan.read[-1].replace(put_back=())
    if options != ReadOptions():
        try:
            raw = read_table(file.path, options, name=file.name)
        except AnalysisError:
            return None
    # What the first file looked like is kept with the table, so that it need not be read again.
    form = workspace.load(plan.name).recipe["form"]
    first = dataclasses.replace(
        raw.reading,
        name=plan.name,
        layout=form["layout"],
        header=tuple(form["header"]),
        columns=tuple(form["columns"]),
    )
    return options if same_form(first, raw) else None


def _new_plans(
    forms: Sequence[Sequence[tuple[KeptFile, RawTable]]], remarks: list[Message], taken: set[str]
) -> list[Plan]:
    alone = {file.name: (file, raw) for group in forms if len(group) == 1 for file, raw in group}
    guessed = {name: guess_roles(raw) for name, (_, raw) in alone.items()}
    links = links_to_join({name: raw for name, (_, raw) in alone.items()}, guessed)
    plans = []
    linked = {link.left for link in links} | {link.right for link in links}
    if links:
        remarks.append(Message("intake.joined", {"names": sorted(linked)}))
        for link in links:
            told = {
                name: value
                for name, value in dataclasses.asdict(link).items()
                if isinstance(value, str | int | float)
            }
            remarks.append(
                Message(
                    "intake.link"
                    if link.left_unmatched or link.right_unmatched
                    else "intake.link_whole",
                    told,
                )
            )
        files = tuple(alone[name][0] for name in alone if name in linked)
        plans.append(
            Plan(_free(links[0].left, taken), files, (ReadOptions(),) * len(files), "join")
        )
    for group in forms:
        files = tuple(file for file, _ in group)
        if files[0].name not in linked or len(files) > 1:
            roles = (
                guessed[files[0].name]
                if len(files) == 1 and alone[files[0].name][0] is files[0]
                else None
            )
            plans.append(
                Plan(
                    _free(files[0].name, taken),
                    files,
                    (ReadOptions(),) * len(files),
                    "append" if len(files) > 1 else "alone",
                    roles,
                )
            )
    return plans


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{name} ({number})"
    taken.add(free)
    return free


def links_to_join(
    tables: Mapping[str, RawTable], roles: Mapping[str, Roles] | None = None
) -> list[Link]:
    """The links by which tables complete one another: orders, their lines, products.

    A table of customers stands for itself, and is linked by its customers whenever an analysis needs it, so it is not joined to orders,
    contacts or comments.
    """
    links = find_links(tables) if len(tables) > 1 else []
    if not links:
        return []
    known = roles or {name: guess_roles(raw) for name, raw in tables.items()}
    people = {
        name: one.columns.get("customer") for name, one in known.items() if one.kind == "customers"
    }
    return [link for link in links if link.right_column != people.get(link.right, "")]


def read_plan(
    plan: Plan,
    progress: Progress = no_progress,
    known: Mapping[tuple[str, str], RawTable] | None = None,
) -> RawTable:
    """The raw table of a plan: its files read, and appended or joined. `known` are files read just now, by SHA-256 and name."""
    engine = Engine()
    raws = []
    for position, (file, options) in enumerate(zip(plan.files, plan.read, strict=True)):
        hear = _part(progress, position / len(plan.files), (position + 1) / len(plan.files))
        read = (known or {}).get((file.sha256, file.name)) if options == ReadOptions() else None
        raws.append(
            read or read_table(file.path, options, name=file.name, engine=engine, progress=hear)
        )
    if plan.how == "append" and len(raws) > 1:
        return append(raws, plan.roles, plan.put_back)
    if plan.how == "join":
        tables = {raw.reading.name: raw for raw in raws}
        return join(tables, links_to_join(tables))
    return raws[0]


def _remake(workspace: Workspace, plan: Plan, raw: RawTable, progress: Progress) -> SavedTable:
    """Clean a raw table by its plan and save it as the new version of that name."""
    roles = plan.roles or guess_roles(raw)
    workspace.save_table(
        clean(raw, roles, plan.cleaning, progress=progress),
        name=plan.name,
        roles=roles,
        read_options=plan.read[0],
        clean_options=plan.clean,
        files=[file.sha256 for file in plan.files],
        recipe={
            "how": plan.how,
            "names": [file.name for file in plan.files],
            "read": [one.to_dict() for one in plan.read],
            "form": {
                "layout": raw.reading.layout,
                "header": list(raw.reading.header),
                "columns": list(raw.reading.columns),
            },
        },
    )
    return workspace.load(plan.name)


def change(
    workspace: Workspace, plan: Plan, raw: RawTable, progress: Progress = no_progress
) -> list[Message]:
    """Make a table anew by a changed plan; there is nothing to tell but the table itself."""
    _remake(workspace, plan, raw, progress)
    return []


def _make(
    workspace: Workspace, plan: Plan, known: Mapping[tuple[str, str], RawTable], progress: Progress
) -> list[Message]:
    """Make a table and tell what came of it; of an appended one, what is new in it and what that moved."""
    before = next((saved for saved in workspace.tables() if saved.name == plan.name), None)
    figures_before = _headline(workspace.load(plan.name)) if before else None
    raw = read_plan(plan, _part(progress, 0.0, 0.5), known)
    saved = _remake(workspace, plan, raw, _part(progress, 0.5, 1.0))
    if before is None:
        workspace.use(plan.name)
        return [
            Message("intake.loaded", {"name": plan.name, "kind": saved.kind, "rows": saved.rows})
        ]
    added = range(len(before.details["files"]), len(plan.files))
    counts = compare(raw, added, saved.roles)
    remarks: list[Message] = [
        Message(
            "intake.appended",
            {"name": plan.name, "files": [plan.files[at].name for at in added], **counts},
        )
    ]
    if counts["changed"]:
        remarks.append(
            Message(
                "intake.replaced" if saved.kind in ("customers", "series") else "intake.both_kept",
                {},
            )
        )
    if figures_before and saved.kind == "transactions":
        after = _headline(saved)
        both = [
            name for name in after if figures_before[name] is not None and after[name] is not None
        ]
        remarks += [
            Message(f"intake.moved.{name}", {"before": figures_before[name], "after": after[name]})
            for name in both
        ]
    return remarks


def _headline(saved: SavedTable) -> dict[str, Any]:
    """Customers, orders, amount and last day of a table of orders; what it has no column for is None."""
    orders = saved.expression
    figures: dict[
        str, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]
    ] = {  # of which column, summed how, and as a plain value
        "customers": ("customer", lambda column: column.nunique(), int),
        "orders": ("order", lambda column: column.nunique(), int),
        "amount": ("amount", lambda column: column.sum(), float),
        "last": ("date", lambda column: column.max(), lambda day: day.date().isoformat()),
    }
    asked = {
        name: summed(orders[column])
        for name, (column, summed, _) in figures.items()
        if column in orders.columns
    }
    row = orders.aggregate(**asked).execute().iloc[0] if asked else {}
    return {
        name: plain(row[name]) if name in asked and not pd.isna(row[name]) else None
        for name, (_, _, plain) in figures.items()
    }


def plan_of(workspace: Workspace, name: str) -> Plan:
    """The plan of a saved table."""
    saved = workspace.load(name)
    recipe: Mapping[str, Any] = saved.recipe
    files = tuple(
        dataclasses.replace(workspace.file(sha256), name=known)
        for sha256, known in zip(saved.files, recipe["names"], strict=True)
    )
    read = tuple(ReadOptions.from_dict(one) for one in recipe["read"])
    return Plan(
        saved.name, files, read, recipe["how"], saved.roles, saved.clean_options or CleanOptions()
    )


def _part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of one part of a longer work."""
    return lambda share, step: progress(start + (end - start) * share, step)
