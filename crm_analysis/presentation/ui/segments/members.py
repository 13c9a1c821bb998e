"""The people in the segments: a table to filter and download, and one customer's card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.customers import CustomerCard, customer_card
from crm_analysis.analyses.segments import Segments, segment_names
from crm_analysis.presentation.pictures import segments as pictures
from crm_analysis.presentation.ui import (
    Answer,
    chart,
    downloads,
    figures,
    language,
    plain,
    run,
    say,
    show_table,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.satisfaction import satisfaction_measures
from crm_analysis.presentation.ui.segments.adjustments import pin_button


def members(segments: Answer[Segments], kind: str) -> None:
    """The customers of the segments chosen; a row selected opens the customer's card."""
    names = segment_names(segments.value, language())
    chosen = remembered(
        st.multiselect,
        say("segments.members_of"),
        list(names),
        format_func=names.__getitem__,
        key=widget_key("segments", "members"),
        placeholder=plain("frame.filter.all"),
    )
    search = st.text_input(
        say("segments.search"),
        key=widget_key("segments", "search"),
        persist_state="session",
    ).strip()
    people = segments.value.customers
    if chosen:
        people = people[people["segment"].isin(chosen)]
    if search:
        people = people[
            people["customer"]
            .astype(str)
            .str.contains(search, case=False, regex=False)
        ]
    st.caption(say("segments.members_help", count=len(people)))
    listing(segments, kind, people, "members")


def listing(
    segments: Answer[Segments],
    kind: str,
    people: pd.DataFrame,
    name: str,
    light: Callable[[object], None] | None = None,
) -> None:
    """Customers as a list to take away; a row selected opens the customer's card.

    `name` tells two lists apart. `light` is called with the customer of the row, or None.
    """

    def select(position: int | None) -> None:
        if light is not None:
            row = people.iloc[[] if position is None else [position]]
            light(next(iter(row["customer"]), None))

    titled = in_words(segments.value, people)
    rows = show_table(
        "",
        titled,
        key=widget_key("segments", name, "table"),
        height=360,
        select=select,
    )
    downloads("segments", titled, key=widget_key("segments", name, "file"))
    if rows:
        customer = str(people.iloc[rows[0]]["customer"])
        _card(segments.value, segments.origin, kind, customer)


def in_words(segments: Segments, people: pd.DataFrame) -> pd.DataFrame:
    """Customers of the result under titles for their reader."""
    own = ("customer", "r_score", "f_score", "m_score")
    return pictures.titled(segments, people, language(), own=own)


def _card(segments: Segments, original: str, kind: str, customer: str) -> None:
    lines = table(kind, lazy=True, every_segment=True)
    measures = satisfaction_measures()
    card = (
        run(customer_card, lines, customer)
        if measures is None
        else run(customer_card, lines, customer, measures=measures)
    ).value
    with st.container(border=True):
        st.markdown(f"##### {say('segments.card_title', customer=customer)}")
        pin_button(segments, original, customer)
        if not card.history.empty:
            _draw_card(card)
            return
        texts = [_text(value) for value in card.facts.values()]
        show_table(
            "segments",
            pd.DataFrame({"feature": list(card.facts), "level": texts}),
            key=widget_key("segments", "card", "facts"),
        )


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _draw_satisfaction(facts: Mapping[str, Any]) -> None:
    """How content and how loyal, where customers said so; and what loyalty is made of."""
    if facts.get("loyalty") is None:
        return
    figures(
        [
            {
                "label": f"segments.card.{name}",
                "value": facts[name],
                "help": f"segments.card.{name}_help",
            }
            for name in ("satisfaction", "loyalty")
        ]
    )
    parts = [
        plain(f"segments.card.part.{name}", share=facts[name])
        for name in ("repeat_rate", "months_active", "tenure", "recommends")
        if facts.get(name) is not None
    ]
    st.caption(say("segments.card.parts", parts=parts))


def _draw_card(card: CustomerCard) -> None:
    facts = card.facts
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
    _draw_satisfaction(facts)
    left, right = st.columns(2, gap="medium")
    with left:
        if card.history["amount"].notna().any():
            st.markdown(f"###### {say('segments.running')}")
            chart(
                pictures.curve(card.history, language()),
                key=widget_key("segments", "card", "curve"),
                alt=plain("segments.running"),
                height=300,
            )
        key = widget_key("segments", "card", "history")
        show_table("segments", card.history, key=key, height=240)
    with right:
        st.markdown(f"###### {say('segments.bought')}")
        key = widget_key("segments", "card", "products")
        show_table("segments", card.products, key=key, height=300)
        if len(card.returns):
            st.markdown(
                f"###### {say('segments.returned', count=len(card.returns))}"
            )
            key = widget_key("segments", "card", "returns")
            show_table("segments", card.returns, key=key, height=200)
