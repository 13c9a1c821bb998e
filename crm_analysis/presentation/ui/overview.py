"""The pieces of the overview: a welcome, or the state of the business and what is loaded."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from crm_analysis.analyses.value import BusinessState, business_state
from crm_analysis.presentation import charts
from crm_analysis.presentation.ui.blocks import answer, chart, figures
from crm_analysis.presentation.ui.kinds import WORKS_WITH, loaded_kinds
from crm_analysis.presentation.ui.links import is_page, page_path
from crm_analysis.presentation.ui.run import run, table
from crm_analysis.presentation.ui.session import plain, say, workspace

_STEP_ICONS = {"load": "upload_file", "check": "fact_check", "look": "groups"}
_STYLES = {"revenue": "short", "value_at_risk": "short", "repeat_rate": "percent"}


def welcome() -> None:
    """What the empty app says."""
    st.markdown(f"#### {say('overview.welcome')}")
    for place, step in zip(st.columns(3, gap="medium"), ("load", "check", "look"), strict=True):
        with place.container(border=True, height="stretch"):
            st.markdown(f":material/{_STEP_ICONS[step]}: {say(f'overview.step_{step}')}")
    st.caption(say("overview.private"))


def draw() -> None:
    """The state of the business where there are orders with customers; what is loaded, always."""
    saved = workspace().tables()
    orders = next((one for one in saved if one.kind == "transactions"), None)
    if orders is not None:
        missing = [role for role in ("customer", "date") if role not in workspace().load("transactions").expression.columns]
        if missing:
            st.info(say("overview.missing", roles=missing), icon=":material/info:")
        else:
            _draw_state(run(business_state, table("transactions")).value)
    _draw_tables()


def _draw_state(state: BusinessState) -> None:
    days = (date.fromisoformat(state.period[1]) - date.fromisoformat(state.period[0])).days + 1
    st.caption(say("overview.period", start=state.period[0], end=state.period[1]))
    figures(
        [
            {
                "label": f"value.measure.{one.name}",
                "help": f"value.measure_help.{one.name}",
                "help_details": {"lost_after": state.lost_after, "days": days},
                "value": one.value,
                "style": _STYLES.get(one.name, "number"),
                "delta": one.change,
                "delta_style": "percent",
                "delta_color": "normal" if one.good == "up" else "inverse",
                "trend": [value for value in one.months if value == value],
            }
            for one in state.measures
            if one.value is not None
        ]
    )
    st.markdown(f"##### {say('overview.matters')}")
    for remark in state.remarks:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(say(remark.key, **remark.details), width="stretch")
            shown_on = remark.page if is_page(remark.page) else "value"  # pages that are still to come
            st.page_link(page_path(shown_on), label=say("overview.show", page=plain(f"frame.page.{shown_on}")), icon=":material/arrow_forward:")
    money = state["revenue"].value is not None
    _draw_months(state.months, "revenue" if money else "active")


def _draw_months(months: pd.DataFrame, measure: str) -> None:
    name = plain(f"value.measure.{measure}")
    whole = months[months["finished"]] if months["finished"].any() else months
    best, last = whole.loc[whole[measure].idxmax()], whole.iloc[-1]
    details = {
        "measure": measure,
        "best": best["month"].date().isoformat(),
        "most": best[measure],
        "last": last["month"].date().isoformat(),
        "now": last[measure],
    }
    answer("value.months.best_now" if best["month"] == last["month"] else "value.months.best_before", **details)
    figure = charts.lines(months, x="month", values=[measure], names=[name], x_title=plain("overview.month"), y_title=name)
    chart(figure.update_yaxes(rangemode="tozero"), key="overview_months", alt=plain("overview.months_alt"), height=320)
    if not months["finished"].all():
        st.caption(say("value.months.unfinished"))


def _draw_tables() -> None:
    st.markdown(f"##### {say('overview.loaded')}")
    for one in workspace().tables():
        st.markdown(say("overview.table", name=one.name, kind=one.kind, rows=one.rows, created=one.created.date().isoformat()))
    st.page_link(page_path("data"), label=say("overview.to_data"), icon=":material/table_view:")
    loaded = loaded_kinds()
    fit = [word for word, kinds in WORKS_WITH.items() if not set(kinds).isdisjoint(loaded)]
    if "segments" in fit:
        st.page_link(page_path("segments"), label=say("overview.to_segments"), icon=":material/groups:")
    with st.container(horizontal=True):
        for word in fit:
            if word != "segments":
                st.page_link(page_path(word), label=plain(f"frame.page.{word}"), icon=":material/arrow_forward:")
    idle = [kind for kind in loaded if not any(kind in kinds for kinds in WORKS_WITH.values())]
    if idle:
        st.info(say("overview.idle", kinds=idle, choice=plain("editing.kind")), icon=":material/info:")
