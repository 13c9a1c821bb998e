"""A table of customers: how many, how many left, and what tells those apart."""

from __future__ import annotations

from typing import Any

import streamlit as st

from crm_analysis.analyses.overview import people
from crm_analysis.presentation.pages import page_path
from crm_analysis.presentation.pictures import overview as pictures
from crm_analysis.presentation.ui.blocks import answer, chart
from crm_analysis.presentation.ui.kinds import fitting, loaded
from crm_analysis.presentation.ui.run import run, table
from crm_analysis.presentation.ui.session import language, plain, say


def draw(small: bool = False) -> None:
    """The answer, its picture, and the page that looks deeper."""
    found = run(people, table("customers")).value
    if found.rate is None:
        _say("overview.people.plain", small, customers=found.customers, attributes=found.attributes)
        _link()
        return
    details: dict[str, Any] = {"customers": found.known, "rate": found.rate}
    if found.differs is None:
        _say("overview.people.left", small, **details)
    else:
        worst, best = found.differs.extremes()
        details |= {
            "name": pictures.called(found.differs.name, language()),
            "worst": pictures.group_name(worst, language()),
            "high": float(worst["rate"]),
            "best": pictures.group_name(best, language()),
            "low": float(best["rate"]),
        }
        _say("overview.people.differs", small, **details)
        figure = pictures.by_group(found.differs, language())
        height = (60 if small else 80) + (30 if small else 40) * len(found.differs.groups)
        chart(
            figure,
            key="overview_people",
            alt=plain("overview.people.differs", **details),
            height=height,
        )
        st.caption(say("overview.people.help", name=details["name"]))
    _link()


def _say(key: str, small: bool, **details: Any) -> None:
    if small:
        st.markdown(f"**{say(key, **details)}**")
    else:
        answer(key, **details)


def best_page() -> str:
    """The page that asks what a table of customers can answer.

    Who leaves where it says who left, else which kinds there are.
    """
    return "churn" if loaded("customers", "churned") else "segments"


def _link() -> None:
    word = best_page()
    if word not in fitting():
        return
    st.page_link(
        page_path(word),
        label=say("overview.show", page=plain(f"{word}.title")),
        icon=":material/arrow_forward:",
    )
