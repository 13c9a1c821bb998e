"""The frame round every page: title, language, workspaces, the filter that holds everywhere, the menu."""

from __future__ import annotations

import importlib
import threading
from functools import cache

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from crm_analysis import wording
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pages import PAGES, SECTIONS, Page
from crm_analysis.presentation.ui import loading
from crm_analysis.presentation.ui.filtering import draw_filter
from crm_analysis.presentation.ui.run import forget
from crm_analysis.presentation.ui.session import (
    choose_language,
    enter_workspace,
    language,
    plain,
    say,
    tell,
    workspace,
)
from crm_analysis.wording import language_name, languages
from crm_analysis.workspace import delete_workspace, list_workspaces, new_workspace


@cache
def _warm_up() -> None:
    """Load the heavy libraries while the first reader still looks at the first page."""
    threading.Thread(target=_load, daemon=True).start()


def _load() -> None:
    importlib.import_module("sklearn.cluster")
    importlib.import_module("crm_analysis.analyses.forecast").warm_up()


def frame() -> StreamlitPage:
    """Draw what every page shares and return the page asked for."""
    st.set_page_config(
        page_title=plain("frame.product"),
        page_icon="📊",
        layout="wide",
        initial_sidebar_state="auto",
    )
    _warm_up()
    _enter()
    _keep_link()
    page = st.navigation(_menu(), expanded=True)
    with st.sidebar:
        _draw_language()
        _draw_workspaces()
        draw_filter()
    return page


def _menu() -> dict[str, list[StreamlitPage]]:
    """The pages by the sections they stand in; the first of all opens without a name in the address."""
    first = PAGES[0]
    return {
        plain(f"frame.section.{section}"): [
            _as_streamlit(page, first=page is first) for page in PAGES if page.section == section
        ]
        for section in SECTIONS
        if any(page.section == section for page in PAGES)
    }


def _as_streamlit(page: Page, first: bool) -> StreamlitPage:
    return st.Page(
        page.script,
        title=plain(page.title),
        icon=page.icon,
        url_path=None if first else page.word,
        default=first,
    )


def show(page: StreamlitPage) -> None:
    """Run a page; what its reader can mend becomes a sentence and, where nothing is loaded, a way to begin."""
    try:
        page.run()
    except AnalysisError as problem:
        if problem.key == "workspace.no_table":
            loading.invite(page.url_path, problem)
        else:
            tell(problem)


def _enter() -> None:
    """Open the workspace; where that cannot be, say why and offer another one."""
    try:
        workspace()
    except AnalysisError as problem:
        tell(problem)
        for info in list_workspaces():
            if st.button(
                say("frame.workspace.open", name=info.name or plain("frame.workspace.default")),
                key=f"instead_{info.id}",
            ):
                enter_workspace(info.id)
                st.rerun()
        if st.button(say("frame.workspace.new"), key="instead_new", type="primary"):
            enter_workspace(new_workspace(plain("frame.workspace.default")).id)
            st.rerun()
        st.stop()


def _keep_link() -> None:
    """Keep workspace and language in the address, so that a refresh or a link finds both.

    The only place that writes the URL.
    """
    address = {"w": workspace().id, "lang": language()}
    if {name: st.query_params.get(name) for name in address} != address:
        st.query_params.update(address)


def _draw_language() -> None:
    def choose() -> None:
        choose_language(st.session_state["language_choice"])

    st.session_state["language_choice"] = language()
    st.segmented_control(
        " / ".join(wording.say("frame.language", code) for code in languages()),
        languages(),
        format_func=language_name,
        key="language_choice",
        on_change=choose,
        required=True,
        label_visibility="collapsed",
        width="stretch",
    )


def _draw_workspaces() -> None:
    here = workspace()
    known = {info.id: info.name or plain("frame.workspace.default") for info in list_workspaces()}
    with st.popover(
        say("frame.workspace.title", name=known[here.id]),
        icon=":material/folder_open:",
        width="stretch",
    ):
        st.caption(say("frame.workspace.help"))
        for identifier, name in known.items():
            if identifier != here.id and st.button(
                say("frame.workspace.open", name=name), key=f"open_{identifier}", width="stretch"
            ):
                enter_workspace(identifier)
                st.rerun()
        name = st.text_input(say("frame.workspace.name"), key="workspace_name", max_chars=60)
        if st.button(
            say("frame.workspace.new"),
            key="workspace_new",
            disabled=not name.strip(),
            width="stretch",
        ):
            enter_workspace(new_workspace(name.strip()).id)
            st.rerun()
        if st.toggle(say("frame.workspace.delete_sure"), key="workspace_sure") and st.button(
            say("frame.workspace.delete"), key="workspace_delete", type="primary", width="stretch"
        ):
            delete_workspace(here.id)
            forget(here.id)
            enter_workspace(
                next((identifier for identifier in known if identifier != here.id), None)
                or new_workspace(plain("frame.workspace.default")).id
            )
            st.rerun()
