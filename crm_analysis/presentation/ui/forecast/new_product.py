"""A product without a past borrows the start of its category; and the orders of each customer segment."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses import forecast as engine
from crm_analysis.analyses.forecast import Demand, Forecast, ForecastOptions, demand, measure_demand
from crm_analysis.analyses.forecast.planning.new_product import (
    NewProduct,
    NewProductOptions,
    categories_of,
    new_product,
)
from crm_analysis.analyses.forecast.planning.segment_demand import orders_per_customer
from crm_analysis.analyses.forecast.series.selection import DemandOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, notes, show_table
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.forecast import Asked, settings
from crm_analysis.presentation.ui.forecast.settings import demand_table
from crm_analysis.presentation.ui.forecast.words import legible, titled, unit
from crm_analysis.presentation.ui.run import run
from crm_analysis.presentation.ui.session import language, palette, plain, say, workspace


def newcomer(asked: Asked) -> None:
    """What a new product may sell in its first periods."""
    answer("forecast.new.title")
    if "product" not in asked.lines.value.columns:
        st.info(say("forecast.new.no_products"))
        return
    categories = (
        run(categories_of, asked.lines) if "category" in asked.lines.value.columns else None
    )
    known = sorted(set(categories.value["category"])) if categories is not None else []
    first, second, third, fourth = st.columns([3, 3, 2, 2], gap="medium")
    with first:
        name = st.text_input(
            say("forecast.new.name"),
            value=plain("forecast.new.example"),
            key="forecast-new_name",
            max_chars=80,
        ).strip() or plain("forecast.new.example")
    with second:
        category = st.selectbox(
            say("forecast.new.category"),
            known,
            key="forecast-new_category",
            disabled=not known,
            persist_state="session",
        )
    options = controls(
        "forecast",
        NewProductOptions,
        key="forecast-new",
        only=("horizon", "level"),
        high={"horizon": 52, "level": 5},
        places={"horizon": third, "level": fourth},
    )
    measured = run(_by_product, asked.lines, asked.what)
    series = demand_table(measured)
    try:
        found = run(_newcomer, series, categories or "", name, category or "", options).value
    except AnalysisError as problem:
        st.info(say(problem.key, **problem.details))
        return
    told = found.summary()
    every = measured.value.every
    details = {
        "name": name,
        "horizon": len(found.ahead),
        "unit": unit(every, len(found.ahead)),
        "total": told["total"],
        "siblings": int(told["siblings"] or 0),
    }
    st.markdown(say("forecast.new.sentence", **details))
    left, right = st.columns([3, 2], gap="large")
    with left:
        chart(
            pictures.newcomer(
                found.profile,
                language(),
                every=every,
                measure=asked.what.measure,
                palette=palette(),
            ),
            key="forecast_newcomer",
            alt=plain("forecast.new.sentence", **details),
            height=320,
        )
    with right:
        show_table(
            "forecast",
            legible(found.siblings),
            key="forecast_siblings",
            styles={"first_share": "percent"},
            height=300,
        )
    notes(found.notes)
    downloads("new_product", titled(found.ahead, {}), key="forecast_new_file")


def _by_product(lines: pd.DataFrame, what: DemandOptions) -> Demand:
    goods = (
        lines[lines["is_product"].fillna(True).astype(bool)]
        if "is_product" in lines.columns
        else lines
    )
    measure = "quantity" if what.measure == "value" else what.measure
    return measure_demand(
        goods[goods["product"].notna()],
        every=what.every,  # type: ignore[arg-type]
        by="product",
        measure=measure,
    )


def _newcomer(
    series: pd.DataFrame,
    categories: pd.DataFrame | str,
    name: str,
    category: str,
    options: NewProductOptions,
) -> NewProduct:
    kinds = None if isinstance(categories, str) else categories
    return new_product(series, kinds, name=name, category=category or None, options=options)


def segments(asked: Asked) -> None:
    """Expected orders of each segment, and of one of its customers."""
    saved = [one.name for one in workspace().saved("segmentation")][::-1]
    if not saved or "customer" not in asked.lines.value.columns:
        answer("forecast.segments.title")
        st.info(say("forecast.segments.none"))
        return
    name = st.selectbox(
        say("forecast.segmentation"),
        saved,
        key="forecast-orders_of",
        persist_state="session",
        width=360,
    )
    members = settings.members_of(name)
    what = DemandOptions(
        measure="orders", every=asked.what.every, by="segment", segmentation=name, largest=1000
    )
    series = run(_by_segment, settings.members_joined(asked.lines, what), what)
    options = ForecastOptions(
        horizon=asked.forecast.horizon,
        every=asked.options.every,
        country=asked.options.country,
        events=asked.options.events,
    )
    table = run(_orders, run(_forecast, series, options), members).value
    names = settings.series_names(table["segment"], name)
    best = table.iloc[0]
    answer(
        "forecast.segments.sentence",
        horizon=asked.forecast.horizon,
        unit=unit(asked.forecast.every, asked.forecast.horizon),
        name=names[str(best["segment"])],
        share=float(best["share"]),
        each=float(best["per_customer"]),
    )
    frame = table.assign(segment=table["segment"].astype(str).map(names))
    shown = frame[["segment", "customers", "expected", "lo_80", "hi_80", "per_customer", "share"]]
    show_table(
        "forecast",
        legible(shown),
        key="forecast_segments",
        styles={"share": "percent", "per_customer": "number2"},
    )
    st.caption(say("forecast.segments.help"))
    downloads("orders_by_segment", titled(frame, {}), key="forecast_segments_file")


def _by_segment(lines: pd.DataFrame, what: DemandOptions) -> pd.DataFrame:
    return demand(lines[lines["segment"].notna()], every=what.every, by="segment", measure="orders")  # type: ignore[arg-type]


def _forecast(
    series: pd.DataFrame, options: ForecastOptions, progress: Progress = no_progress
) -> Forecast:
    return engine.forecast(series, options, progress=progress)


def _orders(found: Forecast, members: pd.DataFrame) -> pd.DataFrame:
    return orders_per_customer(found, members)
