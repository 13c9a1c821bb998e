"""Cohorts: how customers age, by when they first ordered."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses import value as analyses
from crm_analysis.analyses.value import CohortMeasure, CohortOptions, Cohorts
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    controls,
    downloads,
    language,
    plain,
    run,
    say,
    show_table,
    starred,
    switch,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.value import legible, titled

_PERIODS, _ROWS = 12, 26
_LATER = (12, 6, 3)  # periods on, of which the longest that is known is told
_KNOBS = ("every", "acquisition_cost", "margin")


def cohorts(orders: Answer[pd.DataFrame]) -> None:
    """The heat map, the average cohort, payback, how long customers stay."""
    options = controls(
        "value",
        CohortOptions,
        only=(*_KNOBS, "lost_after"),
        places=dict(zip(_KNOBS, st.columns(3, gap="large"), strict=True)),
    )
    asked = run(analyses.cohorts, orders, options)
    made = asked.value
    with starred(asked):
        _draw_heat(made)
    if len(made.average) >= 3:
        _draw_average(made)
    _draw_lifetime(made)
    _draw_table(made)


def _draw_heat(made: Cohorts) -> None:
    retention = made.summary()["retention_1"]
    if retention is None:
        answer("value.cohort.young", every=made.every)
    else:
        answer("value.cohort.after_one", every=made.every, retention=retention)
    measures: list[CohortMeasure] = ["retention"]
    if made.has_money:
        measures += ["revenue_each", "cumulative_each"]
    with st.container(horizontal=True, vertical_alignment="center"):
        measure = switch(
            "value.cohort.measure",
            measures,
            "value.column.{}",
            key=widget_key("value", "cohort_measure"),
            default="retention",
            quiet=True,
        )
        whole = remembered(
            st.toggle,
            say("value.cohort.whole"),
            key=widget_key("value", "whole_cohorts"),
        )
    table = made.heat_map(measure)
    if table.shape[1] > 1 or measure != "retention":
        periods, rows = (table.shape[1], len(table)) if whole else (_PERIODS, _ROWS)
        figure = pictures.cohort_heat(
            made, measure, language(), periods=periods, rows=rows
        )
        shown = len(figure.data[0].y)
        chart(
            figure,
            key=widget_key("value", "cohorts", measure),
            alt=plain("value.cohort.heat_alt", measure=measure, cohorts=shown),
            height=130 + 27 * shown,
        )
        if not made.cells["finished"].all():
            st.caption(say("value.cohort.star", until=made.until))
    if made.cohorts["begun_before"].any():
        count = int(made.cohorts["begun_before"].sum())
        st.caption(say("value.cohort.begun_before", count=count))
    downloads(
        "cohort_cells",
        titled(made.cells),
        key=widget_key("value", "cohort_cells"),
    )


def _draw_average(made: Cohorts) -> None:
    summary = made.summary()
    places = st.columns(2, gap="large") if made.has_money else [st.container()]
    with places[0]:
        later = {periods: summary[f"retention_{periods}"] for periods in _LATER}
        known = [
            periods for periods, retention in later.items() if retention is not None
        ]
        if known:
            details = {"periods": known[0], "retention": later[known[0]]}
            st.markdown(
                f"##### {say('value.cohort.later', every=made.every, **details)}"
            )
        chart(
            pictures.average_retention(made, language()),
            key=widget_key("value", "retention"),
            alt=plain("value.column.retention"),
            height=320,
        )
    if made.has_money:
        with places[1]:
            st.markdown(f"##### {_payback(made, summary['payback'])}")
            chart(
                pictures.payback(made, language()),
                key=widget_key("value", "payback"),
                alt=plain("value.picture.margin_each"),
                height=320,
            )


def _payback(made: Cohorts, periods: float | None) -> str:
    if made.acquisition_cost <= 0:
        last = made.average.iloc[-1]
        earned = {
            "value": float(last["margin_each"]),
            "periods": int(last["period"]),
        }
        return say("value.cohort.earned", every=made.every, **earned)
    if periods is None:
        return say("value.cohort.no_payback")
    return say("value.cohort.paid_back", periods=int(periods), every=made.every)


def _draw_lifetime(made: Cohorts) -> None:
    answer(
        "value.cohort.lifetime",
        days=round(made.lifetime["lifetime_days"] or 0.0),
        lost_after=made.lifetime["lost_after_days"],
    )
    if len(made.survival) > 2:
        chart(
            pictures.survival(made, language()),
            key=widget_key("value", "survival"),
            alt=plain("value.picture.not_lost"),
            height=320,
        )


def _draw_table(made: Cohorts) -> None:
    unsaid = (
        ["begun_before"]
        if made.acquisition_cost > 0
        else ["begun_before", "payback"]
    )
    frame = legible(made.cohorts.drop(columns=unsaid, errors="ignore"))
    show_table(
        "value",
        frame.assign(cohort=pictures.cohort_names(made, language()).to_numpy()),
        key=widget_key("value", "cohort_table"),
    )
    downloads("cohorts", titled(made.cohorts), key=widget_key("value", "cohorts"))
