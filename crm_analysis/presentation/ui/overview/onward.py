"""What is loaded, which pages it is enough for, and what is missing for the others."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from crm_analysis.presentation.pages import PAGES, page_path
from crm_analysis.presentation.ui.kinds import fitting, loaded
from crm_analysis.presentation.ui.loading import say_table
from crm_analysis.presentation.ui.overview.people import best_page
from crm_analysis.presentation.ui.session import plain, say, workspace


def draw_onward(kinds: Sequence[str]) -> None:
    """The loaded tables and the ways on from here; only to pages that have what they need."""
    st.markdown(f"##### {say('overview.loaded')}")
    for table in workspace().tables():
        st.markdown(say_table(table))
    fit = fitting()
    missing = _tell_missing(fit)
    idle = [kind for kind in kinds if not any(kind in page.needs for page in PAGES)]
    if idle:
        st.info(say("overview.idle", kinds=idle, choice=plain("data.kind")), icon=":material/info:")
    if not fit:
        if st.button(
            say("overview.look_at_data"),
            key="look_at_data",
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
    shown = (
        best_page() if "transactions" not in kinds and "customers" in kinds else None
    )  # whose link stands beside the answer
    with st.container(horizontal=True):
        for word in (word for word in fit if word != shown):
            st.page_link(
                page_path(word), label=plain(f"{word}.title"), icon=":material/arrow_forward:"
            )


def _tell_missing(fit: Sequence[str]) -> bool:
    """Where orders do not say who bought or when.

    Which pages have nothing to work with, which one has, and where to say it if a column does.
    """
    missing = (
        [role for role in ("customer", "date") if not loaded("transactions", role)]
        if loaded("transactions")
        else []
    )
    without = [page.word for page in PAGES if "transactions" in page.needs and page.word not in fit]
    if not missing or not without:
        return False
    told = say(
        "overview.missing", roles=missing, pages=_titles(without), place=plain("data.tab.roles")
    )
    st.info(
        f"{told} {say('overview.works', pages=_titles(fit))}" if fit else told,
        icon=":material/info:",
    )
    return True


def _titles(words: Sequence[str]) -> list[str]:
    return [plain(f"{word}.title") for word in words]
