"""The list of whom to contact and whom to leave alone, and what a campaign brought."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    RetentionList,
    RetentionListOptions,
    contact_columns,
    list_to_contact,
)
from crm_analysis.presentation.pictures.churn import feature_name
from crm_analysis.presentation.ui.blocks import answer, downloads, figures, notes, show_table
from crm_analysis.presentation.ui.churn import campaign_outcome
from crm_analysis.presentation.ui.churn.at_risk import reasons, with_reasons
from crm_analysis.presentation.ui.churn.customer_card import card
from crm_analysis.presentation.ui.churn.offer import actionable, doubtful, offer, tried_before
from crm_analysis.presentation.ui.churn.settings import Asked
from crm_analysis.presentation.ui.churn.suppression import suppressed
from crm_analysis.presentation.ui.churn.words import legible, titled
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import language, said, say

__all__ = ["draw"]


def draw(asked: Asked) -> None:
    """The offer, who is left out, the list, then campaigns of before."""
    money = offer(asked)
    people = actionable(asked)
    offered = [str(name) for name in people.value.columns if name not in ("customer", "risk")]
    names = {name: feature_name(name, language(), asked.from_orders) for name in offered}
    left, right = st.columns(2, gap="medium")
    options = controls(
        "churn",
        RetentionListOptions,
        key=widget_key("churn", "acting"),
        only=("holdout", "contact", "personal"),
        choices={"contact": offered},
        names={"contact": names.__getitem__},
        start=RetentionListOptions(contact=tuple(contact_columns(people.value)) or None),
        places={"holdout": left, "contact": right},
    )
    stopped = suppressed(people.value)
    previous = campaign_outcome.last_list()
    found = run(
        list_to_contact,
        people,
        money,
        options,
        reasons=reasons(asked),
        suppressed=tuple(stopped),
        previous=previous,
    ).value
    _draw_headline(found, previous)
    doubt = doubtful(tried_before(asked, money))
    if doubt and len(found.table):
        st.warning(say("churn.contact_list.doubtful", **doubt), icon="⚠️")
    table = _worded(asked, found)
    st.caption(say("churn.contact_list.pick"))
    shown = table.drop(columns=["reasons", "cost"])  # the card tells them, and the file
    rows = show_table(
        "churn",
        legible(shown),
        key=widget_key("churn", "list"),
        styles={"risk": "percent", "risk_before": "percent"},
        height=420,
        select=True,
    )
    downloads("churn_list", titled(table, asked.from_orders), key=widget_key("churn", "list_file"))
    if rows:
        card(asked, table["customer"].iloc[rows[0]], place="contact_list")
    notes(found.notes)
    campaign_outcome.keep_list(found, asked.kind)
    campaign_outcome.outcomes()


def _draw_headline(found: RetentionList, previous: Answer[pd.DataFrame] | None) -> None:
    told = found.summary()
    answer(
        "churn.contact_list.sentence",
        contact=told["contact"],
        holdout=told["holdout"],
        profit=told["profit"],
    )
    items: list[dict[str, Any]] = [
        {"label": "churn.figure.contact", "value": told["contact"]},
        {
            "label": "churn.figure.holdout",
            "value": told["holdout"],
            "help": "churn.figure_help.holdout",
        },
        {
            "label": "churn.figure.profit",
            "value": told["profit"],
            "help": "churn.figure_help.profit",
        },
        {"label": "churn.figure.cost", "value": told["cost"], "help": "churn.figure_help.cost"},
    ]
    if previous is not None:
        items += [
            {"label": "churn.figure.new", "value": told["new"], "help": "churn.figure_help.new"},
            {
                "label": "churn.figure.dropped",
                "value": told["dropped"],
                "help": "churn.figure_help.dropped",
            },
        ]
    figures(items)


def _worded(asked: Asked, found: RetentionList) -> pd.DataFrame:
    """The list as it is read: codes as words, the reasons in a line."""
    table = with_reasons(asked, found.table.drop(columns=["feature", "points"]))
    table = table.assign(
        group=said(table["group"], "retention.group.{}"),
        action=said(table["action"], "retention.action.{}"),
        touch=said(table["touch"], "retention.touch.{}"),
    )
    told = [
        "risk",
        "value",
        "expected_profit",
        *(["new", "risk_before"] if "new" in table.columns else []),
        "group",
        "action",
        "touch",
        "reasons",
        "cost",
    ]
    contact = [name for name in table.columns if name not in ("position", "customer", *told)]
    return table[["position", "customer", *contact, *told]]
