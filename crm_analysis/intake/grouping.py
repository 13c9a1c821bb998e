"""How files go together: which are appended to which, which are joined."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from crm_analysis.errors import AnalysisError
from crm_analysis.intake.links import links_to_join
from crm_analysis.intake.making import plan_of
from crm_analysis.intake.plan import Plan
from crm_analysis.messages import Message
from crm_analysis.tables.appending import same_form
from crm_analysis.tables.linking import Link
from crm_analysis.tables.reading import RawTable, ReadOptions, read_table
from crm_analysis.tables.roles import Roles, guess_roles
from crm_analysis.workspace import KeptFile, Workspace

NewFile = tuple[KeptFile, RawTable]


def plan_tables(
    workspace: Workspace, files: Sequence[NewFile]
) -> tuple[list[Plan], list[Message]]:
    """The plans of the tables that new files make or add to, and what there is to say of it."""
    loaded = [plan_of(workspace, saved.name) for saved in workspace.tables()]
    extended: dict[str, Plan] = {}
    groups: list[list[NewFile]] = []  # of one form each
    remarks = []
    for file, raw in files:
        if any(_has(plan, file) for plan in loaded):
            remarks.append(Message("intake.again", {"name": file.name}))
            continue
        plan = _plan_to_extend(workspace, loaded, file, raw)
        if plan is None:
            _add_to_group(groups, file, raw)
            continue
        before = extended.get(plan.name, plan)
        if not _has(before, file):
            extended[plan.name] = dataclasses.replace(
                before,
                files=(*before.files, file),
                read=(*before.read, _as_the_last(plan)),
                how="append",
            )
    new, said = _new_plans(groups, {plan.name for plan in loaded})
    return [*extended.values(), *new], [*remarks, *said]


def _has(plan: Plan, file: KeptFile) -> bool:
    return file.sha256 in {other.sha256 for other in plan.files}


def _add_to_group(
    groups: list[list[NewFile]], file: KeptFile, raw: RawTable
) -> None:
    for group in groups:
        if same_form(group[0][1], raw):
            if file.sha256 not in {other.sha256 for other, _ in group}:
                group.append((file, raw))
            return
    groups.append([(file, raw)])


def _plan_to_extend(
    workspace: Workspace, loaded: Sequence[Plan], file: KeptFile, raw: RawTable
) -> Plan | None:
    """The first loaded table of whose form a new file is."""
    for plan in loaded:
        if plan.how != "join" and _is_of_form(workspace, plan, file, raw):
            return plan
    return None


def _as_the_last(plan: Plan) -> ReadOptions:
    return plan.read[-1].replace(put_back=())


def _is_of_form(
    workspace: Workspace, plan: Plan, file: KeptFile, raw: RawTable
) -> bool:
    """Whether a new file, read as the last one of a loaded table was, is of that table's form."""
    options = _as_the_last(plan)
    if options != ReadOptions():
        try:
            raw = read_table(file.path, options, name=file.name)
        except AnalysisError:
            return False
    # What the first file looked like is saved with the table, so that it need not be read again.
    form = workspace.load(plan.name).recipe["form"]
    return same_form(
        dataclasses.replace(
            raw.reading,
            name=plan.name,
            layout=form["layout"],
            header=tuple(form["header"]),
            columns=tuple(form["columns"]),
        ),
        raw,
    )


def _new_plans(
    groups: Sequence[Sequence[NewFile]], taken: set[str]
) -> tuple[list[Plan], list[Message]]:
    alone = {group[0][0].name: group[0] for group in groups if len(group) == 1}
    roles = {name: guess_roles(raw) for name, (_, raw) in alone.items()}
    links = links_to_join({name: raw for name, (_, raw) in alone.items()}, roles)
    linked = {name for link in links for name in (link.left, link.right)}
    plans = []
    if links:
        files = tuple(alone[name][0] for name in alone if name in linked)
        plans.append(_plan(_free_name(links[0].left, taken), files, "join"))
    for group in groups:
        files = tuple(file for file, _ in group)
        name = files[0].name
        if len(group) > 1:
            plans.append(_plan(_free_name(name, taken), files, "append"))
        elif name not in linked:
            own = roles[name] if alone[name] is group[0] else None
            plans.append(_plan(_free_name(name, taken), files, "alone", own))
    return plans, _say_links(links)


def _plan(
    name: str, files: tuple[KeptFile, ...], how: str, roles: Roles | None = None
) -> Plan:
    return Plan(name, files, (ReadOptions(),) * len(files), how, roles)  # type: ignore[arg-type]


def _say_links(links: Sequence[Link]) -> list[Message]:
    if not links:
        return []
    remarks = [
        Message(
            "intake.joined",
            {
                "names": sorted(
                    {name for link in links for name in (link.left, link.right)}
                )
            },
        )
    ]
    for link in links:
        whole = not (link.left_unmatched or link.right_unmatched)
        remarks.append(
            Message(
                "intake.link_whole" if whole else "intake.link",
                {
                    name: value
                    for name, value in dataclasses.asdict(link).items()
                    if isinstance(value, str | int | float)
                },
            )
        )
    return remarks


def _free_name(name: str, taken: set[str]) -> str:
    """The name, numbered where it is taken; it is taken from now on."""
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{name} ({number})"
    taken.add(free)
    return free
