"""What is loaded, which pages it is enough for, and what is missing for the others."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from crm_analysis.presentation import pages
from crm_analysis.presentation.pages import page_of, page_path
from crm_analysis.presentation.ui import (
    fitting,
    loaded,
    plain,
    say,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.loading import say_table
from crm_analysis.presentation.ui.overview.people import best_page

_LINKS = 5  # in a row, at the most
_LINK_WIDTH = 150  # pixels


def draw_onward(kinds: Sequence[str]) -> None:
    """The loaded tables and the ways on from here; only to pages that have what they need."""
    st.markdown(f"##### {say('overview.loaded')}")
    for table in workspace().tables():
        st.markdown(say_table(table))
    suitable = fitting()
    missing = _say_missing(suitable)
    idle = [
        kind
        for kind in kinds
        if not any(kind in page.needs for page in pages.PAGES)
    ]
    if idle:
        st.info(
            say("overview.idle", kinds=idle, choice=plain("data.kind")),
            icon=":material/info:",
        )
    if not suitable:
        if st.button(
            say("overview.look_at_data"),
            key=widget_key("overview", "look_at_data"),
            type="primary",
            icon=":material/table_view:",
        ):
            st.switch_page(page_path("data"))
        return
    st.page_link(
        page_path("data"),
        label=say("overview.to_roles" if missing else "overview.to_data"),
        icon=":material/table_view:",
    )
    # The page whose link stands beside the answer is not linked twice.
    only_customers = "transactions" not in kinds and "customers" in kinds
    linked = best_page() if only_customers else None
    words = [word for word in suitable if word != linked]
    if not words:
        return
    # In rows of alike length, so that none is alone on the last.
    rows = math.ceil(len(words) / _LINKS)
    grid = st.grid(math.ceil(len(words) / rows), min_column_width=_LINK_WIDTH)
    for word in words:
        with grid:
            st.page_link(
                page_path(word),
                label=plain(page_of(word).title),
                icon=":material/arrow_forward:",
            )


def _say_missing(suitable: Sequence[str]) -> bool:
    """Where orders do not say who bought or when: what that costs, and where to say it.

    Which pages have nothing to work with, which have; whether there was anything to say.
    """
    if not loaded("transactions"):
        return False
    missing = [
        role for role in ("customer", "date") if not loaded("transactions", role)
    ]
    of_orders = [page.word for page in pages.PAGES if "transactions" in page.needs]
    without = [word for word in of_orders if word not in suitable]
    if not missing or not without:
        return False
    sentence = say(
        "overview.missing",
        roles=missing,
        pages=_titles(without),
        place=plain("data.tab.roles"),
    )
    if suitable:
        sentence = f"{sentence} {say('overview.works', pages=_titles(suitable))}"
    st.info(sentence, icon=":material/info:")
    return True


def _titles(words: Sequence[str]) -> list[str]:
    return [plain(page_of(word).title) for word in words]
