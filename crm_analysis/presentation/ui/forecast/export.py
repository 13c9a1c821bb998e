"""Take away: the forecast as a table, long or wide, and the same as Python."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import code
from crm_analysis.analyses.forecast.planning.export import long_form, wide_form
from crm_analysis.analyses.forecast.planning.overrides import overrides_to_records
from crm_analysis.messages import Message
from crm_analysis.presentation.ui.blocks import answer, downloads, how, show_table
from crm_analysis.presentation.ui.forecast import Asked, decisions
from crm_analysis.presentation.ui.forecast.words import called, legible, named, titled
from crm_analysis.presentation.ui.run import in_python, saved_in_python
from crm_analysis.presentation.ui.session import plain, say, workspace

_MOST_NOTES = 40


def take(asked: Asked) -> None:
    """Both forms to download, and how they were computed."""
    past = st.toggle(
        say("forecast.take.history"), key="forecast-with_history", persist_state="session"
    )
    long = long_form(
        asked.forecast, overridden=asked.overridden, reconciled=asked.reconciled, history=past
    )
    answer("forecast.take.long", rows=len(long), series=len(asked.names))
    show_table(
        "forecast", legible(_worded(named(long, asked.names))), key="forecast_long", height=280
    )
    downloads("forecast_long", _worded(titled(long, asked.names)), key="forecast_long_file")
    wide = wide_form(long, ("value", "lo_80", "hi_80"))
    answer("forecast.take.wide", columns=len(wide.columns) - 2)
    shown = named(wide, asked.names).assign(
        figure=[plain(f"forecast.column.{name}") for name in wide["figure"]]
    )
    show_table("forecast", legible(shown), key="forecast_wide", height=280)
    downloads(
        "forecast_wide",
        titled(wide.assign(figure=shown["figure"]), asked.names),
        key="forecast_wide_file",
    )
    how(
        "forecast.how.method",
        _script(asked, past),
        _remarks(asked)[:_MOST_NOTES],
        models=len(asked.forecast.accuracy["model"].unique()),
    )


def _worded(table: pd.DataFrame) -> pd.DataFrame:
    """Codes as words."""
    column = next(
        (name for name in ("kind", plain("forecast.column.kind")) if name in table.columns), None
    )
    if column is None:
        return table
    return table.assign(**{column: [plain(f"forecast.kind.{kind}") for kind in table[column]]})


def _remarks(asked: Asked) -> list[Message]:
    """What was done on the way, series by series, and what demand was counted from."""
    said: list[Message] = []
    measured = asked.measured
    if measured.partial:
        details = {"count": len(measured.partial), "day": measured.partial[0]}
        said.append(Message("forecast.how.partial", details))
    if measured.returned:
        said.append(Message("forecast.how.returned", {"returned": measured.returned}))
    if measured.no_date:
        said.append(Message("forecast.how.no_date", {"count": measured.no_date}))
    return [
        *said,
        *(Message(key, called(details, asked.names)) for key, details in asked.forecast.notes),
    ]


def _script(asked: Asked, past: bool) -> str:
    """The same in Python: which lines count, which series stand alone, the settings, what was decided on top."""
    lines, table = in_python(asked.kind)
    if asked.what.by == "segment" and (
        saved := workspace().saved_one("segmentation", asked.what.segmentation)
    ):
        lines = [
            *lines,
            *saved_in_python(saved),
            f"lines = crm.with_segments({table}, saved.frame('members').astype({{'segment': str}}))",
        ]
        table = "lines"
    return code(
        asked.options,
        loading=(lines, table),
        demand_options=asked.what,
        reconcile_options=asked.reconciled.options if asked.reconciled is not None else None,
        overrides=overrides_to_records(decisions.overrides(asked.what)),
        history=past,
    )
