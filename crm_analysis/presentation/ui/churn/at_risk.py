"""At risk: who is leaving, with the reasons in a sentence, and the card of one of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    RiskCard,
    reasons_of,
    risk_card,
    rows_explained,
    what_if,
)
from crm_analysis.presentation.pictures import churn as pictures
from crm_analysis.presentation.ui import (
    Answer,
    downloads,
    figures,
    language,
    plain,
    run,
    say,
    show_table,
    widget_key,
)
from crm_analysis.presentation.ui.churn.settings import Prediction
from crm_analysis.presentation.ui.churn.words import (
    legible,
    titled,
    titled_chart,
)
from crm_analysis.presentation.ui.doors import doors
from crm_analysis.units import current_units

_EXPLAINED = 5_000  # customers whose reasons are put in words


def draw(prediction: Prediction) -> None:
    """How far down it pays to look, the list, and the card of the customer picked in it."""
    churn = prediction.churn.value
    left, right = st.columns(2, gap="large")
    with left:
        tenth = churn.curves.gain.loc[10, ["share", "captured"]].to_dict()
        is_sure = (churn.figures["lift_10_lo"] or 0.0) > 1
        key = "churn.page.gain" if is_sure else "churn.page.gain_chance"
        titled_chart(key, pictures.gain(churn, language()), "gain", **tenth)
    with right:
        people = prediction.people.value
        risk = people.loc[people["actionable"].astype(bool), "risk"]
        titled_chart(
            "churn.page.spread",
            pictures.risks(risk.to_numpy(), churn.threshold, language()),
            "risks",
            count=len(prediction.at_risk),
            customers=len(risk),
            threshold=churn.threshold,
        )
    if len(prediction.at_risk):
        _draw_list(prediction)
    else:
        st.info(say("churn.page.nobody"))


def _draw_list(prediction: Prediction) -> None:
    columns = {"customer": "customer", "risk": "risk"}
    if prediction.worth:
        columns[prediction.worth] = "worth"
    customers = prediction.at_risk[list(columns)].rename(columns=columns)
    shown = with_reasons(prediction, customers, maximum=1)
    st.caption(say("churn.page.pick"))
    rows = show_table(
        "churn",
        legible(shown),
        key=widget_key("churn", "at_risk"),
        styles={"risk": "percent", "worth": "number"},
        height=360,
        select=True,
    )
    downloads(
        "at_risk",
        titled(with_reasons(prediction, customers)),
        key=widget_key("churn", "at_risk_file"),
    )
    doors(
        plain("churn.page.at_risk_name", count=len(customers)),
        customers["customer"],
        key=widget_key("churn", "at_risk"),
    )
    if rows:
        draw_card(prediction, shown["customer"].iloc[rows[0]], tab="list")


def reasons(prediction: Prediction) -> Answer[pd.DataFrame]:
    """The strongest reasons why the customers likeliest to churn may, not why they may not."""
    rows = min(_EXPLAINED, rows_explained(prediction.churn.value.model))
    return run(reasons_of, prediction.churn, rows=rows, raising=True)


def with_reasons(
    prediction: Prediction, customers: pd.DataFrame, maximum: int | None = None
) -> pd.DataFrame:
    """The same as a line of text for each customer, column `reasons`.

    At most `maximum` reasons each. None: all.
    """
    texts = run(
        pictures.reason_texts,
        reasons(prediction),
        language(),
        prediction.from_orders,
        maximum,
        current_units(),
    ).value
    return customers.assign(
        reasons=customers["customer"].map(texts).fillna("").to_numpy()
    )


def draw_card(prediction: Prediction, customer: Any, *, tab: str) -> None:
    """The card of a customer; `tab` tells two cards on one page apart."""
    card = run(risk_card, prediction.churn, customer).value
    title = say("churn.customer_card.title", customer=str(customer), risk=card.risk)
    with st.container(border=True):
        st.markdown(f"##### {title}")
        left, right = st.columns(2, gap="large")
        with left:
            _draw_reasons(card, prediction.from_orders)
        with right:
            _draw_sliders(prediction, customer, card, tab)


def _draw_reasons(card: RiskCard, from_orders: bool) -> None:
    rows = card.reasons
    icons = {
        "up": ":material/arrow_upward:",
        "down": ":material/arrow_downward:",
    }
    for direction, icon in icons.items():
        these = rows[rows["direction"] == direction]
        if len(these):
            st.markdown(f"###### {say(f'churn.customer_card.{direction}')}")
        for row in these.to_dict("records"):
            text = pictures.reason_text(row, language(), from_orders)
            st.markdown(f"{icon} {say('churn.customer_card.reason', text=text)}")
    if len(rows):
        base, risk = (float(rows[name].iloc[0]) for name in ("base", "risk"))
        st.caption(say("retention.reason.base", base=base, risk=risk))
    st.markdown(f"###### {say('churn.customer_card.change')}")
    for row in card.changes.to_dict("records"):
        sentence = say(
            "retention.whatif.best",
            feature=pictures.feature_name(row["feature"], language(), from_orders),
            risk=row["risk"],
            points=-row["points"],
            before=_value(row, "value_before", "number_before"),
            after=_value(row, "value", "number"),
        )
        st.markdown(f"- {sentence}")
    if not len(card.changes):
        st.markdown(say("retention.whatif.none"))


def _value(row: dict[str, Any], text: str, number: str) -> str:
    if row["kind"] == "flag" and row[number] in (0.0, 1.0):
        return plain(
            "churn.customer_card.yes" if row[number] else "churn.customer_card.no"
        )
    return row[text] or plain("churn.picture.unknown")


def _draw_sliders(
    prediction: Prediction, customer: Any, card: RiskCard, tab: str
) -> None:
    """The customer with other values: the model predicts again, nothing is fitted."""
    st.markdown(f"###### {say('churn.customer_card.try')}")
    changes: dict[str, Any] = {}
    for feature in card.features.to_dict("records"):
        name = feature["feature"]
        now = card.values[name]
        key = widget_key("churn", "whatif", tab, name, customer)
        value = _draw_feature(feature, now, prediction.from_orders, key)
        if value is not None and value != now:
            changes[name] = value
    result = what_if(prediction.churn.value, customer, changes)
    after: dict[str, Any] = {"value": result.after, "style": "percent"}
    if changes:
        after |= {
            "delta": result.points / 100,
            "delta_style": "points",
            "delta_color": "inverse",
            "help": "churn.customer_card.points_help",
        }
    figures(
        [
            {
                "label": "churn.customer_card.before",
                "value": result.before,
                "style": "percent",
            },
            {"label": "churn.customer_card.after", **after},
        ]
    )
    st.caption(say("retention.whatif.caution"))


def _draw_feature(
    feature: dict[str, Any], now: Any, from_orders: bool, key: str
) -> Any:
    """The widget of one feature, and what it is set to; None: not known."""
    label = say(
        "churn.customer_card.label",
        name=pictures.feature_name(feature["feature"], language(), from_orders),
    )
    shared: dict[str, Any] = {"key": key, "persist_state": "session"}
    if feature["kind"] == "category":
        values = list(feature["values"])
        if not pd.isna(now) and now not in values:
            values = [now, *values]
        return st.selectbox(
            label,
            values,
            index=None if pd.isna(now) else values.index(now),
            placeholder=plain("churn.picture.unknown"),
            **shared,
        )
    if feature["kind"] == "flag":
        values = sorted({float(feature["low"]), float(feature["high"])})
        if set(values) <= {0.0, 1.0}:
            values = [0.0, 1.0]
        names = {value: f"{value:g}" for value in values}
        names |= {
            1.0: plain("churn.customer_card.yes"),
            0.0: plain("churn.customer_card.no"),
        }
        return st.segmented_control(
            label,
            values,
            default=None if pd.isna(now) or now not in values else float(now),
            format_func=names.__getitem__,
            **shared,
        )
    start = feature["middle"] if pd.isna(now) else now
    low = float(min(feature["low"], np.nan_to_num(now, nan=feature["low"])))
    high = float(max(feature["high"], np.nan_to_num(now, nan=feature["high"])))
    if feature["whole"]:
        start = int(start)
        chosen = st.slider(label, int(low), int(high), start, **shared)
    else:
        start = float(start)
        step = 10.0 ** np.floor(np.log10(max(high - low, 1e-9) / 50))
        chosen = st.slider(label, low, high, start, float(step), **shared)
    return None if pd.isna(now) and chosen == start else float(chosen)
