"""The list of whom to contact, who must not be, and what a campaign brought."""

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
    plain,
    run,
    said,
    say,
    show_table,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.churn import campaign_outcome, customer_card
from crm_analysis.presentation.ui.churn.at_risk import reasons, with_reasons
from crm_analysis.presentation.ui.churn.settings import (
    Prediction,
    actionable,
    doubtful,
    offer,
    tried_before,
)
from crm_analysis.presentation.ui.churn.words import legible, titled
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles

_KIND, _NAME = "churn_suppression", "suppressed"
_OFFERED = 300
_TYPES = ["csv", "txt", "tsv", "xlsx", "xls"]


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


def suppressed(people: pd.DataFrame) -> list[str]:
    """The ids on the suppression list, uploaded as a file or chosen one by one.

    A file has a column of customers, or one id a line.
    """
    saved = workspace().saved_one(_KIND, _NAME)
    customers = (
        saved.frame("customers")["customer"].astype(str).tolist() if saved else []
    )
    with st.expander(say("churn.contact_list.suppressed", count=len(customers))):
        st.caption(say("churn.contact_list.suppressed_help"))
        left, right = st.columns(2, gap="large")
        with left:
            turn = st.session_state.get(widget_key("churn", "suppress_turn"), 0)
            upload = st.file_uploader(
                say("churn.contact_list.upload"),
                type=_TYPES,
                key=widget_key("churn", "suppress_file", turn),
                max_upload_size=20,
            )
            if upload is not None:
                st.session_state[widget_key("churn", "suppress_turn")] = turn + 1
                _keep([*customers, *_ids(upload.getvalue(), upload.name)])
        with right:
            riskiest = (
                people.sort_values("risk", ascending=False)["customer"]
                .astype(str)
                .head(_OFFERED)
                .tolist()
            )
            added = st.multiselect(
                say("churn.contact_list.by_hand"),
                [customer for customer in riskiest if customer not in set(customers)],
                key=widget_key("churn", "suppress", turn, len(customers)),
                accept_new_options=True,
                placeholder=plain("churn.contact_list.by_hand_hint"),
            )
            with st.container(horizontal=True):
                if st.button(
                    say("churn.contact_list.add"),
                    key=widget_key("churn", "suppress_add"),
                    disabled=not added,
                ):
                    _keep([*customers, *(customer.strip() for customer in added)])
                if customers and st.button(
                    say("churn.contact_list.take_back"),
                    key=widget_key("churn", "suppress_clear"),
                ):
                    workspace().forget(_KIND, _NAME)
                    st.rerun()
        if customers:
            st.dataframe(
                pd.DataFrame({plain("churn.column.customer"): customers}),
                key=widget_key("churn", "suppressed"),
                hide_index=True,
                height=160,
                alt=plain("frame.table_alt", rows=len(customers)),
            )
    return customers


def _keep(ids: list[str]) -> None:
    customers = list(dict.fromkeys(customer for customer in ids if customer))
    workspace().save(
        _KIND,
        _NAME,
        {"count": len(customers)},
        {"customers": pd.DataFrame({"customer": pd.Series(customers, dtype=object)})},
    )
    st.rerun()


def _ids(content: bytes, name: str) -> list[str]:
    """The ids in a file: of its customer column where one is recognised, else of its first."""
    raw = read_table(content, name=name)
    column = guess_roles(raw).columns.get("customer", raw.table.columns[0])
    ids = raw.table[column].dropna().astype(str).str.strip()
    first = str(column).strip()
    return [*([first] if _is_id(first, ids) else []), *ids[ids != ""].tolist()]


def _is_id(title: str, ids: pd.Series) -> bool:
    """Whether what was taken for the header is an id too: a file of ids alone has none."""
    return any(letter.isdigit() for letter in title) and len(title) in set(
        ids.str.len()
    )
