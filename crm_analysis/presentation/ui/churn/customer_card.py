"""One customer's card: the reasons in words, what would change the risk, and sliders to try."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    Churn,
    best_changes,
    changeable_features,
    customer_features,
    reasons_of,
    what_if,
)
from crm_analysis.presentation.pictures import churn as pictures
from crm_analysis.presentation.ui.blocks import figures
from crm_analysis.presentation.ui.churn.settings import Asked
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.run import run
from crm_analysis.presentation.ui.session import language, plain, say

__all__ = ["card"]

_SLIDERS = 6


def card(asked: Asked, customer: Any, *, place: str) -> None:
    """The card of a customer; `place` tells two cards on one page apart."""
    told = run(_about, asked.found, customer).value
    with st.container(border=True):
        st.markdown(
            f"##### {say('churn.customer_card.title', customer=str(customer), risk=told['risk'])}"
        )
        left, right = st.columns(2, gap="large")
        with left:
            _draw_reasons(told, asked.from_orders)
        with right:
            _draw_sliders(asked, customer, told, place)


def _about(found: Churn, customer: Any) -> dict[str, Any]:
    """All that a card tells: the risk, its reasons, the best single changes, what may be tried."""
    _, row = customer_features(found, customer)
    reasons = reasons_of(found, [customer], count=5)
    offered = changeable_features(found)
    offered = offered[offered["actionable"]]
    first = [name for name in reasons["feature"] if name in set(offered["feature"])]
    order = [*first, *(name for name in offered["feature"] if name not in first)][:_SLIDERS]
    return {
        "risk": what_if(found, customer, {}).before,
        "reasons": reasons,
        "changes": best_changes(found, customer).head(3),
        "offered": offered.set_index("feature").loc[order].reset_index(),
        "values": {name: row[name].iloc[0] for name in order},
    }


def _draw_reasons(told: dict[str, Any], from_orders: bool) -> None:
    rows = told["reasons"]
    for direction, icon in (
        ("up", ":material/arrow_upward:"),
        ("down", ":material/arrow_downward:"),
    ):
        these = rows[rows["direction"] == direction]
        if len(these):
            st.markdown(f"###### {say(f'churn.customer_card.{direction}')}")
        for row in these.to_dict("records"):
            text = pictures.reason_text(row, language(), from_orders)
            st.markdown(f"{icon} {say('churn.customer_card.reason', text=text)}")
    if len(rows):
        st.caption(
            say(
                "retention.reason.base",
                base=float(rows["base"].iloc[0]),
                risk=float(rows["risk"].iloc[0]),
            )
        )
    st.markdown(f"###### {say('churn.customer_card.change')}")
    for row in told["changes"].to_dict("records"):
        details = {
            "feature": pictures.feature_name(row["feature"], language(), from_orders),
            "risk": row["risk"],
            "points": -row["points"],
        }
        st.markdown(
            "- "
            + say(
                "retention.whatif.best",
                **details,
                before=_value(row, "value_before", "number_before"),
                after=_value(row, "value", "number"),
            )
        )
    if not len(told["changes"]):
        st.markdown(say("retention.whatif.none"))


def _value(row: dict[str, Any], text: str, number: str) -> str:
    if row["kind"] == "flag" and row[number] in (0.0, 1.0):
        return plain("churn.customer_card.yes" if row[number] else "churn.customer_card.no")
    return row[text] or plain("churn.picture.unknown")


def _draw_sliders(asked: Asked, customer: Any, told: dict[str, Any], place: str) -> None:
    """The customer with other values: the model is asked again, nothing is fitted."""
    st.markdown(f"###### {say('churn.customer_card.try')}")
    changes: dict[str, Any] = {}
    for one in told["offered"].to_dict("records"):
        name, now = one["feature"], told["values"][one["feature"]]
        value = _draw_one(
            one, now, asked.from_orders, widget_key("churn", "whatif", place, name, customer)
        )
        if value is not None and value != now:
            changes[name] = value
    found = what_if(asked.found.value, customer, changes)
    figures(
        [
            {"label": "churn.customer_card.before", "value": found.before, "style": "percent1"},
            {
                "label": "churn.customer_card.after",
                "value": found.after,
                "style": "percent1",
                **(
                    {
                        "delta": found.points,
                        "delta_style": "number1",
                        "delta_color": "inverse",
                        "help": "churn.customer_card.points_help",
                    }
                    if changes
                    else {}
                ),
            },
        ]
    )
    st.caption(say("retention.whatif.caution"))


def _draw_one(one: dict[str, Any], now: Any, from_orders: bool, key: str) -> Any:
    label = say(
        "churn.customer_card.label",
        name=pictures.feature_name(one["feature"], language(), from_orders),
    )
    shared: dict[str, Any] = {"key": key, "persist_state": "session"}
    if one["kind"] == "category":
        values = list(one["values"])
        values = values if pd.isna(now) or now in values else [now, *values]
        return st.selectbox(
            label,
            values,
            index=None if pd.isna(now) else values.index(now),
            placeholder=plain("churn.picture.unknown"),
            **shared,
        )
    if one["kind"] == "flag":
        names = {1.0: plain("churn.customer_card.yes"), 0.0: plain("churn.customer_card.no")}
        offered = (
            [0.0, 1.0]
            if {one["low"], one["high"]} <= {0.0, 1.0}
            else sorted({float(one["low"]), float(one["high"])})
        )
        names |= {value: f"{value:g}" for value in offered if value not in names}
        return st.segmented_control(
            label,
            offered,
            default=None if pd.isna(now) or now not in offered else float(now),
            format_func=names.__getitem__,
            **shared,
        )
    low, high = (
        float(min(one["low"], np.nan_to_num(now, nan=one["low"]))),
        float(max(one["high"], np.nan_to_num(now, nan=one["high"]))),
    )
    start = one["middle"] if pd.isna(now) else now
    if one["whole"]:
        chosen = st.slider(label, int(low), int(high), int(start), **shared)
        return None if pd.isna(now) and chosen == int(start) else float(chosen)
    step = 10.0 ** np.floor(np.log10(max(high - low, 1e-9) / 50))
    chosen = st.slider(label, low, high, float(start), float(step), **shared)
    return None if pd.isna(now) and chosen == float(start) else float(chosen)
