"""Lists that were acted on: saved with their hold-out group, measured when the outcome is known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    CampaignOutcome,
    RetentionList,
    find_target,
    measure_campaign,
)
from crm_analysis.presentation.pictures import retention as retention_pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    downloads,
    figures,
    language,
    notes,
    plain,
    run,
    said,
    say,
    show_table,
    table,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.churn.words import titled

_KIND = "churn_campaign"


def last_list() -> Answer[pd.DataFrame] | None:
    """The newest list kept: who was on it, with the risk of then."""
    campaigns = workspace().saved(_KIND)
    return _list_of(campaigns[-1]) if campaigns else None


def _list_of(campaign: Any) -> Answer[pd.DataFrame]:
    return Answer(
        campaign.frame("list"),
        f"{_KIND} {campaign.name} {campaign.changed.isoformat()}",
    )


def keep_list(contacts: RetentionList, kind: str) -> None:
    """Save this list as a campaign, to compare the next with it and to measure what it brought."""
    st.markdown(f"##### {say('churn.contact_list.keep_title')}")
    st.caption(say("churn.contact_list.keep_help"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            say("churn.contact_list.name"),
            plain("churn.contact_list.name_of", date=date.today().isoformat()),
            key=widget_key("churn", "campaign_name"),
            max_chars=60,
            width=320,
        )
        if st.button(
            say("churn.contact_list.keep"),
            key=widget_key("churn", "campaign_keep"),
            disabled=not name.strip() or not len(contacts.table),
        ):
            workspace().save(
                _KIND,
                name.strip(),
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
            st.toast(say("churn.contact_list.kept", name=name.strip()))


def outcomes() -> None:
    """What a campaign brought, once a later table says who has left since."""
    campaigns = {saved.name: saved for saved in reversed(workspace().saved(_KIND))}
    if not campaigns:
        return
    st.markdown(f"##### {say('churn.contact_list.measure_title')}")
    left, right = st.columns(2, gap="medium")
    name = left.selectbox(
        say("churn.contact_list.campaign"),
        list(campaigns),
        key=widget_key("churn", "campaign"),
        persist_state="session",
    )
    tables = [saved.name for saved in workspace().tables() if saved.kind == "customers"]
    if not tables:
        st.info(say("churn.contact_list.no_outcomes"))
        return
    source = right.selectbox(
        say("churn.contact_list.outcomes"),
        tables,
        key=widget_key("churn", "outcomes"),
        help=say("churn.contact_list.outcomes_help"),
        persist_state="session",
    )
    st.caption(
        say(
            "churn.contact_list.made",
            date=campaigns[name].payload["made"],
            customers=len(campaigns[name].frame("list")),
        )
    )
    if st.toggle(
        say("churn.contact_list.measure"),
        key=widget_key("churn", "measure_campaign"),
        persist_state="session",
    ):
        _draw_outcome(run(_outcome, _list_of(campaigns[name]), table(source)).value)
    if st.button(
        say("churn.contact_list.forget", name=name),
        key=widget_key("churn", "campaign_forget"),
    ):
        workspace().forget(_KIND, name)
        st.rerun()


def _outcome(contacts: pd.DataFrame, people: pd.DataFrame) -> CampaignOutcome:
    return measure_campaign(
        contacts,
        pd.DataFrame(
            {"customer": people["customer"], "churned": find_target(people).churned}
        ),
    )


def _draw_outcome(outcome: CampaignOutcome) -> None:
    summary = outcome.summary()
    key, details = outcome.notes[0]
    answer(key, **details)
    notes(outcome.notes[1:])
    figures(
        [
            {
                "label": "churn.figure.uplift",
                "value": 100 * (summary["uplift"] or 0.0),
                "style": "number1",
                "help": "churn.figure_help.uplift",
            },
            {
                "label": "churn.figure.kept_more",
                "value": summary["retained"],
                "style": "number1",
            },
            *(
                [
                    {
                        "label": "churn.figure.gain",
                        "value": summary["gain"],
                        "help": "churn.figure_help.gain",
                    }
                ]
                if summary["gain"] is not None
                else []
            ),
        ]
    )
    chart(
        retention_pictures.campaign(outcome.groups, language()),
        key=widget_key("churn", "campaign_groups"),
        alt=plain(key, **details),
        height=220,
    )
    shown = outcome.groups.rename(
        columns={
            "rate": "churn_rate",
            "lo": "churn_rate_lo",
            "hi": "churn_rate_hi",
        }
    ).assign(group=said(outcome.groups["group"], "retention.group.{}"))
    show_table(
        "churn",
        shown,
        key=widget_key("churn", "campaign_table"),
        styles=dict.fromkeys(
            ("churn_rate", "churn_rate_lo", "churn_rate_hi"), "percent"
        ),
    )
    downloads("campaign", titled(shown), key=widget_key("churn", "campaign_file"))
