"""What was understood of a file and how that is changed: reading, roles, cleaning. Each change makes the table anew, at once."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis import intake
from crm_analysis.intake import Plan
from crm_analysis.presentation.ui.blocks import notes, show_table
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import plain, say, workspace
from crm_analysis.tables.cleaning import CleanOptions
from crm_analysis.tables.kinds import KINDS
from crm_analysis.tables.reading import RawTable, ReadOptions
from crm_analysis.tables.roles import guess_roles, samples, with_kind, with_role
from crm_analysis.workspace import SavedTable
from crm_analysis.wording import has

_PREVIEW_ROWS = 12
_SURE = 0.8


def raw_of(plan: Plan) -> Answer[RawTable]:
    """The raw table of a plan, read once."""
    return run(_read, Answer(plan, repr(plan.key)))


def _read(plan: Plan, progress: Any) -> RawTable:
    return intake.read_plan(plan, progress)


def remake(plan: Plan) -> None:
    """Make the table anew by a changed plan and save it as a new version, then draw the page again."""
    run(_remake, Answer(plan, repr([plan.key, plan.name, plan.clean.to_dict(), plan.roles and plan.roles.to_dict()])), _version_count(plan.name))
    st.rerun()


def _version_count(name: str) -> int:
    return max(version.version for version in workspace().versions(name))


def _remake(plan: Plan, _: int, progress: Any) -> bool:
    # The raw table is read again here rather than taken from the cache: cleaning writes beside it, in its engine.
    raw = intake.read_plan(plan, lambda share, step: progress(0.5 * share, step))
    intake.remake(workspace(), plan, raw, lambda share, step: progress(0.5 + 0.5 * share, step))
    return True
