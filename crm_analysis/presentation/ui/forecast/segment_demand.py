"""The orders to expect of each customer segment, and of one of its customers."""

from __future__ import annotations

import streamlit as st

from crm_analysis.analyses.forecast import ForecastOptions, forecast
from crm_analysis.analyses.forecast.planning.segment_demand import (
    orders_by_segment,
    orders_per_customer,
)
from crm_analysis.presentation.ui import (
    answer,
    downloads,
    run,
    say,
    show_table,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.forecast import View
from crm_analysis.presentation.ui.forecast.settings import (
    choose_segmentation,
    members_of,
)
from crm_analysis.presentation.ui.forecast.words import (
    legible,
    series_names,
    titled,
    unit,
)

_COLUMNS = [
    "segment",
    "customers",
    "expected",
    "lo_80",
    "hi_80",
    "per_customer",
    "share",
]


def draw_segments(view: View) -> None:
    """Expected orders of each segment of a saved segmentation."""
    if (
        not workspace().saved("segmentation")
        or "customer" not in view.lines.value.columns
    ):
        answer("forecast.segment_demand.title")
        st.info(say("forecast.segment_demand.none"))
        return
    segmentation = choose_segmentation(widget_key("forecast", "orders_of"), width=360)
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
        legible(table[_COLUMNS]),
        key=widget_key("forecast", "segments"),
        styles={"share": "percent", "per_customer": "number2"},
    )
    st.caption(say("forecast.segment_demand.help"))
    downloads(
        "orders_by_segment",
        titled(table, {}),
        key=widget_key("forecast", "segments_file"),
    )
