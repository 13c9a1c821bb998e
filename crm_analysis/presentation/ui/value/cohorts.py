"""Cohorts: how customers age, by when they first ordered."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.value import CohortOptions, Cohorts
from crm_analysis.analyses.value import cohorts as by_first_order
from crm_analysis.analyses.value.cohorts import Measure
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, show_table, switch
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import language, plain, say
from crm_analysis.presentation.ui.value import legible, titled

_PERIODS, _ROWS = 12, 26


def cohorts(orders: Answer[pd.DataFrame]) -> None:
    """The heat map, the average cohort, payback, how long customers stay."""
    places = st.columns(3, gap="large")
    knobs = ("every", "acquisition_cost", "margin")
    options = controls(
        "value",
        CohortOptions,
        key="value-cohorts",
        only=(*knobs, "lost_after"),
        places=dict(zip(knobs, places, strict=True)),
    )
    found = run(by_first_order, orders, options).value
    _draw_heat(found)
    _draw_average(found)
    _draw_lifetime(found)
    _draw_table(found)


def _draw_heat(found: Cohorts) -> None:
    money = "revenue" in found.cells.columns
    told = found.summary()
    if told["retention_1"] is None:
        answer("value.cohort.young", every=found.every)
    else:
        answer("value.cohort.after_one", every=found.every, retention=told["retention_1"])
    offered: list[Measure] = (
        ["retention", "revenue_each", "cumulative_each"] if money else ["retention"]
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        measure = switch(
            "value.cohort.measure",
            offered,
            "value.column.{}",
            key="value-cohort_measure",
            default="retention",
            quiet=True,
        )
        whole = st.toggle(
            say("value.cohort.whole"), key="value-cohort_whole", persist_state="session"
        )
    periods = int(found.cells["period"].max()) if whole else _PERIODS
    shown = found.heat_map(measure)
    if shown.shape[1] > 1 or measure != "retention":
        figure = pictures.cohort_heat(
            found, measure, language(), periods=periods, rows=len(shown) if whole else _ROWS
        )
        rows = len(figure.data[0].y)
        chart(
            figure,
            key=f"value_cohorts_{measure}",
            alt=plain("value.cohort.heat_alt", measure=measure, cohorts=rows),
            height=130 + 27 * rows,
        )
        if not found.cells["finished"].all():
            st.caption(say("value.cohort.star", until=found.until))
    if found.cohorts["begun_before"].any():
        st.caption(say("value.cohort.begun_before"))
    downloads("cohort_cells", titled(found.cells), key="value_cells_file")


def _draw_average(found: Cohorts) -> None:
    """Who comes again, and when a customer has earned their cost."""
    if len(found.average) < 3:
        return
    told = found.summary()
    money = "revenue" in found.cells.columns
    left, right = st.columns(2, gap="large") if money else (st.container(), None)
    with left:
        late = next(
            (
                (periods, told[f"retention_{periods}"])
                for periods in (12, 6, 3)
                if told[f"retention_{periods}"] is not None
            ),
            None,
        )
        if late:
            st.markdown(
                f"##### {say('value.cohort.later', periods=late[0], every=found.every, retention=late[1])}"
            )
        chart(
            pictures.average_retention(found, language()),
            key="value_retention",
            alt=plain("value.column.retention"),
            height=320,
        )
    if right is None:
        return
    with right:
        last = found.average.iloc[-1]
        if found.acquisition_cost > 0:
            paid = told["payback"]
            st.markdown(
                f"##### {say('value.cohort.no_payback') if paid is None else say('value.cohort.paid_back', periods=int(paid), every=found.every)}"
            )
        else:
            st.markdown(
                f"##### {say('value.cohort.earned', value=float(last['margin_each']), periods=int(last['period']), every=found.every)}"
            )
        chart(
            pictures.payback(found, language()),
            key="value_payback",
            alt=plain("value.picture.margin_each"),
            height=320,
        )


def _draw_lifetime(found: Cohorts) -> None:
    told = found.summary()
    answer(
        "value.cohort.lifetime",
        days=round(told["lifetime_days"] or 0.0),
        lost_after=told["lost_after_days"],
    )
    if len(found.survival) > 2:
        chart(
            pictures.survival(found, language()),
            key="value_survival",
            alt=plain("value.picture.not_lost"),
            height=320,
        )


def _draw_table(found: Cohorts) -> None:
    frame = found.cohorts.drop(columns="begun_before")
    if found.acquisition_cost <= 0:
        frame = frame.drop(columns="payback", errors="ignore")
    show_table(
        "value",
        legible(frame).assign(
            cohort=[
                pictures.cohort_name(start, found.every, language()) for start in frame["cohort"]
            ]
        ),
        key="value_cohort_table",
    )
    downloads("cohorts", titled(found.cohorts), key="value_cohorts_file")
