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
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    controls,
    downloads,
    figures,
    language,
    notes,
    run,
    said,
    say,
    show_table,
    widget_key,
)
from crm_analysis.presentation.ui.churn import campaign_outcome, customer_card
from crm_analysis.presentation.ui.churn.at_risk import reasons, with_reasons
from crm_analysis.presentation.ui.churn.offer import (
    actionable,
    doubtful,
    offer,
    tried_before,
)
from crm_analysis.presentation.ui.churn.settings import Prediction
from crm_analysis.presentation.ui.churn.suppression import suppressed
from crm_analysis.presentation.ui.churn.words import legible, titled


def draw(prediction: Prediction) -> None:
    """The offer, who is left out, the list, then campaigns of before."""
    money = offer(prediction)
    people = actionable(prediction)
    offered = [
        str(name) for name in people.value.columns if name not in ("customer", "risk")
    ]
    names = {
        name: feature_name(name, language(), prediction.from_orders) for name in offered
    }
    left, right = st.columns(2, gap="medium")
    options = controls(
        "churn",
        RetentionListOptions,
        key=widget_key("churn", "acting"),
        only=("holdout", "contact", "personal"),
        choices={"contact": offered},
        names={"contact": names.__getitem__},
        start=RetentionListOptions(
            contact=tuple(contact_columns(people.value)) or None
        ),
        places={"holdout": left, "contact": right},
    )
    suppressed_customers = suppressed(people.value)
    previous = campaign_outcome.last_list()
    contacts = run(
        list_to_contact,
        people,
        money,
        options,
        reasons=reasons(prediction),
        suppressed=tuple(suppressed_customers),
        previous=previous,
    ).value
    _draw_headline(contacts, previous)
    doubt = doubtful(tried_before(prediction, money))
    if doubt and len(contacts.table):
        st.warning(say("churn.contact_list.doubtful", **doubt), icon="⚠️")
    table = _worded(prediction, contacts)
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
    downloads(
        "churn_list",
        titled(table, prediction.from_orders),
        key=widget_key("churn", "list_file"),
    )
    if rows:
        customer_card.draw(
            prediction, table["customer"].iloc[rows[0]], tab="contact_list"
        )
    notes(contacts.notes)
    campaign_outcome.keep_list(contacts, prediction.kind)
    campaign_outcome.outcomes()


def _draw_headline(
    contacts: RetentionList, previous: Answer[pd.DataFrame] | None
) -> None:
    summary = contacts.summary()
    answer(
        "churn.contact_list.sentence",
        contact=summary["contact"],
        holdout=summary["holdout"],
        profit=summary["profit"],
    )
    items: list[dict[str, Any]] = [
        {"label": "churn.figure.contact", "value": summary["contact"]},
        {
            "label": "churn.figure.holdout",
            "value": summary["holdout"],
            "help": "churn.figure_help.holdout",
        },
        {
            "label": "churn.figure.profit",
            "value": summary["profit"],
            "help": "churn.figure_help.profit",
        },
        {
            "label": "churn.figure.cost",
            "value": summary["cost"],
            "help": "churn.figure_help.cost",
        },
    ]
    if previous is not None:
        items += [
            {
                "label": "churn.figure.new",
                "value": summary["new"],
                "help": "churn.figure_help.new",
            },
            {
                "label": "churn.figure.dropped",
                "value": summary["dropped"],
                "help": "churn.figure_help.dropped",
            },
        ]
    figures(items)


def _worded(prediction: Prediction, contacts: RetentionList) -> pd.DataFrame:
    """The list as it is read: codes as words, the reasons in a line."""
    table = with_reasons(prediction, contacts.table.drop(columns=["feature", "points"]))
    table = table.assign(
        group=said(table["group"], "retention.group.{}"),
        action=said(table["action"], "retention.action.{}"),
        touch=said(table["touch"], "retention.touch.{}"),
    )
    computed = [
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
    contact = [
        name
        for name in table.columns
        if name not in ("position", "customer", *computed)
    ]
    return table[["position", "customer", *contact, *computed]]
