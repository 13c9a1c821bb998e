"""Files of a workspace become its tables: alone, appended to those of one form, or joined.

What a person has decided about a table is its `Plan`: files, how they go together, how each is
read, which column is what, how it is cleaned. A plan and its files make the same table again, so
that any decision can be changed or undone later.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crm_analysis.errors import AnalysisError
from crm_analysis.intake.grouping import plan_tables
from crm_analysis.intake.links import links_to_join
from crm_analysis.intake.making import (
    make_table,
    part_of,
    plan_of,
    read_plan,
    remake_table,
)
from crm_analysis.intake.plan import Plan
from crm_analysis.intake.remembering import (
    form_of,
    forms_like,
    keep_form,
    remember,
)
from crm_analysis.intake.script import in_python
from crm_analysis.intake.unread import note_problem, unread_files
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.screen import SAMPLES_FOLDER
from crm_analysis.tables.cleaning import CleanOptions
from crm_analysis.tables.reading import RawTable, read_table
from crm_analysis.wording import DEFAULT
from crm_analysis.workspace import KeptFile, Workspace

__all__ = [
    "Plan",
    "change",
    "form_of",
    "forms_like",
    "in_python",
    "keep_form",
    "links_to_join",
    "plan_of",
    "read_plan",
    "sample_files",
    "take_in",
    "unread_files",
]

_SAMPLE_NAMES = {
    "en": ("orders.csv", "customers.csv", "contacts.csv", "comments.csv"),
    "zh": ("订单.csv", "客户.csv", "联系记录.csv", "评论.csv"),
}


def sample_files(language: str) -> list[tuple[str, Path]]:
    """The files of the sample shop in a language, as (name, path)."""
    names = _SAMPLE_NAMES.get(language, _SAMPLE_NAMES[DEFAULT])
    return [(name, SAMPLES_FOLDER / name) for name in names]


def take_in(
    workspace: Workspace,
    files: Sequence[KeptFile],
    progress: Progress = no_progress,
) -> list[Message]:
    """Make tables of new files, each as far as it can be understood; what came of each, in words.

    Files of the form of a loaded table are appended to it, with the decisions made for that one;
    new files of one form are appended to one another; new files that share keys are joined; the
    rest become tables of their own.
    """
    remarks: list[Message] = []
    raws: list[tuple[KeptFile, RawTable]] = []
    for number, file in enumerate(files):
        reading = part_of(
            progress, 0.5 * number / len(files), 0.5 * (number + 1) / len(files)
        )
        reading(0.0, "intake.step_read")
        try:
            raws.append(
                (file, read_table(file.path, name=file.name, progress=reading))
            )
        except AnalysisError as problem:
            note_problem(workspace, file, problem)
            remarks.append(_problem(file.name, problem))
    plans, said = plan_tables(workspace, raws)
    remarks += said
    just_read = {(file.sha256, file.name): raw for file, raw in raws}
    for number, plan in enumerate(plans):
        start, end = (
            0.5 + 0.5 * number / len(plans),
            0.5 + 0.5 * (number + 1) / len(plans),
        )
        try:
            remarks += make_table(
                workspace, plan, just_read, part_of(progress, start, end)
            )
        except AnalysisError as problem:
            for file in plan.files:
                note_problem(workspace, file, problem)
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


def change(
    workspace: Workspace,
    plan: Plan,
    raw: RawTable,
    progress: Progress = no_progress,
) -> list[Message]:
    """Make a table anew by a changed plan; there is nothing to tell but the table itself."""
    is_fresh = plan.roles is None and plan.clean == CleanOptions()
    before = workspace.load(plan.name).recipe.get("recalled", False)
    saved = remake_table(workspace, plan, raw, progress, before and not is_fresh)
    if saved.roles:
        remember(workspace, plan, raw, saved.roles)
    return []
