"""What one browser session is in: its language and its workspace. Only ids and codes live in session_state."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from crm_analysis import wording
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pages import page_path
from crm_analysis.privacy import escape_markdown
from crm_analysis.wording import LANGUAGES, Language
from crm_analysis.workspace import Workspace, open_workspace

LANGUAGE_NAMES = {"en": "English", "zh": "中文"}


def language() -> Language:
    """The reader's language: chosen before, else as the link says, else as last chosen in this workspace, else the browser's."""
    state = st.session_state
    if state.get("language") not in LANGUAGES:
        browser = "zh" if (st.context.locale or "").lower().startswith("zh") else "en"
        asked = (st.query_params.get("lang"), _last_chosen(), browser)
        state["language"] = next(one for one in asked if one in LANGUAGES)
    return state["language"]


def _last_chosen() -> str | None:
    """The language this workspace was last read in; None where it cannot be opened, which is said elsewhere."""
    try:
        return workspace().settings.get("language")
    except AnalysisError:
        return None


def choose_language(chosen: Language) -> None:
    """Speak another language from now on, in this session and whenever this workspace is opened."""
    st.session_state["language"] = chosen
    workspace().settings["language"] = chosen


def workspace() -> Workspace:
    """The workspace of this session: the one the link names, else the last opened on this machine."""
    state = st.session_state
    if "workspace" not in state:
        asked = st.query_params.get("w")
        try:
            state["workspace"] = open_workspace(asked).id
        except AnalysisError as problem:
            if asked is None or problem.key != "workspace.unknown":
                raise
            state["workspace"] = open_workspace().id
            st.toast(problem.sentence(language()), duration="long")
    return open_workspace(state["workspace"])


def enter_workspace(workspace_id: str) -> None:
    """Make another workspace the one of this session; what was chosen for the old one is forgotten."""
    kept = {key: st.session_state[key] for key in ("language",) if key in st.session_state}
    for key in list(st.session_state):
        del st.session_state[key]
    st.session_state.update(kept)
    st.session_state["workspace"] = workspace_id


def say(key: str, **details: Any) -> str:
    """A phrase in the reader's language, safe to show as markdown: text from files is escaped."""
    return wording.say_marked(key, language(), escape_markdown, **details)


def plain(key: str, **details: Any) -> str:
    """A phrase in the reader's language as it stands: for charts, tables and files, which render no markdown."""
    return wording.say(key, language(), **details)


def said(codes: Iterable[Any], template: str) -> list[str]:
    """Codes of a result as words: the phrases whose keys `template` gives."""
    return [plain(template.format(code)) for code in codes]


def choice_text(template: str) -> Callable[[Any], str]:
    """How a widget shows its choices: the phrase whose key `template` gives ("roles.kind.{}"), else the choice itself.

    The language is taken now and not when a choice is shown: that may happen outside a session.
    """
    tongue = language()

    def text(choice: Any) -> str:
        key = template.format(choice)
        return wording.say(key, tongue) if wording.has(key) else str(choice)

    return text


def column_name(name: Any) -> str:
    """What a column of a cleaned table is called: its role in the reader's language, or the file's own name."""
    key = f"roles.{name}"
    return plain(key) if wording.has(key) else str(name)


def palette() -> list[str]:
    """The categorical colours of the theme that the reader sees."""
    return list(
        st.get_option(f"theme.{st.context.theme.type or 'light'}.chartCategoricalColors") or ()
    )


def tell(problem: AnalysisError) -> None:
    """Show what the reader can mend, and lead to where."""
    st.warning(say(problem.key, **problem.details), icon="⚠️")
    if problem.key == "data.missing_role":
        to_columns()


def to_columns() -> None:
    """The way to where columns are named."""
    st.page_link(page_path("data"), label=say("data.to_columns"), icon=":material/arrow_forward:")


def fragment(draw: Callable[..., None]) -> Callable[..., None]:
    """A part of a page that is redrawn alone when one of its widgets moves; what the reader can mend is said in its place."""

    @st.fragment
    @functools.wraps(draw)
    def safely(*args: Any, **kwargs: Any) -> None:
        try:
            draw(*args, **kwargs)
        except AnalysisError as problem:
            tell(problem)

    return safely
