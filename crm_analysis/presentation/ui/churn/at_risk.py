"""At risk: who is leaving, with the reasons in a sentence."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import Churn, reasons_of, rows_explained
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.presentation.pictures import churn as pictures
from crm_analysis.presentation.ui.blocks import chart, downloads, show_table
from crm_analysis.presentation.ui.churn import customers_at_risk
from crm_analysis.presentation.ui.churn.customer_card import card
from crm_analysis.presentation.ui.churn.settings import Asked
from crm_analysis.presentation.ui.churn.words import legible, titled
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import language, plain, say

__all__ = ["draw", "reasons", "with_reasons"]

_EXPLAINED = 5_000  # customers whose reasons are put in words


def draw(asked: Asked) -> None:
    """The list, the card of the customer picked in it, and how far down it pays to look."""
    named = customers_at_risk(asked)
    found = asked.found.value
    if len(named):
        listed = named[["customer", "risk", *([asked.worth] if asked.worth else [])]].rename(
            columns={asked.worth: "worth"} if asked.worth else {}
        )
        shown = with_reasons(asked, listed, most=1)
        st.caption(say("churn.page.pick"))
        styles = {"risk": "percent", "worth": "number"}
        rows = show_table(
            "churn",
            legible(shown),
            key=widget_key("churn", "at_risk"),
            styles=styles,
            height=360,
            select=True,
        )
        downloads(
            "at_risk", titled(with_reasons(asked, listed)), key=widget_key("churn", "at_risk_file")
        )
        if rows:
            card(asked, shown["customer"].iloc[rows[0]], place="list")
    else:
        st.info(say("churn.page.nobody"))
    left, right = st.columns(2, gap="large")
    with left:
        tenth = found.curves.gain.loc[10]
        lift = found.figures["lift_10_lo"]
        key, shares = (
            "churn.page.gain" if lift is not None and lift > 1 else "churn.page.gain_chance",
            {name: float(tenth[name]) for name in ("share", "captured")},
        )
        st.markdown(f"##### {say(key, **shares)}")
        chart(
            pictures.gain(found, language()),
            key=widget_key("churn", "gain"),
            alt=plain(key, **shares),
            height=360,
        )
    with right:
        people = asked.people.value
        here = people.loc[people["actionable"].astype(bool), "risk"]
        details = {"count": len(named), "customers": len(here), "threshold": found.threshold}
        st.markdown(f"##### {say('churn.page.spread', **details)}")
        chart(
            pictures.risks(here.to_numpy(), found.threshold, language()),
            key=widget_key("churn", "risks"),
            alt=plain("churn.page.spread", **details),
            height=360,
        )


def reasons(asked: Asked) -> Answer[pd.DataFrame]:
    """The strongest reasons why the customers likeliest to churn may, not why they may not."""
    return run(_reasons, asked.found)


def _reasons(found: Churn, progress: Progress = no_progress) -> pd.DataFrame:
    return reasons_of(
        found, rows=min(_EXPLAINED, rows_explained(found.model)), raising=True, progress=progress
    )


def with_reasons(asked: Asked, customers: pd.DataFrame, most: int | None = None) -> pd.DataFrame:
    """The same as a line of text for each customer, column `reasons`.

    `most`: as many as there is room for.
    """
    told = run(pictures.reason_texts, reasons(asked), language(), asked.from_orders, most).value
    return customers.assign(reasons=customers["customer"].map(told).fillna("").to_numpy())
