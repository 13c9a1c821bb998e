"""How far to trust it: models side by side, seasons, checks, intervals, the numbers of the fit."""

from __future__ import annotations

import streamlit as st

from crm_analysis.analyses.value import Value
from crm_analysis.numerals import month_of_year
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    language,
    notes,
    plain,
    said,
    say,
    show_table,
    widget_key,
)
from crm_analysis.presentation.ui.value import legible

_MODEL_COLUMNS = [
    "model",
    "chosen",
    "actual",
    "expected",
    "error",
    "mae",
    "rmse",
    "log_score",
]
_MODEL_STYLES = {
    "error": "percent",
    "mae": "number2",
    "rmse": "number2",
    "log_score": "number2",
}
_ICONS = {"ok": ":material/check_circle:", "warn": ":material/warning:"}


def trust(value: Value, asked: float) -> None:
    """Everything that says how sure the estimate is."""
    if len(value.by_frequency):
        _draw_classes(value)
        _draw_models(value)
    st.markdown(f"#### {say('value.checks.title')}")
    for check in value.checks:
        key, details = check.message
        st.markdown(f"{_ICONS[check.level]} {say(key, **details)}")
    if value.season["days"].sum() > 0:
        _draw_season(value)
    _draw_intervals(value, asked)
    _draw_parameters(value)
    notes(value.notes)


def _draw_classes(value: Value) -> None:
    table = value.by_frequency
    worst = table.loc[(table["expected"] - table["actual"]).abs().idxmax()]
    frequency = str(worst["frequency"])
    details = {
        "frequency": frequency,
        "count": int(frequency.rstrip("+")),
        "customers": int(worst["customers"]),
        "expected": float(worst["expected_each"]),
        "actual": float(worst["actual_each"]),
    }
    answer("value.classes.sentence", **details)
    chart(
        pictures.by_frequency(value, language()),
        key=widget_key("value", "classes"),
        alt=plain("value.classes.sentence", **details),
        height=360,
    )


def _draw_models(value: Value) -> None:
    models = value.models
    answer(
        "value.models.sentence",
        model=str(models.loc[models["chosen"], "model"].iloc[0]),
    )
    frame = models.assign(model=said(models["model"], "value.model.{}"))
    show_table(
        "value",
        legible(frame[_MODEL_COLUMNS]),
        key=widget_key("value", "models"),
        styles=_MODEL_STYLES,
    )
    st.caption(say("value.models.help"))


def _draw_season(value: Value) -> None:
    best = value.season.loc[value.season["multiplier"].idxmax()]
    details = {
        "month": month_of_year(int(best["month"]), language()),
        "times": float(best["multiplier"]),
    }
    answer(
        "value.season.used" if value.seasonal else "value.season.unused",
        **details,
    )
    chart(
        pictures.season(value, language()),
        key=widget_key("value", "season"),
        alt=plain("value.season.used", **details),
        height=320,
    )


def _draw_intervals(value: Value, asked: float) -> None:
    st.markdown(f"##### {say('value.intervals.title')}")
    measured = value.coverage["coverage"].notna().any()
    if measured:
        frame = value.coverage.replace(
            {"orders": {"all": plain("value.intervals.all")}}
        )
        show_table(
            "value",
            legible(frame.rename(columns={"orders": "orders_before"})),
            key=widget_key("value", "coverage"),
            styles=dict.fromkeys(
                ("level", "nominal_coverage", "coverage"), "percent"
            ),
        )
        everyone = value.coverage.set_index("orders").loc["all"]
        held = {"asked": asked, "coverage": float(everyone["coverage"])}
        st.markdown(say("value.intervals.measured", **held))
    else:
        st.markdown(say("value.intervals.unmeasured"))
    shares = value.spread_shares
    if shares is not None:
        st.markdown(say("value.intervals.parts", **shares))


def _draw_parameters(value: Value) -> None:
    st.markdown(f"##### {say('value.parameters.title', unit=value.unit)}")
    frame = value.parameters.assign(
        model=said(value.parameters["model"], "value.model.{}")
    )
    frame = frame.rename(columns={"value": "estimate"})
    frame = frame.replace({"standard_error": {float("inf"): float("nan")}})
    show_table(
        "value",
        frame.dropna(axis=1, how="all"),
        key=widget_key("value", "parameters"),
        styles={"estimate": "number2", "standard_error": "number2"},
    )
