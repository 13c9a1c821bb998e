"""What a person knows better: periods of the series looked at, set by hand with a note."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast.planning.overrides import replace_overrides
from crm_analysis.analyses.forecast.series.demand import ALL
from crm_analysis.presentation.ui import answer, notes, plain, say, widget_key
from crm_analysis.presentation.ui.forecast import View, decisions
from crm_analysis.presentation.ui.forecast.words import editor, legible, renamed


def draw_overrides(view: View) -> None:
    """All periods as a table to fill in, and one of them beside it."""
    summary = view.overridden.summary()
    if summary["overridden"]:
        answer(
            "forecast.overrides.some",
            count=int(summary["overridden"]),
            change=summary["change"] or 0.0,
        )
    else:
        answer("forecast.overrides.none", name=view.shown_name)
    planned = view.of_shown(view.plan)
    _draw_all_periods(view, planned)
    if view.shown == ALL and len(view.names) > 1:
        st.caption(say("forecast.overrides.total"))
    _draw_one_period(view, planned)
    notes(renamed(view.overridden.notes, view.names))


def _draw_all_periods(view: View, planned: pd.DataFrame) -> None:
    table = pd.DataFrame(
        {
            "date": planned["date"],
            "model_value": legible(planned[["model_value"]])["model_value"],
            "own_value": planned["value"].where(planned["overridden"]),
            "note": planned["note"],
        }
    )
    with st.form(widget_key("forecast", "overrides_form"), border=False):
        edited = editor(
            table,
            key=widget_key(
                "forecast",
                "overrides",
                view.selection.saved_name,
                view.shown,
            ),
            editable=("own_value", "note"),
            alt=plain("forecast.overrides.alt"),
            height=min(460, 40 + 36 * len(table)),
            own_value=st.column_config.NumberColumn(
                plain("forecast.column.own_value"),
                min_value=0.0,
            ),
        )
        with st.container(horizontal=True):
            submitted = st.form_submit_button(
                say("forecast.overrides.keep"),
                key=widget_key("forecast", "save_overrides"),
                type="primary",
            )
            back = st.form_submit_button(
                say("forecast.overrides.back"),
                key=widget_key("forecast", "overrides_back"),
            )
    if submitted or back:
        edited = edited.rename(columns={"own_value": "value"})
        _save(
            view,
            edited.assign(value=float("nan")) if back else edited,
        )


def _draw_one_period(view: View, planned: pd.DataFrame) -> None:
    form = st.form(widget_key("forecast", "override_form"), border=False)
    with (
        form,
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        day = st.selectbox(
            say("forecast.column.date"),
            [date.date().isoformat() for date in planned["date"]],
            key=widget_key("forecast", "override_date"),
            width=180,
        )
        value = st.number_input(
            say("forecast.column.own_value"),
            min_value=0.0,
            value=None,
            key=widget_key("forecast", "override_value"),
            width=180,
        )
        note = st.text_input(
            say("forecast.column.note"),
            key=widget_key("forecast", "override_note"),
            max_chars=200,
            width=320,
        )
        submitted = st.form_submit_button(
            say("forecast.overrides.set"),
            key=widget_key("forecast", "save_override"),
        )
        if submitted and value is not None:
            _save(
                view,
                pd.DataFrame(
                    {
                        "date": [day],
                        "value": [value],
                        "note": [note],
                    }
                ),
            )


def _save(view: View, edited: pd.DataFrame) -> None:
    decisions.save_overrides(
        view.selection,
        replace_overrides(decisions.overrides(view.selection), view.shown, edited),
    )
    st.rerun()
