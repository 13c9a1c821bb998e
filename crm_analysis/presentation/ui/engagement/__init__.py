"""The pieces of the contacts page: which tables it reads, the claim as a badge, pictures, files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from crm_analysis.analyses.engagement import Claim
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, share
from crm_analysis.presentation.pages import page_path
from crm_analysis.presentation.ui import (
    Answer,
    blocks,
    choose_kind,
    controls,
    downloads,
    headed,
    loaded,
    say,
    show_table,
    table,
    widget_key,
)

_COLOURS: dict[Claim, Literal["green", "orange", "gray"]] = {
    "experiment": "green",
    "adjusted comparison": "orange",
    "description": "gray",
}
_LOG = ("customer", "date", "channel")
_SHARES = ("rate", "lo", "hi", "share", "share_saved")


@dataclass(frozen=True)
class Source:
    """What the page works with: a log of contacts and orders, or customers with arms."""

    contacts: Answer[pd.DataFrame] | None
    orders: Answer[pd.DataFrame] | None
    customers: Answer[pd.DataFrame] | None

    def arms(self) -> Answer[pd.DataFrame]:
        """The customers with arms, which are there where no log is."""
        assert self.customers is not None
        return self.customers

    def sales(self) -> Answer[pd.DataFrame]:
        """The orders; AnalysisError where there are none."""
        if self.orders is None:
            raise AnalysisError("engagement.no_orders")
        return self.orders


def source() -> Source:
    """The loaded tables; where both would do, the one that was chosen."""
    orders = (
        table("transactions")
        if loaded("transactions", "customer", "date")
        else None
    )
    people = table("customers") if loaded("customers") else None
    has_log, has_arms = loaded("contacts", *_LOG), loaded("customers", "arm")
    kind = "contacts" if has_log else "customers"
    if has_log == has_arms:  # both to choose from, or none
        kind = choose_kind("engagement", "engagement.page.source")
    if kind == "contacts" and has_log:
        return Source(table("contacts"), orders, people)
    if not has_arms:
        lacking = [role for role in _LOG if not loaded("contacts", role)]
        role = lacking[0] if kind == "contacts" else "arm"
        raise AnalysisError("data.missing_role", role=role)
    return Source(None, orders, people)


def ask_for_log() -> None:
    """In one sentence what a tab needs that works with a log, and the way to load it."""
    st.info(say("engagement.needs_log"), icon=":material/info:")
    st.page_link(
        page_path("data"),
        label=say("engagement.to_data"),
        icon=":material/upload_file:",
    )


def badge(claim: Claim) -> None:
    """What may be claimed, and why, beside the sentence that claims it."""
    st.badge(
        say(f"engagement.claim.{claim}"),
        color=_COLOURS[claim],
        help=say(f"engagement.claim_help.{claim}"),
    )


def verdict(message: Message, *, quiet: bool = False) -> None:
    """What was found, as the heading; in grey while it is too early to say so."""
    text = say(message.key, **message.details)
    headed(f"#### :gray[{text}]" if quiet else f"#### {text}")


@dataclass(frozen=True, kw_only=True)
class _Planned(Options):
    """How many were to be left alone."""

    split: float | None = share(None, low=0.01, high=0.95)


def planned_split(arms: int, place: str) -> tuple[float, ...] | None:
    """The shares that the arms were drawn with, the control first; None: not stated."""
    key = widget_key("engagement", place)
    share = controls("engagement", _Planned, key=key).split
    if share is None or arms < 2:
        return None
    return (share, *[(1 - share) / (arms - 1)] * (arms - 1))


def headline(
    name: str,
    value: float | None,
    style: str = "number",
    *,
    explained: bool = False,
) -> dict[str, Any]:
    """A headline number of this page, as `figures` takes it."""
    item = {"label": f"engagement.figure.{name}", "value": value, "style": style}
    return item | ({"help": f"engagement.figure_help.{name}"} if explained else {})


titled_chart = partial(blocks.titled_chart, "engagement")


def listing(
    frame: pd.DataFrame,
    name: str,
    *,
    shares: Sequence[str] = _SHARES,
    height: int | None = None,
    whole: pd.DataFrame | None = None,
) -> None:
    """A table with its files."""
    styles = {column: "percent" for column in shares if column in frame.columns}
    show_table(
        "engagement",
        frame,
        key=widget_key("engagement", name),
        styles=styles,
        height=height,
    )
    filed = frame if whole is None else whole
    downloads(name, titled(filed), key=widget_key("engagement", name, "file"))


def titled(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for a file: its columns called as the reader calls them."""
    return blocks.titled(frame, "engagement")
