"""The tab of files: the forecast as a table, long or wide, and the same as Python."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import code
from crm_analysis.analyses.forecast.planning.forms import long_form, wide_form
from crm_analysis.analyses.forecast.planning.overrides import (
    overrides_to_records,
)
from crm_analysis.messages import Message
from crm_analysis.presentation.ui import (
    answer,
    downloads,
    how,
    in_python,
    language,
    said,
    saved_in_python,
    say,
    show_table,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.forecast import View, decisions
from crm_analysis.presentation.ui.forecast.words import (
    legible,
    renamed,
    titled,
    with_names,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.wording import title_of

_MAXIMUM_NOTES = 40


def export(view: View) -> None:
    """Both forms to download, and how they were computed."""
    history = remembered(
        st.toggle,
        say("forecast.export.history"),
        key=widget_key("forecast", "with_history"),
    )
    long = long_form(
        view.forecast,
        overridden=view.overridden,
        reconciled=view.reconciliation,
        history=history,
    )
    answer(
        "forecast.export.long",
        rows=len(long),
        series=len(view.names),
    )
    _draw_table(
        view,
        "long",
        long.assign(kind=said(long["kind"], "forecast.kind.{}")),
    )
    wide = wide_form(long, ("value", "lo_80", "hi_80"))
    answer("forecast.export.wide", columns=len(wide.columns) - 2)
    _draw_table(
        view,
        "wide",
        wide.assign(
            figure=[
                title_of(name, language(), "forecast.column.{}")
                for name in wide["figure"]
            ]
        ),
    )
    how(
        "forecast.how.method",
        _script(view, history),
        _remarks(view)[:_MAXIMUM_NOTES],
        models=view.forecast.accuracy["model"].nunique(),
    )


def _draw_table(view: View, form: str, table: pd.DataFrame) -> None:
    show_table(
        "forecast",
        legible(with_names(table, view.names)),
        key=widget_key("forecast", form),
        height=280,
    )
    downloads(
        f"forecast_{form}",
        titled(table, view.names),
        key=widget_key("forecast", f"{form}_file"),
    )


def _remarks(view: View) -> list[Message]:
    """What demand was counted from, and what was done on the way, series by series."""
    measured = view.measured
    remarks = []
    if measured.partial:
        remarks.append(
            Message(
                "forecast.how.partial",
                {"count": len(measured.partial), "day": measured.partial[0]},
            )
        )
    if measured.returned:
        remarks.append(
            Message(
                "forecast.how.returned",
                {"returned": measured.returned},
            )
        )
    if measured.no_date:
        remarks.append(Message("forecast.how.no_date", {"count": measured.no_date}))
    return [*remarks, *renamed(view.forecast.notes, view.names)]


def _script(view: View, history: bool) -> str:
    """The same in Python: which lines count, which series stand alone, what was decided on top."""
    loading, table = in_python(view.kind)
    selection = view.selection
    if selection.by == "segment":
        saved = workspace().saved_one("segmentation", selection.segmentation)
        if saved is not None:
            members = "saved.frame('members').astype({'segment': str})"
            joined = f"lines = crm.with_segments({table}, {members})"
            loading = [*loading, *saved_in_python(saved), joined]
            table = "lines"
    return code(
        view.options,
        loading=(loading, table),
        demand_options=selection,
        reconcile_options=view.reconciliation.options
        if view.reconciliation is not None
        else None,
        overrides=overrides_to_records(decisions.overrides(selection)),
        history=history,
    )
