"""From a group of customers onward: to all pages with it as their filter, to a plan for it."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from crm_analysis.presentation.pages import page_path
from crm_analysis.presentation.ui.filtering import hand_over
from crm_analysis.presentation.ui.kinds import fitting
from crm_analysis.presentation.ui.session import say


def doors(name: str, members: Iterable[object], *, key: str) -> None:
    """Make a group of customers, called `name`, the filter of every page; plan for it alone."""
    with st.container(horizontal=True):
        if st.button(
            say("frame.doors.filter"),
            key=f"{key}.filter",
            icon=":material/filter_alt:",
            help=say("frame.doors.filter_help"),
        ):
            hand_over(name, members)
            st.rerun()
        if "strategy" in fitting() and st.button(
            say("frame.doors.plan"),
            key=f"{key}.plan",
            icon=":material/checklist:",
            help=say("frame.doors.plan_help"),
        ):
            hand_over(name, members)
            st.switch_page(page_path("strategy"))
