"""A table of customers: how many, how many left, and what tells those apart."""

from __future__ import annotations

from typing import Any

import streamlit as st

from crm_analysis.analyses.overview import Attribute, people
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import overview as pictures
from crm_analysis.presentation.ui import (
    chart,
    fitting,
    language,
    loaded,
    plain,
    run,
    say,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.kinds import column_of
from crm_analysis.presentation.ui.overview.answers import link_to, say_answer


def draw(small: bool = False) -> None:
    """The answer, its picture, and the page that looks deeper."""
    details: dict[str, Any]
    outcome = column_of("customers", "outcome")
    result = run(people, table("customers"), outcome).value
    if outcome and result.success is not None:
        details = {"customers": result.customers, "share": result.success}
        say_answer(
            Message("overview.people.outcome", details | {"name": outcome}), small
        )
        _draw_link()
        return
    if result.rate is None:
        say_answer(
            Message(
                "overview.people.plain",
                {
                    "customers": result.customers,
                    "attributes": result.attributes,
                },
            ),
            small,
        )
        _draw_link()
        return
    details = {
        "customers": result.observed,
        "rate": result.rate,
    }
    if result.telling is None:
        say_answer(Message("overview.people.left", details), small)
    else:
        _draw_difference(result.telling, details, small)
    _draw_link()


def _draw_difference(
    attribute: Attribute, details: dict[str, Any], small: bool
) -> None:
    worst, best = attribute.extremes()
    name = pictures.column_title(attribute.name, language())
    details |= {
        "name": name,
        "worst": pictures.group_name(worst, language()),
        "high": float(worst["rate"]),
        "best": pictures.group_name(best, language()),
        "low": float(best["rate"]),
    }
    say_answer(Message("overview.people.differs", details), small)
    chart(
        pictures.by_group(attribute, language()),
        key=widget_key("overview", "people"),
        alt=plain("overview.people.differs", **details),
        height=(60 if small else 80)
        + (30 if small else 40) * len(attribute.groups),
    )
    st.caption(say("overview.people.help", name=name))


def best_page() -> str:
    """The page that asks what a table of customers can answer.

    Who leaves where it says who left, else which kinds of customers there are.
    """
    return "churn" if loaded("customers", "churned") else "segments"


def _draw_link() -> None:
    word = best_page()
    if word in fitting():
        link_to(word)
