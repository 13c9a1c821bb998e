"""The frame round every page: menu, language, workspaces, the filter that holds everywhere."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NoReturn

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from crm_analysis import wording
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation import pages
from crm_analysis.presentation.pages import SECTIONS, Page
from crm_analysis.presentation.ui import loading, presenting
from crm_analysis.presentation.ui.blocks import heading
from crm_analysis.presentation.ui.currency import units_here
from crm_analysis.presentation.ui.data.questions import draw_waiting
from crm_analysis.presentation.ui.filtering import draw_filter
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.reader import NAME, READERS, is_analyst, reader
from crm_analysis.presentation.ui.remembered import draw_back
from crm_analysis.presentation.ui.run import forget
from crm_analysis.presentation.ui.session import (
    choice_text,
    enter_workspace,
    language,
    plain,
    prefer,
    say,
    tell,
    workspace,
)
from crm_analysis.presentation.ui.waiting import be_there, give_up_unhurried
from crm_analysis.units import units_in
from crm_analysis.wording import language_name, languages
from crm_analysis.workspace import (
    delete_workspace,
    list_workspaces,
    new_workspace,
)

_ASK_THEMSELVES = ("data", pages.PAGES[0].word)  # show the questions that wait


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
    try:
        return _framed()
    except AnalysisError as problem:  # of the workspace, now or since it was opened
        _offer_another(problem)


def _framed() -> StreamlitPage:
    be_there(workspace().id)
    _keep_link()
    if presenting.screen():
        return st.navigation(_menu(), position="hidden")
    page = st.navigation(_menu(), expanded=True)
    with st.sidebar:
        _draw_language()
        _draw_reader()
        _draw_workspaces()
        draw_filter()
    return page


def _menu() -> dict[str, list[StreamlitPage]]:
    menu: dict[str, list[StreamlitPage]] = {}
    for section in SECTIONS:
        entries = [
            _as_streamlit(page) for page in pages.PAGES if page.section == section
        ]
        if entries:
            menu[plain(f"frame.section.{section}")] = entries
    return menu


def _as_streamlit(page: Page) -> StreamlitPage:
    first = page is pages.PAGES[0]  # which opens without a name in the address
    return st.Page(
        page.script,
        title=plain(page.title),
        icon=page.icon,
        url_path=None if first else page.word,
        default=first,
    )


def show(page: StreamlitPage) -> None:
    """Run a page, or while files are being read show how far that is.

    What the page's reader can mend becomes a sentence and, where nothing is loaded, a way to begin.
    """
    if presenting.screen():
        presenting.show()
        return
    word = page.url_path or pages.PAGES[0].word
    if word != pages.PAGES[0].word:
        give_up_unhurried()
    if loading.is_reading():
        heading(word)
        loading.watch()
    try:
        with units_in(units_here()):
            if word not in _ASK_THEMSELVES:
                draw_waiting(word)
            page.run()
    except AnalysisError as problem:
        if problem.key == "workspace.no_table":
            loading.invite(page.url_path, problem)
        else:
            tell(problem)
    finally:  # also where a setting is why there is nothing to see, or work goes on
        with st.sidebar:
            draw_back(word)


def _offer_another(problem: AnalysisError) -> NoReturn:
    """Say why the workspace cannot be opened, and offer all there are and a new one."""
    tell(problem)
    # Callbacks: a workspace that opens when it is tried again has drawn no such button by then.
    for identifier, name in _workspace_names().items():
        st.button(
            say("frame.workspace.open", name=name),
            key=widget_key("frame", "instead", identifier),
            on_click=enter_workspace,
            args=(identifier,),
        )
    st.button(
        say("frame.workspace.new"),
        key=widget_key("frame", "instead", "new"),
        type="primary",
        on_click=_enter_new,
    )
    st.stop()


def _enter_new() -> None:
    enter_workspace(new_workspace(plain("frame.workspace.default")).id)


def _keep_link() -> None:
    """Keep workspace, language and who reads in the address, so that a link finds all of them.

    The only place that writes the URL.
    """
    address = {"w": workspace().id, "lang": language()}
    if is_analyst():
        address[NAME] = reader()
    elif NAME in st.query_params:
        del st.query_params[NAME]
    if {name: st.query_params.get(name) for name in address} != address:
        st.query_params.update(address)


def _draw_language() -> None:
    label = " / ".join(wording.say("frame.language", code) for code in languages())
    _draw_preference("language", language(), languages(), label, language_name)


def _draw_reader() -> None:
    texts = choice_text("frame.reader.{}")
    _draw_preference(NAME, reader(), READERS, say("frame.reader.label"), texts)


def _draw_preference(
    name: str,
    chosen: str,
    offered: Sequence[str],
    label: str,
    texts: Callable[[Any], str],
) -> None:
    """A choice of how the app is read, side by side."""
    key = widget_key("frame", name)

    def choose() -> None:
        prefer(name, st.session_state[key])

    st.session_state[key] = chosen
    st.segmented_control(
        label,
        offered,
        format_func=texts,
        key=key,
        on_change=choose,
        required=True,
        label_visibility="collapsed",
        width="stretch",
    )


def _workspace_names() -> dict[str, str]:
    return {
        info.id: info.name or plain("frame.workspace.default")
        for info in list_workspaces()
    }


def _go_to(workspace_id: str) -> NoReturn:
    enter_workspace(workspace_id)
    st.rerun()


def _draw_workspaces() -> None:
    here, names = workspace(), _workspace_names()
    with st.popover(
        say("frame.workspace.title", name=names[here.id]),
        icon=":material/folder_open:",
        width="stretch",
        # Of this workspace: entering another one closes the menu.
        key=widget_key("frame", "workspaces", here.id),
    ):
        st.caption(say("frame.workspace.help"))
        others = {
            identifier: name
            for identifier, name in names.items()
            if identifier != here.id
        }
        for identifier, name in others.items():
            label = say("frame.workspace.open", name=name)
            if st.button(
                label,
                key=widget_key("frame", "workspace", "open", identifier),
                width="stretch",
            ):
                _go_to(identifier)
        _draw_new_workspace()
        _draw_deletion(here.id, next(iter(others), None))


def _draw_new_workspace() -> None:
    name = st.text_input(
        say("frame.workspace.name"),
        key=widget_key("frame", "workspace", "name"),
        max_chars=60,
    )
    if st.button(
        say("frame.workspace.new"),
        key=widget_key("frame", "workspace", "new"),
        disabled=not name.strip(),
        width="stretch",
    ):
        _go_to(new_workspace(name.strip()).id)


def _draw_deletion(workspace_id: str, other: str | None) -> None:
    sure = st.toggle(
        say("frame.workspace.delete_sure"),
        key=widget_key("frame", "workspace", "sure"),
    )
    if not sure:
        return
    if st.button(
        say("frame.workspace.delete"),
        key=widget_key("frame", "workspace", "delete"),
        type="primary",
        width="stretch",
    ):
        delete_workspace(workspace_id)
        forget(workspace_id)
        _go_to(other or new_workspace(plain("frame.workspace.default")).id)
