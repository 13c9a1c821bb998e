"""A table is made anew, at once, whenever what was decided about it changes."""

from __future__ import annotations

import dataclasses
from typing import Any

from crm_analysis import intake
from crm_analysis.intake import Plan
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.presentation.ui.loading import begin
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import workspace
from crm_analysis.tables.reading import RawTable
from crm_analysis.workspace import Workspace


def raw_of(plan: Plan) -> Answer[RawTable]:
    """The raw table of a plan; read once and held while it is looked at."""
    return run(intake.read_plan, Answer(plan, repr(plan.key)), store="raw")


def remake(plan: Plan, **changes: Any) -> None:
    """Make the table anew by a plan with some changes, and save it as a new version."""
    changed = dataclasses.replace(plan, **changes)
    here = workspace()
    version = here.load(plan.name).version.version
    begin(_change, here, changed, raw_of(changed).value, version)


def _change(
    here: Workspace,
    plan: Plan,
    raw: RawTable,
    version: int,
    progress: Progress = no_progress,
) -> list[Message]:
    """Change the version that was looked at; one that another tab has made meanwhile stays."""
    if here.load(plan.name).version.version != version:
        return [Message("intake.changed_elsewhere", {})]
    return intake.change(here, plan, raw, progress)
