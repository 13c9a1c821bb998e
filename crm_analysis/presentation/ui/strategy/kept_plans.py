"""Plans to be read back: those set down in the workspace, and a list that was taken along."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui import (
    Answer,
    plain,
    say,
    tell,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.run import saved_frame
from crm_analysis.tables.reading import read_table
from crm_analysis.wording import has, languages, say as write

KIND = "plan"  # of what is saved in the workspace
_COLUMNS = ("customer", "action", "profit", "cost", "arm")
_WORDS = ("strategy.column", "strategy.what_if.column", "roles")
_ARMS = ("treated", "holdout")
_USUAL_DAYS = 90
_LONGEST = 730


@dataclass(frozen=True)
class KeptPlan:
    """A plan as it was set down: its list, from which day on and how long it is to work."""

    name: str
    chosen: Answer[pd.DataFrame]
    start: dt.date
    days: int
    margin: float

    @property
    def end(self) -> dt.date:
        """The last of its days."""
        return self.start + dt.timedelta(self.days)


def chosen_plan(margin: float) -> KeptPlan | None:
    """The plan to read back, of those set down here or of a list given now; None: none."""
    given = _given(margin)
    kept = {saved.name: saved for saved in reversed(workspace().saved(KIND))}
    if given is not None or not kept:
        return given
    name = remembered(
        st.selectbox,
        say("strategy.read_back.page.which"),
        list(kept),
        key=widget_key("strategy", "read_back", "plan"),
    )
    saved = kept[name]
    facts = saved.payload
    return KeptPlan(
        name,
        saved_frame(KIND, name, "chosen"),
        dt.date.fromisoformat(facts["date"]),
        int(facts.get("horizon") or _USUAL_DAYS),
        float(facts.get("margin", margin)),
    )


def _given(margin: float) -> KeptPlan | None:
    """A list that was downloaded here, with the day it was set to work."""
    with st.expander(
        say("strategy.read_back.page.upload"), icon=":material/upload_file:"
    ):
        file = st.file_uploader(
            say("strategy.read_back.page.file"),
            type=["csv", "xlsx"],
            key=widget_key("strategy", "read_back", "file"),
            max_upload_size=20,
        )
        left, right = st.columns(2, gap="medium")
        start = left.date_input(
            say("strategy.read_back.page.start"),
            dt.date.today() - dt.timedelta(_USUAL_DAYS),
            key=widget_key("strategy", "read_back", "start"),
        )
        days = right.number_input(
            say("strategy.read_back.page.days"),
            1,
            _LONGEST,
            _USUAL_DAYS,
            key=widget_key("strategy", "read_back", "days"),
        )
        if file is None or not isinstance(start, dt.date):
            return None
        try:
            table = read_list(file.getvalue(), file.name)
        except AnalysisError as problem:
            tell(problem)
            return None
        known = Answer(table, f"plan {_digest(table)}")
        return KeptPlan(file.name, known, start, int(days), margin)


def read_list(content: bytes, name: str) -> pd.DataFrame:
    """A list as it was downloaded, in whichever language: customer, action, profit, cost, arm.

    Raises
    ------
    AnalysisError
        "strategy.no_plan" (column) where a column is missing; what reading a file raises.
    """
    raw = read_table(content, name=name).table
    titles = {_bare(str(title)): title for title in raw.columns}
    columns: dict[str, Any] = {}
    for column in _COLUMNS:
        called = next((word for word in _called(column) if word in titles), None)
        if called is None:
            raise AnalysisError(
                "strategy.no_plan",
                column=plain(f"strategy.what_if.column.{column}"),
            )
        columns[column] = raw[titles[called]].astype(str).str.strip()
    table = pd.DataFrame(columns)
    for column in ("profit", "cost"):
        figures = table[column].str.replace(",", "", regex=False)
        table[column] = pd.to_numeric(figures, errors="coerce")
    return table.assign(arm=table["arm"].map(_arms()).fillna(table["arm"]))


def _called(column: str) -> list[str]:
    """All that a column may be called in a file."""
    words = [
        write(f"{word}.{column}", code)
        for code in languages()
        for word in _WORDS
        if has(f"{word}.{column}")
    ]
    return [_bare(word) for word in (column, *words)]


def _bare(title: str) -> str:
    """A title without its unit, which stands behind it in brackets."""
    return title.replace("（", "(").partition("(")[0].strip().casefold()


def _arms() -> dict[str, str]:
    """What the arms are called in any language, and their codes."""
    words = {arm: arm for arm in _ARMS}
    for code in languages():
        words |= {write(f"strategy.arm.{arm}", code): arm for arm in _ARMS}
    return words


def _digest(table: pd.DataFrame) -> str:
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()
