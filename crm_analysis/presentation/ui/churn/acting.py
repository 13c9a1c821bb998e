"""Act: the list of whom to contact and whom to leave alone, who must not be contacted, and what a campaign brought."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn.retention.campaign import MoneyOptions
from crm_analysis.analyses.churn.retention.contact_list import (
    RetentionList,
    RetentionListOptions,
    contact_columns,
    list_to_contact,
)
from crm_analysis.presentation.pictures.churn import feature_name
from crm_analysis.presentation.ui.blocks import answer, downloads, figures, notes, show_table
from crm_analysis.presentation.ui.churn import campaigns
from crm_analysis.presentation.ui.churn.atrisk import reasons, with_reasons
from crm_analysis.presentation.ui.churn.card import card
from crm_analysis.presentation.ui.churn.offer import actionable, doubtful, offer, tried_before
from crm_analysis.presentation.ui.churn.settings import Asked
from crm_analysis.presentation.ui.churn.suppression import suppressed
from crm_analysis.presentation.ui.churn.words import legible, titled
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import language, said, say

__all__ = ["act"]


def act(asked: Asked) -> None:
    """The offer, who is left out, the list, then campaigns of before."""
    money = offer(asked)
    people = actionable(asked)
    offered = [str(name) for name in people.value.columns if name not in ("customer", "risk")]
    names = {name: feature_name(name, language(), asked.from_orders) for name in offered}
    left, right = st.columns(2, gap="medium")
    options = controls(
        "churn",
        RetentionListOptions,
        key="churn-acting",
        only=("holdout", "contact", "personal"),
        choices={"contact": offered},
        names={"contact": names.__getitem__},
        start=RetentionListOptions(contact=tuple(contact_columns(people.value)) or None),
        places={"holdout": left, "contact": right},
    )
    stopped = suppressed(people.value)
    previous = campaigns.last_list()
    found = run(
        _listed, people, reasons(asked), money, options, stopped, *([previous] if previous else [])
    ).value
    _draw_headline(found, previous)
    doubt = doubtful(tried_before(asked, money))
    if doubt and len(found.table):
        st.warning(say("churn.act.doubtful", **doubt), icon="⚠️")
    table = _worded(asked, found)
    st.caption(say("churn.act.pick"))
    shown = table.drop(columns=["reasons", "cost"])  # the card tells them, and the file
    rows = show_table(
        "churn",
        legible(shown),
        key="churn_list",
        styles={"risk": "percent", "risk_before": "percent"},
        height=420,
        select=True,
    )
    downloads("churn_list", titled(table, asked.from_orders), key="churn_list_file")
    if rows:
        card(asked, table["customer"].iloc[rows[0]], place="act")
    notes(found.notes)
    campaigns.keep_list(found, asked.kind)
    campaigns.outcomes()


def _listed(
    people: pd.DataFrame,
    why: pd.DataFrame,
    money: MoneyOptions,
    options: RetentionListOptions,
    stopped: list[str],
    previous: pd.DataFrame | None = None,
) -> RetentionList:
    return list_to_contact(
        people, money, options, reasons=why, suppressed=stopped, previous=previous
    )


def _draw_headline(found: RetentionList, previous: Answer[pd.DataFrame] | None) -> None:
    told = found.summary()
    answer(
        "churn.act.sentence",
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
                "label": "churn.figure.gone",
                "value": told["dropped"],
                "help": "churn.figure_help.gone",
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
