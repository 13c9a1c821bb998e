"""Tests drawn here: the card of each to take along, kept in the workspace, and read back."""

from __future__ import annotations

import datetime as dt
import hashlib

import pandas as pd
import streamlit as st

from crm_analysis.analyses.engagement import (
    LONGEST,
    PRIMARY,
    Primary,
    ReadBackCard,
    read_card,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui import (
    Answer,
    plain,
    say,
    tell,
    widget_key,
    workspace,
)

_KIND = "test arms"  # of what is saved in the workspace
_WAIT = 30  # days until the result is read, unless said


def offer(
    assignment: pd.DataFrame,
    place: str,
    *,
    seed: int,
    holdout: float,
    read_on: str | None = None,
    primary: Primary = "customers",
) -> None:
    """Name the test, say when it is read and by what, take its card along, keep it here."""
    if assignment["arm"].nunique() < 2:
        return
    st.markdown(f"##### {say('engagement.card.title')}")
    st.caption(say("engagement.card.help"))
    today = dt.date.today()
    first, second, third = st.columns(3, gap="medium")
    name = first.text_input(
        say("engagement.card.name"),
        key=widget_key("engagement", place, "name"),
        max_chars=60,
    ).strip()
    day = second.date_input(
        say("engagement.knob.read_on.label"),
        dt.date.fromisoformat(read_on) if read_on else today + dt.timedelta(_WAIT),
        min_value=today + dt.timedelta(1),
        max_value=today + dt.timedelta(LONGEST),
        key=widget_key("engagement", place, "read_on", read_on or ""),
    )
    measures = {name: plain(f"engagement.measure.{name}") for name in PRIMARY}
    decided = third.selectbox(
        say("engagement.card.primary"),
        PRIMARY,
        index=PRIMARY.index(primary),
        format_func=measures.__getitem__,
        key=widget_key("engagement", place, "primary"),
    )
    card = ReadBackCard(
        name=name or plain("engagement.card.unnamed", date=today.isoformat()),
        start=today.isoformat(),
        read_on=day.isoformat(),
        primary=decided,
        seed=seed,
        holdout=holdout,
        control="holdout",
        assignment=assignment,
    )
    with st.container(horizontal=True):
        st.download_button(
            say("engagement.card.download"),
            data=card.to_json,
            file_name="read_back_card.json",
            mime="application/json",
            key=widget_key("engagement", place, "card"),
            on_click="ignore",
            icon=":material/download:",
        )
        if st.button(
            say("engagement.card.keep"),
            disabled=not name,
            key=widget_key("engagement", place, "keep"),
        ):
            _keep(card)
            st.toast(say("engagement.card.kept", name=card.name))


def _keep(card: ReadBackCard) -> None:
    payload = {
        "start": card.start,
        "read_on": card.read_on,
        "primary": card.primary,
        "seed": card.seed,
        "holdout": card.holdout,
        "control": card.control,
    }
    workspace().save(_KIND, card.name, payload, {"arms": card.assignment})


def kept() -> dict[str, ReadBackCard]:
    """The cards in the workspace, the newest first."""
    return {
        saved.name: ReadBackCard(
            name=saved.name, assignment=saved.frame("arms"), **saved.payload
        )
        for saved in reversed(workspace().saved(_KIND))
    }


def chosen() -> ReadBackCard | None:
    """The test to be read, of those kept or of a card given here; None: the loaded tables."""
    cards = kept()
    given = _given()
    if given is not None:
        cards = {given.name: given, **cards}
    if not cards:
        return None
    offered = {"": plain("engagement.card.tables")} | {name: name for name in cards}
    name = st.selectbox(
        say("engagement.card.which"),
        list(offered),
        index=1 if given is not None else 0,
        format_func=offered.__getitem__,
        key=widget_key("engagement", "card", given.name if given else ""),
        persist_state="session",
    )
    return cards.get(name)


def _given() -> ReadBackCard | None:
    with st.expander(say("engagement.card.read")):
        file = st.file_uploader(
            say("engagement.card.file"),
            type=["json"],
            key=widget_key("engagement", "card_file"),
            max_upload_size=20,
        )
        if file is None:
            return None
        try:
            return read_card(file.getvalue())
        except AnalysisError as problem:
            tell(problem)
            return None


def as_contacts(card: ReadBackCard) -> Answer[pd.DataFrame]:
    """The card's customers as a log, known by what is in it."""
    digest = hashlib.sha256(card.to_json().encode()).hexdigest()
    return Answer(card.contacts(), f"card {digest}")
