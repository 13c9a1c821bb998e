"""The data-quality section: problems found, in words, and every column at a glance."""

from __future__ import annotations

import streamlit as st

from crm_analysis.presentation.ui.blocks import answer, downloads, show_table
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import plain, say
from crm_analysis.tables.quality import describe_quality
from crm_analysis.wording import has
from crm_analysis.workspace import SavedTable

_ICONS = {"high": "🔴", "medium": "🟠", "low": "🔵"}
_SHOWN = ("column", "role", "type", "missing_share", "distinct", "min", "max", "mean", "median", "first", "last", "bins", "top", "examples")


def draw(saved: SavedTable) -> None:
    """Problems in words, the serious ones first, then a row a column."""
    found = run(describe_quality, Answer(saved, saved.fingerprint)).value
    if found.problems:
        answer("quality.found", count=len(found.problems), columns=len(found.columns))
    else:
        answer("quality.good", columns=len(found.columns))
    for problem in found.problems:
        st.markdown(f"{_ICONS[problem.severity]} {say(problem.key, **problem.details)} :gray[({say(f'quality.severity.{problem.severity}')})]")
    frame = found.columns[[name for name in _SHOWN if name in found.columns]].dropna(axis=1, how="all")
    shown = frame.assign(
        type=[plain(f"quality.type.{kind}") for kind in frame["type"]],
        role=[plain(f"roles.{role}") if isinstance(role, str) and has(f"roles.{role}") else "" for role in frame["role"]],
    )
    show_table("quality", shown, key="quality_columns", styles={"missing_share": "percent", "bins": "bars"}, height=min(640, 40 + 36 * len(shown)))
    downloads("quality", frame.drop(columns="bins", errors="ignore"), key="quality_file")
