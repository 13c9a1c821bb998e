"""What only orders can tell: how a new product may begin, and the orders of each segment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import ForecastOptions, forecast
from crm_analysis.analyses.forecast.planning.new_product import (
    NewProduct,
    NewProductOptions,
    categories_of,
    demand_by_product,
    new_product,
    orders_by_segment,
    orders_per_customer,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import planning as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    controls,
    downloads,
    headed,
    language,
    notes,
    palette,
    plain,
    run,
    say,
    show_table,
    starred,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.forecast import View
from crm_analysis.presentation.ui.forecast.settings import (
    choose_segmentation,
    demand_table,
    members_of,
)
from crm_analysis.presentation.ui.forecast.words import (
    legible,
    series_names,
    titled,
    unit,
)
from crm_analysis.presentation.ui.remembered import remembered

_EXPECTED = [
    "segment",
    "customers",
    "expected",
    "lo_80",
    "hi_80",
    "per_customer",
    "share",
]


def draw_new_product(view: View) -> None:
    """What a new product may sell in its first periods."""
    answer("forecast.new_product.title")
    lines = view.lines
    if "product" not in lines.value.columns:
        st.info(say("forecast.new_product.no_products"))
        return
    categories = (
        run(categories_of, lines) if "category" in lines.value.columns else None
    )
    first, second, third, fourth = st.columns([3, 3, 2, 2], gap="medium")
    example = plain("forecast.new_product.example")
    text = first.text_input(
        say("forecast.new_product.name"),
        value=example,
        key=widget_key("forecast", "new_product_name"),
        max_chars=80,
    )
    name = text.strip() or example
    names = (
        sorted(set(categories.value["category"])) if categories is not None else []
    )
    category = remembered(
        second.selectbox,
        say("forecast.new_product.category"),
        names,
        key=widget_key("forecast", "new_product_category"),
        disabled=not names,
    )
    options = controls(
        "forecast",
        NewProductOptions,
        key=widget_key("forecast", "new_product"),
        only=("horizon", "level"),
        high={"horizon": 52, "level": 5},
        places={"horizon": third, "level": fourth},
    )
    measured = run(
        demand_by_product,
        lines,
        view.selection.every,
        view.selection.measure,
    )
    try:
        asked = run(
            _borrowed,
            demand_table(measured),
            categories,
            view.selection.measure,
            name=name,
            category=category,
            options=options,
        )
    except AnalysisError as problem:
        st.info(say(problem.key, **problem.details))
        return
    _draw_result(view, name, asked)


def _borrowed(
    demand: pd.DataFrame,
    categories: pd.DataFrame | None,
    measure: str,
    **named: Any,
) -> NewProduct:
    """The start of a new product, in the unit of what is measured."""
    return replace(new_product(demand, categories, **named), measure=measure)


def _draw_result(view: View, name: str, asked: Answer[NewProduct]) -> None:
    result = asked.value
    summary, every = result.summary(), result.every
    details = {
        "name": name,
        "horizon": len(result.ahead),
        "unit": unit(every, len(result.ahead)),
        "total": summary["total"],
        "siblings": int(summary["siblings"] or 0),
    }
    with starred(asked):
        headed(say("forecast.new_product.sentence", **details))
    left, right = st.columns([3, 2], gap="large")
    with left:
        chart(
            pictures.new_product(
                result.profile,
                language(),
                every=every,
                measure=view.selection.measure,
                palette=palette(),
            ),
            key=widget_key("forecast", "new_product_profile"),
            alt=plain("forecast.new_product.sentence", **details),
            height=320,
        )
    with right:
        show_table(
            "forecast",
            legible(result.siblings),
            key=widget_key("forecast", "siblings"),
            styles={"first_share": "percent"},
            height=300,
        )
    notes(result.notes)
    downloads(
        "new_product",
        titled(result.ahead, {}),
        key=widget_key("forecast", "new_product_file"),
    )


def draw_segments(view: View) -> None:
    """Expected orders of each segment of a saved segmentation."""
    if (
        not workspace().saved("segmentation")
        or "customer" not in view.lines.value.columns
    ):
        answer("forecast.segment_demand.title")
        st.info(say("forecast.segment_demand.none"))
        return
    segmentation = choose_segmentation(
        widget_key("forecast", "orders_of"), width=360
    )
    members = members_of(segmentation)
    demand = run(orders_by_segment, view.lines, members, view.selection.every)
    options = ForecastOptions(
        horizon=view.forecast.horizon,
        every=view.options.every,
        country=view.options.country,
        events=view.options.events,
    )
    result = run(forecast, demand, options, measure="orders")
    orders = run(orders_per_customer, result, members).value
    table = orders.assign(
        segment=orders["segment"].map(series_names(orders["segment"], segmentation))
    )
    best = table.iloc[0]
    answer(
        "forecast.segment_demand.sentence",
        horizon=view.forecast.horizon,
        unit=unit(view.forecast.every, view.forecast.horizon),
        name=best["segment"],
        share=float(best["share"]),
        each=float(best["per_customer"]),
    )
    show_table(
        "forecast",
        legible(table[_EXPECTED]),
        key=widget_key("forecast", "segments"),
        styles={"share": "percent", "per_customer": "number2"},
    )
    st.caption(say("forecast.segment_demand.help"))
    downloads(
        "orders_by_segment",
        titled(table, {}),
        key=widget_key("forecast", "segments_file"),
    )
