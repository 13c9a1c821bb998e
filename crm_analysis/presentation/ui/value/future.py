"""The future: when value will come, from whom, and how far to trust it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.value import Value
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, notes, show_table
from crm_analysis.presentation.ui.session import language, plain, said, say
from crm_analysis.presentation.ui.value import legible, titled

_COLUMNS = (
    "customer",
    "value",
    "value_lo",
    "value_hi",
    "alive",
    "next_order",
    "expected_orders",
    "orders_lo",
    "orders_hi",
    "expected_spend",
    "expected_revenue",
    "orders",
    "silent_days",
    "revenue",
    "first",
    "last",
)
_STYLES = {
    "alive": "progress",
    "expected_orders": "number2",
    "orders_lo": "number",
    "orders_hi": "number",
}


def future(found: Value) -> None:
    """When it will come, and from whom."""
    curve = found.curve
    money = "value" in curve.columns
    column = "value" if money else "expected_orders"
    if len(curve) > 2 and curve[column].sum() > 0:
        best = curve.loc[curve[column].idxmax()]
        start = curve["date"].shift(1).fillna(pd.Timestamp(found.until)).loc[curve[column].idxmax()]
        details = {
            "measure": column,
            "share": float(best[column] / curve[column].sum()),
            "start": start.date().isoformat(),
            "end": best["date"].date().isoformat(),
        }
        first = float(curve[column].head(3).sum() / curve[column].sum())
        answer("value.ahead.sentence", **details, first=first, months=len(curve))
        chart(
            pictures.ahead(found, language()),
            key="value_ahead",
            alt=plain("value.ahead.sentence", **details, first=first, months=len(curve)),
            height=340,
        )
        st.caption(say("value.ahead.seasonal" if found.seasonal else "value.ahead.not_seasonal"))
    _draw_customers(found, column)


def _draw_customers(found: Value, column: str) -> None:
    """Customer by customer."""
    people = found.customers.sort_values(column, ascending=False, kind="stable", ignore_index=True)
    people = people.assign(
        orders=people["frequency"] + 1,
        silent_days=(pd.Timestamp(found.until) - people["last"]).dt.days,
    )
    shown = people[[name for name in _COLUMNS if name in people.columns]]
    top = max(1, len(shown) // 10)
    share = float(shown[column].head(top).sum() / max(float(shown[column].sum()), 1e-12))
    answer("value.people.sentence", top=top, share=share, measure=column)
    search = st.text_input(
        say("value.people.search"), key="value-search", persist_state="session", width=320
    )
    if search.strip():
        shown = shown[
            shown["customer"].astype(str).str.contains(search.strip(), case=False, regex=False)
        ]
    show_table("value", legible(shown), key="value_customers", styles=_STYLES, height=420)
    st.caption(say("value.people.help"))
    downloads("customer_value", titled(shown), key="value_customers_file")


def trust(found: Value) -> None:
    """How far to trust it: the models side by side, by frequency, the seasons, the checks, the intervals, the numbers of the fit."""
    if len(found.by_frequency):
        _draw_classes(found)
        _draw_models(found)
    st.markdown(f"#### {say('value.checks.title')}")
    for check in found.checks:
        st.markdown(
            f"{':material/check_circle:' if check.level == 'ok' else ':material/warning:'} {say(check.key, **check.details)}"
        )
    if found.season["days"].sum() > 0:
        _draw_season(found)
    _draw_intervals(found)
    st.markdown(f"##### {say('value.parameters.title', unit=found.unit)}")
    frame = found.parameters.assign(model=said(found.parameters["model"], "value.model.{}"))
    frame = (
        frame.rename(columns={"value": "estimate"})
        .replace({"standard_error": {float("inf"): float("nan")}})
        .dropna(axis=1, how="all")
    )
    show_table(
        "value",
        frame,
        key="value_parameters",
        styles={"estimate": "number2", "standard_error": "number2"},
    )
    notes(found.notes)


def _draw_classes(found: Value) -> None:
    table = found.by_frequency
    worst = table.loc[(table["expected"] - table["actual"]).abs().idxmax()]
    details = {
        "frequency": str(worst["frequency"]),
        "count": int(str(worst["frequency"]).rstrip("+")),
        "customers": int(worst["customers"]),
        "expected": float(worst["expected_each"]),
        "actual": float(worst["actual_each"]),
    }
    answer("value.classes.sentence", **details)
    chart(
        pictures.by_frequency(found, language()),
        key="value_classes",
        alt=plain("value.classes.sentence", **details),
        height=360,
    )


def _draw_models(found: Value) -> None:
    models = found.models
    chosen = models[models["chosen"]].iloc[0]
    answer("value.models.sentence", model=str(chosen["model"]))
    frame = models.assign(model=said(models["model"], "value.model.{}"))
    columns = ["model", "chosen", "actual", "expected", "error", "mae", "rmse", "log_score"]
    show_table(
        "value",
        legible(frame[columns]),
        key="value_models",
        styles={"error": "percent", "mae": "number2", "rmse": "number2", "log_score": "number2"},
    )
    st.caption(say("value.models.help"))


def _draw_season(found: Value) -> None:
    best = found.season.loc[found.season["multiplier"].idxmax()]
    details = {
        "month": pictures.month_name(int(best["month"]), language()),
        "times": float(best["multiplier"]),
    }
    answer("value.season.used" if found.seasonal else "value.season.unused", **details)
    chart(
        pictures.season(found, language()),
        key="value_season",
        alt=plain("value.season.used", **details),
        height=320,
    )


def _draw_intervals(found: Value) -> None:
    st.markdown(f"##### {say('value.intervals.title')}")
    measured = found.coverage["coverage"].notna().any()
    if measured:
        frame = found.coverage.replace({"orders": {"all": plain("value.intervals.all")}})
        show_table(
            "value",
            legible(frame.rename(columns={"orders": "orders_before"})),
            key="value_coverage",
            styles={"level": "percent", "nominal_coverage": "percent", "coverage": "percent"},
        )
    st.markdown(say("value.intervals.measured" if measured else "value.intervals.unmeasured"))
    parts = {name: found.equity[name] for name in ("sd_customers", "sd_parameters", "sd_model")}
    if parts["sd_customers"] is not None:
        total = sum(float(part or 0.0) ** 2 for part in parts.values()) or 1.0
        st.markdown(
            say(
                "value.intervals.parts",
                **{name: float(part or 0.0) ** 2 / total for name, part in parts.items()},
            )
        )
