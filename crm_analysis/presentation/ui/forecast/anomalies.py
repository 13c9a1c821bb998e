"""The tab of season and anomalies: how a series goes, what stands out, what is not learnt from."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast.series.anomalies import (
    Anomalies,
    AnomalyOptions,
    find_anomalies,
)
from crm_analysis.analyses.forecast.series.decomposition import (
    Decomposition,
    decompose,
)
from crm_analysis.analyses.forecast.verdicts import season_kind
from crm_analysis.presentation.pictures import seasons as pictures
from crm_analysis.presentation.pictures.forecast import period_name
from crm_analysis.presentation.ui import (
    answer,
    chart,
    controls,
    language,
    notes,
    palette,
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
from crm_analysis.presentation.ui.forecast.words import (
    editor,
    legible,
    renamed,
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
_FEW_SEASONS = 3


def anomalies(view: View) -> None:
    """Trend and season, what stands out, holidays and events."""
    draw_season(view)
    st.divider()
    _draw_anomalies(view)
    st.divider()
    draw_holidays(view.forecast.ahead["date"])
    draw_events()


def _draw_anomalies(view: View) -> None:
    left, right = st.columns(2, gap="large")
    options = controls(
        "forecast",
        AnomalyOptions,
        key=widget_key("forecast", "anomalies"),
        only=("reach", "chance", "stock_outs", "level_shifts"),
        places={"reach": left, "chance": right},
    )
    result = run(find_anomalies, view.demand, options).value
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


def _draw_leaving_out(
    view: View, result: Anomalies, left_out: set[tuple[str, str]]
) -> None:
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


def draw_season(view: View) -> None:
    """How strong trend and season of the series looked at are, and how they go."""
    result = run(decompose, view.shown_demand()).value
    strength = result.strength.iloc[0]
    _draw_strength(result, strength)
    lengths = [int(length) for length in str(strength["season"]).split(", ") if length]
    seasons = int(strength["points"]) / max(lengths, default=1)
    if lengths and seasons < _FEW_SEASONS:
        st.caption(say("forecast.season.few", seasons=round(seasons, 1)))
    measure = view.selection.measure
    if result.seasonal["position"].nunique() > 1:
        chart(
            pictures.seasons(
                result.seasonal,
                language(),
                every=result.every,
                measure=measure,
                palette=palette(),
            ),
            key=widget_key("forecast", "seasons"),
            alt=plain("forecast.season.alt"),
            height=360,
        )
    st.markdown(f"##### {say('forecast.season.parts', scale=str(strength['scale']))}")
    chart(
        pictures.decomposition(result.parts, language(), measure=measure),
        key=widget_key("forecast", "parts"),
        alt=plain("forecast.season.parts_alt"),
        height=520,
    )
    notes(renamed(result.notes, view.names))


def _draw_strength(result: Decomposition, strength: pd.Series) -> None:
    kind = season_kind(strength)
    if kind == "unseen":
        answer("forecast.season.unseen")
        return
    peak, trough = (
        period_name(
            int(strength[position]),
            result.every,
            language(),
            wide=True,
        )
        for position in ("peak", "trough")
    )
    answer(
        f"forecast.season.{kind}",
        trend=float(strength["trend_strength"]),
        season=float(strength["season_strength"]),
        peak=peak,
        trough=trough,
    )
