"""Looking at the people in the segments: members, one customer's card, movement between two days, two runs side by side."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.customers import customer_card
from crm_analysis.analyses.segments import Movement, Segments, compare, movement_between
from crm_analysis.presentation.pictures import segments as pictures
from crm_analysis.presentation.ui.blocks import chart, downloads, figures, show_table
from crm_analysis.presentation.ui.run import Answer, run, table
from crm_analysis.presentation.ui.segments.changes import pin_button
from crm_analysis.presentation.ui.session import language, palette, plain, say, workspace


def members(found: Segments, original: str, kind: str) -> None:
    """The customers of the segments chosen, to filter and download; a row selected opens the customer's card."""
    names = pictures.names_of(found, language())
    picked = st.multiselect(
        say("segments.members_of"),
        list(names),
        format_func=names.__getitem__,
        key="segments-members",
        placeholder=plain("frame.filter.all"),
        persist_state="session",
    )
    search = st.text_input(say("segments.search"), key="segments-search", persist_state="session")
    people = found.customers
    if picked:
        people = people[people["segment"].isin(picked)]
    if search.strip():
        people = people[
            people["customer"].astype(str).str.contains(search.strip(), case=False, regex=False)
        ]
    titled = pictures.titled(
        found, people, language(), own=("customer", "r_score", "f_score", "m_score")
    )
    st.caption(say("segments.members_help", count=len(people)))
    rows = show_table("", titled, key="segments_members", height=360, select=True)
    downloads("segments", titled, key="segments_members_file")
    if rows:
        card(found, original, kind, str(people.iloc[rows[0]]["customer"]))


def card(found: Segments, original: str, kind: str, customer: str) -> None:
    """One customer's card: history, running total and mean, returns, usual gap, products."""
    told = run(customer_card, table(kind, lazy=True, every_segment=True), customer).value
    with st.container(border=True):
        st.markdown(f"##### {say('segments.card_title', customer=customer)}")
        pin_button(found, original, customer)
        if told.history.empty:
            facts = pd.DataFrame(
                {
                    "feature": list(told.facts),
                    "level": ["" if value is None else str(value) for value in told.facts.values()],
                }
            )
            show_table("segments", facts, key="card_facts")
            return
        facts = told.facts
        figures(
            [
                {"label": "segments.feature.frequency", "value": facts["orders"]},
                {"label": "segments.feature.monetary", "value": facts["total"]},
                {"label": "segments.feature.recency", "value": facts["recency"]},
                {"label": "segments.usual_gap", "value": facts["usual_gap"]},
                {
                    "label": "segments.feature.return_share",
                    "value": facts["return_share"],
                    "style": "percent",
                },
            ]
        )
        left, right = st.columns(2, gap="medium")
        with left:
            if told.history["amount"].notna().any():
                st.markdown(f"###### {say('segments.running')}")
                chart(
                    pictures.curve(told.history, language()),
                    key="card_curve",
                    alt=plain("segments.running"),
                    height=300,
                )
            show_table("segments", told.history, key="card_history", height=240)
        with right:
            st.markdown(f"###### {say('segments.bought')}")
            show_table("segments", told.products, key="card_products", height=300)
            if len(told.returns):
                st.markdown(f"###### {say('segments.returned', count=len(told.returns))}")
                show_table("segments", told.returns, key="card_returns", height=200)


def movement(found: Answer[Segments]) -> None:
    """Who went from which segment to which between two days: both days by the segments that the page shows, changes by hand included."""
    orders = table("transactions", lazy=True, every_segment=True)
    first, last = run(_days, orders).value
    earlier = max(first + (last - first) / 2, last - datetime.timedelta(days=90))
    with st.container(horizontal=True):
        start = st.date_input(
            say("segments.first_day"),
            earlier,
            min_value=first,
            max_value=last,
            key="segments-first_day",
            format="YYYY-MM-DD",
            persist_state="session",
            width=220,
        )
        end = st.date_input(
            say("segments.second_day"),
            last,
            min_value=first,
            max_value=last,
            key="segments-second_day",
            format="YYYY-MM-DD",
            persist_state="session",
            width=220,
        )
    moved = run(_moved, orders, start.isoformat(), end.isoformat(), found).value
    told = moved.summary()
    st.markdown(
        f"##### {say('segments.moved_title', moved=told['moved'], stayed=told['stayed'], new=told['new'])}"
    )
    st.caption(say("segments.moved_help"))
    frame = moved.flow.assign(
        **{
            side: moved.flow[side].map(
                {label: plain(key, **details) for label, (key, details) in moved.names.items()}
            )
            for side in ("from", "to")
        }
    )
    chart(
        pictures.flow(frame, (start.isoformat(), end.isoformat()), palette()),
        key="segments_flow",
        alt=plain("segments.flow_alt"),
        height=520,
    )
    show_table("segments", frame, key="segments_moves")
    downloads("movement", frame, key="segments_moves_file")


def _moved(orders: Any, start: str, end: str, found: Segments) -> Movement:
    return movement_between(orders, start, end, segments=found)


def _days(orders: Any) -> tuple[datetime.date, datetime.date]:
    row = orders.aggregate(first=orders.date.min(), last=orders.date.max()).execute().iloc[0]
    return row["first"].date(), row["last"].date()


def _numbers(found: Segments) -> list[int]:
    """The numbers of segments to compare with: those that were tried, or, of a reopened segmentation, those that may be."""
    tried = [int(clusters) for clusters in found.quality["clusters"]]
    return tried if len(tried) > 1 else [*range(2, min(13, len(found.customers)))]


def side_by_side(
    found: Answer[Segments], segments_of: Callable[[int | str], Answer[Segments]]
) -> None:
    """This run beside another: another number of segments, or a saved segmentation."""
    saved = [one.name for one in workspace().saved("segmentation")]
    others = _numbers(found.value) if hasattr(found.value.options, "clusters") else []
    offered: list[Any] = [*others, *saved]
    if not offered:
        st.caption(say("segments.nothing_to_compare"))
        return
    which = st.selectbox(
        say("segments.compare_with"),
        offered,
        index=others.index(now + 1)
        if (now := int(found.value.summary()["segments"] or 0)) + 1 in others
        else 0,
        format_func={
            one: plain("segments.with_clusters", clusters=one) if isinstance(one, int) else one
            for one in offered
        }.__getitem__,
        key="segments-compare",
        persist_state="session",
    )
    other = segments_of(which)
    both = run(compare, found, other).value
    st.markdown(f"##### {say('segments.agreement', rand=both.adjusted_rand, common=both.common)}")
    mine, theirs = (
        pictures.names_of(found.value, language()),
        pictures.names_of(other.value, language()),
    )
    wide = both.wide()
    chart(
        pictures.contingency(
            wide.set_axis([mine[int(label)] for label in wide.index], axis=0).set_axis(
                [theirs[int(label)] for label in wide.columns], axis=1
            ),
            language(),
        ),
        key="segments_contingency",
        alt=plain("segments.contingency_alt"),
        height=160 + 48 * len(wide),
    )
    for place, one, title in zip(
        st.columns(2, gap="medium"),
        (found.value, other.value),
        ("segments.this_run", "segments.other_run"),
        strict=True,
    ):
        with place:
            st.markdown(f"###### {say(title)}")
            chart(
                pictures.shares(one, language()),
                key=f"compare_{title}",
                alt=plain("segments.shares_alt"),
                height=420,
            )
