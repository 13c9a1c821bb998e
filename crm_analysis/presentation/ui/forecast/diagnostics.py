"""What a fitted model leaves unexplained: its parameters, its residuals, and their correlations."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import Diagnostics
from crm_analysis.analyses.forecast.verdicts import leaves_a_pattern
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    figures,
    language,
    palette,
    plain,
    say,
    show_table,
    switch,
    widget_key,
)

_FIGURES = ("log_likelihood", "aicc", "bic", "ljung_box_p")


def draw_diagnostics(diagnostics: Diagnostics | None, texts: str) -> None:
    """Diagnostics of one model; `texts` is the key of the phrases that say whether it is enough."""
    if diagnostics is None:
        st.info(say("forecast.arima.none"))
        return
    _draw_answer(diagnostics.figures, texts)
    items: list[dict[str, Any]] = [
        {
            "label": f"forecast.arima.{name}",
            "value": diagnostics.figures[name],
            "style": "number2",
        }
        for name in _FIGURES
        if name in diagnostics.figures
    ]
    if len(items) > 1:
        figures(items)
    if len(diagnostics.parameters):
        show_table(
            "forecast",
            diagnostics.parameters.rename(columns={"value": "estimate"}),
            key=widget_key("forecast", "parameters"),
            styles={
                "estimate": "number2",
                "standard_error": "number2",
            },
        )
    chart(
        pictures.residuals(diagnostics.residuals, language()),
        key=widget_key("forecast", "residuals"),
        alt=plain("forecast.arima.residuals_alt"),
        height=260,
    )
    _draw_correlations(diagnostics)
    st.caption(say("forecast.arima.help"))


def _draw_answer(figures: dict[str, float], texts: str) -> None:
    p = figures.get("ljung_box_p")
    if p is None or pd.isna(p):
        return
    answer(
        f"{texts}.{'left' if leaves_a_pattern(p) else 'white'}",
        chance=float(p),
        lags=int(figures.get("ljung_box_lags", 0)),
    )


def _draw_correlations(diagnostics: Diagnostics) -> None:
    """ACF and PACF side by side, of the residuals or of the series itself."""
    which = switch(
        "forecast.arima.which",
        ["residuals", "series"],
        "forecast.arima.which_{}",
        key=widget_key("forecast", "correlations"),
    )
    tables = {"acf": diagnostics.acf, "pacf": diagnostics.pacf}
    if which == "series":
        tables = {
            "acf": diagnostics.acf_series,
            "pacf": diagnostics.pacf_series,
        }
    for column, (name, table) in zip(
        st.columns(2, gap="large"), tables.items(), strict=True
    ):
        title = plain(f"forecast.arima.{name}")
        with column:
            chart(
                pictures.correlations(table, title, language(), palette()),
                key=widget_key("forecast", name),
                alt=plain("forecast.arima.acf_alt", name=title),
                height=300,
            )
