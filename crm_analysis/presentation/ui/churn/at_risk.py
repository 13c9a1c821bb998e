"""At risk: who is leaving, with the reasons in a sentence."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import reasons_of, rows_explained
from crm_analysis.presentation.pictures import churn as pictures
from crm_analysis.presentation.ui import (
    Answer,
    downloads,
    language,
    run,
    say,
    show_table,
    widget_key,
)
from crm_analysis.presentation.ui.churn import customer_card
from crm_analysis.presentation.ui.churn.settings import Prediction
from crm_analysis.presentation.ui.churn.words import (
    legible,
    titled,
    titled_chart,
)

_EXPLAINED = 5_000  # customers whose reasons are put in words


def draw(prediction: Prediction) -> None:
    """The list, the card of the customer picked in it, and how far down it pays to look."""
    if len(prediction.at_risk):
        _draw_list(prediction)
    else:
        st.info(say("churn.page.nobody"))
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
    if rows:
        customer_card.draw(prediction, shown["customer"].iloc[rows[0]], tab="list")


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
    ).value
    return customers.assign(
        reasons=customers["customer"].map(texts).fillna("").to_numpy()
    )
