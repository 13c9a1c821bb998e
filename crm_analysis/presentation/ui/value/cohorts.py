"""Cohorts: how customers age, by when they first ordered."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses import value as analyses
from crm_analysis.analyses.value import CohortMeasure, CohortOptions, Cohorts
from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    controls,
    downloads,
    headed,
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
        _draw_average(asked)
    _draw_lifetime(asked)
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


def _draw_average(asked: Answer[Cohorts]) -> None:
    made = asked.value
    places = st.columns(2, gap="large") if made.has_money else [st.container()]
    with places[0]:
        later = sentences.later_retention(made)
        if later is not None:
            with starred(asked, "Cohorts.later"):
                headed(f"##### {say(later.key, **later.details)}")
        chart(
            pictures.average_retention(made, language()),
            key=widget_key("value", "retention"),
            alt=plain("value.column.retention"),
            height=320,
        )
    if made.has_money:
        with places[1]:
            paid = sentences.payback(made)
            with starred(asked, "Cohorts.payback"):
                headed(f"##### {say(paid.key, **paid.details)}")
            chart(
                pictures.payback(made, language()),
                key=widget_key("value", "payback"),
                alt=plain("value.picture.margin_each"),
                height=320,
            )


def _draw_lifetime(asked: Answer[Cohorts]) -> None:
    made = asked.value
    stays = sentences.lifetime(made)
    with starred(asked, "Cohorts.lifetime"):
        answer(stays.key, **stays.details)
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
