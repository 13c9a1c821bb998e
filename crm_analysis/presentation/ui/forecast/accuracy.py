"""How good: the models side by side, the back-test, how often the intervals held, and what a hand-set ARIMA leaves unexplained."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses import forecast as engine
from crm_analysis.analyses.forecast import MODELS, Diagnostics, Forecast, ForecastOptions
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui.blocks import (
    answer,
    chart,
    downloads,
    figures,
    show_table,
    switch,
)
from crm_analysis.presentation.ui.forecast import Asked
from crm_analysis.presentation.ui.forecast.ahead import beside_naive
from crm_analysis.presentation.ui.forecast.settings import ORDERS, choose_orders
from crm_analysis.presentation.ui.forecast.words import legible, titled
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import choice_text, language, palette, plain, say

_BASELINE = "seasonal_naive"
_SCORES = (
    "model",
    "mase",
    "smape",
    "mae",
    "rmse",
    "bias_share",
    "coverage_80",
    "coverage_95",
    "points",
    "chosen",
)
_STYLES = {
    "mase": "number2",
    "smape_share": "percent",
    "bias_share": "percent",
    "coverage_80": "percent",
    "coverage_95": "percent",
}


def accuracy(asked: Asked) -> None:
    """Models by their error in the back-test, the back-test itself, the intervals, and ARIMA by hand."""
    scores = _compared(asked)
    if scores.empty:
        answer("forecast.good.untested")
    else:
        _draw_models(asked, scores)
        _draw_intervals(asked, scores)
        _draw_backtest(asked)
    _draw_arima(asked)


def _compared(asked: Asked) -> pd.DataFrame:
    """The accuracy of the series looked at: the model chosen, what it was combined from, the baseline, and others a person wants beside them."""
    found = asked.of(asked.forecast.accuracy)
    known = {str(model).removesuffix("_log") for model in found["model"]}
    others = st.multiselect(
        say("forecast.good.compare"),
        [name for name in MODELS if name not in known and name != "arima"],
        format_func=choice_text("forecast.model.{}"),
        key="forecast-compare",
        placeholder=plain("forecast.good.compare_hint"),
        persist_state="session",
    )
    beside = [
        one(asked, asked.options.replace(model=model)).value.accuracy.assign(chosen=False)
        for model in others
    ]
    rows = [
        part
        for part in (found, *(part[part["model"] != _BASELINE] for part in beside))
        if len(part)
    ]
    if not rows:
        return found
    return (
        pd.concat(rows, ignore_index=True)
        .drop_duplicates("model")
        .sort_values("mase", kind="stable", ignore_index=True)
    )


def one(asked: Asked, options: ForecastOptions) -> Answer[Forecast]:
    """The forecast of the series looked at alone, with other settings."""
    return run(_forecast_one, asked.one(), options)


def _forecast_one(
    demand: pd.DataFrame, options: ForecastOptions, progress: Progress = no_progress
) -> Forecast:
    return engine.forecast(demand, options, progress=progress)


def _draw_models(asked: Asked, scores: pd.DataFrame) -> None:
    chosen, base = scores[scores["chosen"].astype(bool)], scores[scores["model"] == _BASELINE]
    tongue = language()
    if (
        len(chosen)
        and len(base)
        and pd.notna(base["mase"].iloc[0])
        and pd.notna(chosen["mase"].iloc[0])
    ):
        row = {**asked.row(), "mase": chosen["mase"].iloc[0], "mase_naive": base["mase"].iloc[0]}
        kind, beside = beside_naive(row) or ("same", {"share": 0.0, "again": "season"})
        model = pictures.model_name(str(chosen["model"].iloc[0]), tongue)
        answer(
            f"forecast.good.{kind}",
            model=model,
            smape=float(chosen["smape"].iloc[0]) / 100,
            **beside,
        )
    drawn = scores[scores["mase"].notna()]
    if len(drawn):
        best = pictures.model_name(str(drawn["model"].iloc[0]), tongue)
        chart(
            pictures.accuracy(drawn, tongue, palette()),
            key="forecast_accuracy",
            alt=plain("forecast.good.alt", count=len(drawn), best=best),
            height=110 + 44 * len(drawn),
        )
        st.caption(say("forecast.good.best_caption"))
    frame = scores[list(_SCORES)].assign(
        model=[pictures.model_name(str(model), tongue) for model in scores["model"]],
        smape=scores["smape"] / 100,
    )
    show_table(
        "forecast",
        legible(frame.rename(columns={"smape": "smape_share"})),
        key="forecast_scores",
        styles=_STYLES,
    )
    st.caption(say("forecast.good.help"))


def _draw_intervals(asked: Asked, scores: pd.DataFrame) -> None:
    mine = scores[scores["chosen"].astype(bool)]
    if mine.empty or pd.isna(mine["coverage_80"].iloc[0]):
        return
    details = {
        "held_80": float(mine["coverage_80"].iloc[0]),
        "held_95": float(mine["coverage_95"].iloc[0]),
        "points": int(mine["points"].iloc[0]),
        "kind": str(asked.row()["intervals"]),
    }
    held = float(mine["coverage_80"].iloc[0])
    wide, narrow = held > 0.9, held < 0.7
    answer(
        f"forecast.good.intervals_{'narrow' if narrow else 'wide' if wide else 'right'}", **details
    )


def _draw_backtest(asked: Asked) -> None:
    model = asked.row()["model"]
    held = asked.of(asked.forecast.backtest)
    mine = held[held["model"] == model]
    if mine.empty:
        return
    answer(
        "forecast.good.backtest",
        origins=int(mine["cutoff"].nunique()),
        points=len(mine),
        error=float((mine["forecast"] - mine["value"]).abs().mean()),
    )
    table = mine.assign(
        error=mine["forecast"] - mine["value"],
        inside=mine["value"].between(mine["lo_80"], mine["hi_80"]),
    )
    columns = [
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
    show_table("forecast", legible(table[columns]), key="forecast_backtest", height=300)
    downloads(
        "backtest", titled(asked.forecast.backtest, asked.names), key="forecast_backtest_file"
    )


def _draw_arima(asked: Asked) -> None:
    """A seasonal ARIMA with orders set by sliders, beside what it leaves unexplained."""
    st.divider()
    if asked.options.model == "arima":
        orders = {name: getattr(asked.options, name) for name in ORDERS}
    else:
        if not st.toggle(
            say("forecast.arima.open"), key="forecast-arima_open", persist_state="session"
        ):
            _draw_diagnostics(asked.forecast.diagnostics(asked.shown), "forecast.arima.of_forecast")
            return
        orders = choose_orders()
    fitted = one(asked, asked.options.replace(model="arima", **orders)).value
    found = fitted.diagnostics()
    mine = fitted.accuracy[fitted.accuracy["chosen"].astype(bool)]
    if len(mine) and pd.notna(mine["mase"].iloc[0]):
        base = fitted.accuracy.loc[fitted.accuracy["model"] == _BASELINE, "mase"]
        naive = float(base.iloc[0]) if len(base) else float("nan")
        st.markdown(
            say(
                "forecast.arima.error",
                label=str(fitted.series["label"].iloc[0]),
                mase=float(mine["mase"].iloc[0]),
                naive=naive,
            )
        )
    _draw_diagnostics(found, "forecast.arima.of_arima")


def _draw_diagnostics(found: Diagnostics | None, key: str) -> None:
    if found is None:
        st.info(say("forecast.arima.none"))
        return
    chance = found.figures.get("ljung_box_p")
    if chance is not None and chance == chance:
        answer(
            f"{key}.{'white' if chance >= 0.05 else 'left'}",
            chance=float(chance),
            lags=int(found.figures.get("ljung_box_lags", 0)),
        )
    items: list[dict[str, Any]] = [
        {"label": f"forecast.arima.{name}", "value": found.figures[name], "style": style}
        for name, style in (
            ("log_likelihood", "number2"),
            ("aicc", "number2"),
            ("bic", "number2"),
            ("ljung_box_p", "number2"),
        )
        if name in found.figures
    ]
    if len(items) > 1:
        figures(items)
    if len(found.parameters):
        show_table(
            "forecast",
            found.parameters.rename(columns={"value": "estimate"}),
            key="forecast_parameters",
            styles={"estimate": "number2", "standard_error": "number2"},
        )
    tongue, colours = language(), palette()
    chart(
        pictures.residuals(found.residuals, tongue),
        key="forecast_residuals",
        alt=plain("forecast.arima.residuals_alt"),
        height=260,
    )
    sources = {
        "residuals": (found.acf, found.pacf),
        "series": (found.acf_series, found.pacf_series),
    }
    which = switch(
        "forecast.arima.which", list(sources), "forecast.arima.which_{}", key="forecast-acf"
    )
    for place, table, name in zip(
        st.columns(2, gap="large"), sources[which], ("acf", "pacf"), strict=True
    ):
        with place:
            title = plain(f"forecast.arima.{name}")
            chart(
                pictures.correlations(table, title, tongue, colours),
                key=f"forecast_{name}",
                alt=plain("forecast.arima.acf_alt", name=title),
                height=300,
            )
    st.caption(say("forecast.arima.help"))
