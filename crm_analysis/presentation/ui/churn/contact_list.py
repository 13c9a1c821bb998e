"""The list of whom to contact, who must not be, and what lists that were acted on brought."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    RetentionList,
    RetentionListOptions,
    contact_columns,
    find_target,
    list_to_contact,
)
from crm_analysis.analyses.engagement import CampaignResult, measure_campaign
from crm_analysis.presentation.pictures import retention as retention_pictures
from crm_analysis.presentation.pictures.churn import feature_name
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    controls,
    downloads,
    figures,
    language,
    name_to_keep,
    notes,
    plain,
    run,
    said,
    say,
    show_table,
    starred,
    table,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.churn.at_risk import (
    draw_card,
    reasons,
    with_reasons,
)
from crm_analysis.presentation.ui.churn.settings import (
    Prediction,
    actionable,
    doubtful,
    offer,
    tried_before,
)
from crm_analysis.presentation.ui.churn.words import legible, titled
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles

_KIND, _NAME = "churn_suppression", "suppressed"
_OFFERED = 300
_CAMPAIGN = "churn_campaign"


def draw(prediction: Prediction) -> None:
    """The offer, who is left out, the list, then campaigns of before."""
    money = offer(prediction)
    people = actionable(prediction)
    offered = [
        str(name)
        for name in people.value.columns
        if name not in ("customer", "risk")
    ]
    names = {
        name: feature_name(name, language(), prediction.from_orders)
        for name in offered
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
    previous = last_list()
    asked = run(
        list_to_contact,
        people,
        money,
        options,
        reasons=reasons(prediction),
        suppressed=tuple(suppressed_customers),
        previous=previous,
    )
    contacts = asked.value
    with starred(asked):
        _draw_headline(contacts, previous)
    doubt = doubtful(tried_before(prediction, money))
    if doubt and len(contacts.table):
        st.warning(say("churn.contact_list.doubtful", **doubt), icon="⚠️")
    table = _worded(prediction, contacts)
    st.caption(say("churn.contact_list.pick"))
    shown = table.drop(
        columns=["reasons", "cost"]
    )  # the card tells them, and the file
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
        draw_card(prediction, table["customer"].iloc[rows[0]], tab="contact_list")
    notes(contacts.notes)
    keep_list(contacts, prediction.kind)
    outcomes()


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
    table = with_reasons(
        prediction, contacts.table.drop(columns=["feature", "points"])
    )
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
                type=["csv", "txt", "tsv", "xlsx", "xls"],
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
                [
                    customer
                    for customer in riskiest
                    if customer not in set(customers)
                ],
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
        {
            "customers": pd.DataFrame(
                {"customer": pd.Series(customers, dtype=object)}
            )
        },
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


def last_list() -> Answer[pd.DataFrame] | None:
    """The newest list kept: who was on it, with the risk of then."""
    campaigns = workspace().saved(_CAMPAIGN)
    return _list_of(campaigns[-1]) if campaigns else None


def _list_of(campaign: Any) -> Answer[pd.DataFrame]:
    return Answer(
        campaign.frame("list"),
        f"{_CAMPAIGN} {campaign.name} {campaign.changed.isoformat()}",
    )


def keep_list(contacts: RetentionList, kind: str) -> None:
    """Save this list as a campaign, to compare the next with it and to measure what it brought."""
    st.markdown(f"##### {say('churn.contact_list.keep_title')}")
    st.caption(say("churn.contact_list.keep_help"))
    if name := name_to_keep(
        "churn.contact_list.name",
        "churn.contact_list.keep",
        (
            widget_key("churn", "campaign_name"),
            widget_key("churn", "campaign_keep"),
        ),
        start=plain("churn.contact_list.name_of", date=date.today().isoformat()),
        ready=len(contacts.table) > 0,
    ):
        workspace().save(
            _CAMPAIGN,
            name,
            {
                "made": date.today().isoformat(),
                "kind": kind,
                "money": contacts.money.to_dict(),
            },
            {
                "list": contacts.table[
                    ["customer", "group", "risk", "value", "cost", "action"]
                ]
            },
        )
        st.toast(say("churn.contact_list.kept", name=name))


def outcomes() -> None:
    """What a campaign brought, once a later table says who has left since."""
    campaigns = {
        saved.name: saved for saved in reversed(workspace().saved(_CAMPAIGN))
    }
    if not campaigns:
        return
    st.markdown(f"##### {say('churn.contact_list.measure_title')}")
    left, right = st.columns(2, gap="medium")
    name = remembered(
        left.selectbox,
        say("churn.contact_list.campaign"),
        list(campaigns),
        key=widget_key("churn", "campaign"),
    )
    tables = [
        saved.name for saved in workspace().tables() if saved.kind == "customers"
    ]
    if not tables:
        st.info(say("churn.contact_list.no_outcomes"))
        return
    source = remembered(
        right.selectbox,
        say("churn.contact_list.outcomes"),
        tables,
        key=widget_key("churn", "outcomes"),
        help=say("churn.contact_list.outcomes_help"),
    )
    st.caption(
        say(
            "churn.contact_list.made",
            date=campaigns[name].payload["made"],
            customers=len(campaigns[name].frame("list")),
        )
    )
    if remembered(
        st.toggle,
        say("churn.contact_list.measure"),
        key=widget_key("churn", "measure_campaign"),
    ):
        _draw_outcome(run(_outcome, _list_of(campaigns[name]), table(source)).value)
    if st.button(
        say("churn.contact_list.forget", name=name),
        key=widget_key("churn", "campaign_forget"),
    ):
        workspace().forget(_CAMPAIGN, name)
        st.rerun()


def _outcome(contacts: pd.DataFrame, people: pd.DataFrame) -> CampaignResult:
    return measure_campaign(
        contacts,
        pd.DataFrame(
            {"customer": people["customer"], "churned": find_target(people).churned}
        ),
    )


def _draw_outcome(outcome: CampaignResult) -> None:
    summary = outcome.summary()
    key, details = outcome.verdict
    answer(key, **details)
    notes(outcome.notes)
    items: list[dict[str, Any]] = [
        {
            "label": "churn.figure.uplift",
            "value": details["points"],
            "style": "number1",
            "help": "churn.figure_help.uplift",
        },
        {
            "label": "churn.figure.kept_more",
            "value": summary["customers_more"],
            "style": "number1",
        },
    ]
    if summary["profit"] is not None:
        items.append(
            {
                "label": "churn.figure.gain",
                "value": summary["profit"],
                "help": "churn.figure_help.gain",
            }
        )
    figures(items)
    groups = _churn_of(outcome.arms)
    chart(
        retention_pictures.campaign(groups, language()),
        key=widget_key("churn", "campaign_groups"),
        alt=plain(key, **details),
        height=220,
    )
    shown = groups.assign(group=said(groups["group"], "retention.group.{}"))
    show_table(
        "churn",
        shown,
        key=widget_key("churn", "campaign_table"),
        styles=dict.fromkeys(
            ("churn_rate", "churn_rate_lo", "churn_rate_hi"), "percent"
        ),
    )
    downloads("campaign", titled(shown), key=widget_key("churn", "campaign_file"))


def _churn_of(arms: pd.DataFrame) -> pd.DataFrame:
    """Of each group how many left: those who were not retained."""
    return pd.DataFrame(
        {
            "group": arms["arm"].replace("treated", "contact"),
            "customers": arms["customers"],
            "known": arms["known"],
            "churned": arms["known"] - arms["responded"],
            "churn_rate": 1 - arms["rate"],
            "churn_rate_lo": 1 - arms["hi"],
            "churn_rate_hi": 1 - arms["lo"],
        }
    )
