"""The tab of season and anomalies: what stands out, and what is not to be learnt from."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast.series.anomalies import (
    Anomalies,
    AnomalyOptions,
    find_anomalies,
)
from crm_analysis.presentation.ui import (
    answer,
    controls,
    plain,
    run,
    said,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.forecast import View, decisions
from crm_analysis.presentation.ui.forecast.covariates import (
    draw_events,
    draw_holidays,
)
from crm_analysis.presentation.ui.forecast.decomposition import draw_season
from crm_analysis.presentation.ui.forecast.words import (
    editor,
    legible,
    with_names,
)

_COLUMNS = [
    "left_out",
    "series",
    "date",
    "kind",
    "value",
    "expected",
    "reason",
]


def anomalies(view: View) -> None:
    """Trend and season, what stands out, holidays and events."""
    draw_season(view)
    st.divider()
    _draw_anomalies(view)
    st.divider()
    draw_holidays(view.forecast.ahead["date"])
    draw_events()


def _draw_anomalies(view: View) -> None:
    """What stands out in all series, and which of it is not to be learnt from."""
    result = run(find_anomalies, view.demand, _choose()).value
    marks = result.marks
    answer(
        "forecast.anomalies.found" if len(marks) else "forecast.anomalies.none",
        count=len(view.of_shown(marks)),
        all=len(marks),
        series=int(marks["series"].nunique()),
    )
    left_out = set(decisions.left_out(view.selection))
    if len(marks):
        _draw_leaving_out(view, result, left_out)
    else:
        st.caption(say("forecast.anomalies.none_help"))
    if left_out and st.button(
        say("forecast.anomalies.take_all_in", count=len(left_out)),
        key=widget_key("forecast", "take_all_in"),
    ):
        decisions.save_left_out(view.selection, ())
        st.rerun()


def _choose() -> AnomalyOptions:
    left, right = st.columns(2, gap="large")
    return controls(
        "forecast",
        AnomalyOptions,
        key=widget_key("forecast", "anomalies"),
        only=("reach", "chance", "stock_outs", "level_shifts"),
        places={"reach": left, "chance": right},
    )


def _draw_leaving_out(
    view: View, result: Anomalies, left_out: set[tuple[str, str]]
) -> None:
    """The list of what stands out, with a tick for what to leave out."""
    marks = result.marks.assign(series=result.marks["series"].astype(str))
    is_shown = marks["series"] == view.shown
    marks = pd.concat([marks[is_shown], marks[~is_shown]], ignore_index=True)
    days = list(
        zip(
            marks["series"],
            marks["date"].dt.strftime("%Y-%m-%d"),
            strict=True,
        )
    )
    table = marks.assign(
        left_out=[day in left_out for day in days],
        kind=said(marks["kind"], "planning.kind.{}"),
        reason=said(marks["reason"], "planning.reason.{}"),
    )
    with st.form(widget_key("forecast", "anomalies_form"), border=False):
        edited = editor(
            legible(with_names(table[_COLUMNS], view.names)),
            key=widget_key(
                "forecast",
                "anomalies_editor",
                view.selection.saved_name,
            ),
            editable=("left_out",),
            alt=plain("forecast.anomalies.alt", count=len(table)),
        )
        with st.container(horizontal=True):
            ticked = st.form_submit_button(
                say("forecast.anomalies.apply"),
                key=widget_key("forecast", "leave_out"),
                type="primary",
            )
            all_of_it = st.form_submit_button(
                say("forecast.anomalies.leave_all"),
                key=widget_key("forecast", "leave_all_out"),
            )
    if ticked or all_of_it:
        chosen = set(result.leave_out())
        if not all_of_it:
            ticks = edited["left_out"].astype(bool)
            chosen = {day for day, tick in zip(days, ticks, strict=True) if tick}
        decisions.save_left_out(view.selection, (left_out - set(days)) | chosen)
        st.rerun()
    st.caption(say("forecast.anomalies.help"))
