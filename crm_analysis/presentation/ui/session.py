"""What one browser session is in: its language and its workspace.

Only ids and codes live in session_state.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import streamlit as st

from crm_analysis import wording
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pages import page_path
from crm_analysis.privacy import escape_markdown
from crm_analysis.units import Units, current_units, units_in
from crm_analysis.wording import DEFAULT, Language, languages
from crm_analysis.workspace import Workspace, open_workspace


def language() -> Language:
    """The reader's language: the browser's, where none was chosen."""
    return preference("language", languages(), _of_browser, link="lang")


def _of_browser() -> Language:
    code = (st.context.locale or "").lower().partition("-")[0]
    return code if code in languages() else DEFAULT


def preference(
    name: str,
    offered: Collection[str],
    default: Callable[[], str],
    *,
    link: str,
) -> str:
    """How a reader wants the app: one of those offered.

    As chosen before, else as the link says, by its parameter of that name, else as last chosen in
    this workspace, else the default.
    """
    state = st.session_state
    if state.get(name) not in offered:
        candidates = (st.query_params.get(link), _last_chosen(name), default())
        state[name] = next(code for code in candidates if code in offered)
    return state[name]


def _last_chosen(name: str) -> str | None:
    """What this workspace was last opened with; None where it cannot be opened."""
    try:
        return workspace().settings.get(name)
    except AnalysisError:
        return None


def prefer(name: str, chosen: str) -> None:
    """Choose otherwise from now on, in this session and whenever this workspace is opened."""
    st.session_state[name] = chosen
    workspace().settings[name] = chosen


def workspace() -> Workspace:
    """The workspace of this session: the one the link names, else the last opened here."""
    state = st.session_state
    if "workspace" not in state:
        named = st.query_params.get("w")
        try:
            state["workspace"] = open_workspace(named).id
        except AnalysisError as problem:
            if named is None or problem.key != "workspace.unknown":
                raise
            state["workspace"] = open_workspace().id
            st.toast(problem.sentence(language()), duration="long")
    return open_workspace(state["workspace"])


def enter_workspace(workspace_id: str) -> None:
    """Make another workspace the one of this session; forget what was chosen for the old one."""
    for key in list(st.session_state):
        if key not in ("language", "reader"):
            del st.session_state[key]
    st.session_state["workspace"] = workspace_id


def say(key: str, **details: Any) -> str:
    """A phrase in the reader's language, safe to show as markdown: text from files is escaped."""
    return wording.say_marked(key, language(), escape_markdown, **details)


def plain(key: str, **details: Any) -> str:
    """A phrase in the reader's language as it stands: for what renders no markdown, as charts."""
    return wording.say(key, language(), **details)


def said(codes: Iterable[Any], template: str) -> list[str]:
    """Codes of a result as words: the phrases whose keys `template` gives."""
    return [plain(template.format(code)) for code in codes]


def choice_text(template: str) -> Callable[[Any], str]:
    """How a widget shows its choices: as the phrase whose key `template` gives, else as they are.

    `template` has a place for the choice: "roles.kind.{}". The language is taken now and not when
    a choice is shown: that may happen outside a session.
    """
    code = language()

    def text(choice: Any) -> str:
        key = template.format(choice)
        return wording.say(key, code) if wording.has(key) else str(choice)

    return text


def column_name(name: Any) -> str:
    """What a column of a cleaned table is called: its role in words, or the file's own name."""
    key = f"roles.{name}"
    return plain(key) if wording.has(key) else str(name)


def column_title(name: Any) -> str:
    """The same with its unit, for where the column's figures stand without one."""
    return wording.title_of(name, language(), "roles.{}")


def name_column(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details of a message with its column, if it has one, called as the reader knows it."""
    if "column" not in details:
        return dict(details)
    return {**details, "column": column_name(details["column"])}


def palette() -> list[str]:
    """The categorical colours of the theme that the reader sees."""
    theme = st.context.theme.type or "light"
    return list(st.get_option(f"theme.{theme}.chartCategoricalColors") or ())


def tell(problem: AnalysisError) -> None:
    """Show what the reader can mend, and lead to where."""
    st.warning(say(problem.key, **problem.details), icon="⚠️")
    if problem.key == "data.missing_role":
        to_columns()


def to_columns() -> None:
    """The way to where columns are named."""
    st.page_link(
        page_path("data"),
        label=say("data.to_columns"),
        icon=":material/arrow_forward:",
    )


def fragment(draw: Callable[..., None]) -> Callable[..., None]:
    """A part of a page that is redrawn alone when one of its widgets moves.

    Its figures are in the units that hold where it is called. What the reader can mend is said in
    its place.
    """

    @st.fragment
    @functools.wraps(draw)
    def safely(units: Units, *args: Any, **kwargs: Any) -> None:
        try:
            with units_in(units):
                draw(*args, **kwargs)
        except AnalysisError as problem:
            tell(problem)

    def called(*args: Any, **kwargs: Any) -> None:
        safely(current_units(), *args, **kwargs)

    return called
