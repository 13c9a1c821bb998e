"""How good it is: models side by side, the back-test, the intervals, what a fit leaves open."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import (
    MODELS,
    Diagnostics,
    Forecast,
    ForecastOptions,
    forecast,
)
from crm_analysis.analyses.forecast.backtesting.accuracy import backtest_errors
from crm_analysis.analyses.forecast.verdicts import (
    interval_fit,
    leaves_a_pattern,
)
from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    choice_text,
    downloads,
    figures,
    language,
    palette,
    plain,
    run,
    say,
    show_table,
    starred,
    switch,
    together,
    widget_key,
)
from crm_analysis.presentation.ui.forecast import View
from crm_analysis.presentation.ui.forecast.settings import ORDERS, choose_orders
from crm_analysis.presentation.ui.forecast.words import legible, titled
from crm_analysis.presentation.ui.remembered import remembered

_BASELINE = "seasonal_naive"
_SCORES = (
    "model",
    "mase",
    "smape_share",
    "mae",
    "rmse",
    "bias_share",
    "coverage_80",
    "coverage_95",
    "points",
    "chosen",
)
_ERRORS = [
    "cutoff",
    "date",
    "step",
    "value",
    "forecast",
    "error",
    "lo_80",
    "hi_80",
    "lo_95",
    "hi_95",
    "inside",
]
_FIGURES = ("log_likelihood", "aicc", "bic", "ljung_box_p")


def accuracy(view: View) -> None:
    """Models by their error in the back-test, the back-test itself, the intervals, and ARIMA."""
    scores = _scores(view)
    if scores.empty:
        answer("forecast.accuracy.untested")
    else:
        chosen = scores[scores["chosen"].astype(bool)]
        _draw_answer(view)
        _draw_models(scores)
        _draw_intervals(view, chosen)
        _draw_backtest(view)
    st.divider()
    _draw_arima(view)


def _scores(view: View) -> pd.DataFrame:
    """The accuracy of the models behind the series looked at, and of those set beside them."""
    own = view.of_shown(view.forecast.accuracy)
    present = {str(model).removesuffix("_log") for model in own["model"]}
    others = remembered(
        st.multiselect,
        say("forecast.accuracy.compare"),
        [name for name in MODELS if name not in present and name != "arima"],
        format_func=choice_text("forecast.model.{}"),
        key=widget_key("forecast", "compare"),
        placeholder=plain("forecast.accuracy.compare_hint"),
    )
    tables = [own]
    for model in others:
        beside = _forecast_shown(view, view.options.replace(model=model)).accuracy
        tables.append(beside[beside["model"] != _BASELINE].assign(chosen=False))
    scored = [table for table in tables if len(table)]
    if not scored:
        return own
    scores = pd.concat(scored, ignore_index=True).drop_duplicates("model")
    return scores.sort_values("mase", kind="stable", ignore_index=True)


def _forecast_shown(view: View, options: ForecastOptions) -> Forecast:
    return run(forecast, view.shown_demand(), options).value


def _draw_answer(view: View) -> None:
    tested = sentences.tested_against_naive(view.forecast, view.shown, language())
    if tested is not None:
        of_shown = together(view.result, view.shown)
        with starred(of_shown, "Forecast.accuracy"):
            answer(tested.key, **tested.details)


def _draw_models(scores: pd.DataFrame) -> None:
    tongue = language()
    tested = scores[scores["mase"].notna()]
    if len(tested):
        chart(
            pictures.accuracy(tested, tongue, palette()),
            key=widget_key("forecast", "accuracy"),
            alt=plain(
                "forecast.accuracy.alt",
                count=len(tested),
                best=pictures.model_name(str(tested["model"].iloc[0]), tongue),
            ),
            height=110 + 44 * len(tested),
        )
        st.caption(say("forecast.accuracy.best_caption"))
    table = scores.assign(
        model=[
            pictures.model_name(str(model), tongue) for model in scores["model"]
        ],
        smape_share=scores["smape"] / 100,
    )
    show_table(
        "forecast",
        legible(table[list(_SCORES)]),
        key=widget_key("forecast", "scores"),
        styles={
            "mase": "number2",
            "smape_share": "percent",
            "bias_share": "percent",
            "coverage_80": "percent",
            "coverage_95": "percent",
        },
    )
    st.caption(say("forecast.accuracy.help"))


def _draw_intervals(view: View, chosen: pd.DataFrame) -> None:
    if chosen.empty or pd.isna(chosen["coverage_80"].iloc[0]):
        return
    score = chosen.iloc[0]
    answer(
        f"forecast.accuracy.intervals_{interval_fit(score['coverage_80'])}",
        held_80=float(score["coverage_80"]),
        held_95=float(score["coverage_95"]),
        points=int(score["points"]),
    )


def _draw_backtest(view: View) -> None:
    backtest = view.of_shown(view.forecast.backtest)
    tested = backtest_errors(backtest[backtest["model"] == view.row()["model"]])
    if tested.empty:
        return
    answer(
        "forecast.accuracy.backtest",
        origins=int(tested["cutoff"].nunique()),
        points=len(tested),
        error=float(tested["error"].abs().mean()),
    )
    show_table(
        "forecast",
        legible(tested[_ERRORS]),
        key=widget_key("forecast", "backtest"),
        height=300,
    )
    downloads(
        "backtest",
        titled(view.forecast.backtest, view.names),
        key=widget_key("forecast", "backtest_file"),
    )


def _draw_arima(view: View) -> None:
    """A seasonal ARIMA with orders set by sliders, beside what it leaves unexplained."""
    by_hand = view.options.model == "arima" or remembered(
        st.toggle,
        say("forecast.arima.open"),
        key=widget_key("forecast", "arima_open"),
    )
    if not by_hand:
        draw_diagnostics(
            view.forecast.diagnostics(view.shown), "forecast.arima.of_forecast"
        )
        return
    if view.options.model == "arima":
        orders = {name: getattr(view.options, name) for name in ORDERS}
    else:
        orders = choose_orders()
    fitted = _forecast_shown(view, view.options.replace(model="arima", **orders))
    scores = fitted.accuracy
    chosen = scores.loc[scores["chosen"].astype(bool), "mase"]
    if chosen.notna().any():
        naive = scores.loc[scores["model"] == _BASELINE, "mase"]
        st.markdown(
            say(
                "forecast.arima.error",
                label=str(fitted.series["label"].iloc[0]),
                mase=float(chosen.iloc[0]),
                naive=float(naive.iloc[0]) if len(naive) else float("nan"),
            )
        )
    draw_diagnostics(fitted.diagnostics(), "forecast.arima.of_arima")


def draw_diagnostics(diagnostics: Diagnostics | None, texts: str) -> None:
    """Diagnostics of one model; `texts` is the key of the phrases that say whether it is enough."""
    if diagnostics is None:
        st.info(say("forecast.arima.none"))
        return
    _draw_ljung_box(diagnostics.figures, texts)
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


def _draw_ljung_box(figures: dict[str, float], texts: str) -> None:
    p = figures.get("ljung_box_p")
    if p is None or pd.isna(p):
        return
    answer(
        f"{texts}.{'left' if leaves_a_pattern(p) else 'white'}",
        chance=float(p),
        lags=int(figures.get("ljung_box_lags", 0)),
    )


def _draw_correlations(diagnostics: Diagnostics) -> None:
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
