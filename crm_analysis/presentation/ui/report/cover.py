"""The cover of the report: its title, who made it, its logo, and whether it names anybody."""

from __future__ import annotations

import streamlit as st

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.report import Logo, ReportOptions
from crm_analysis.presentation.ui import (
    language,
    plain,
    say,
    tell,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.remembered import last_chosen, remembered

TITLE = widget_key("report", "title")
AUTHOR = widget_key("report", "author")
MASKED = widget_key("report", "masked")
_LOGO = "report logo"  # of what is saved in the workspace
_TURN = widget_key("report", "logo", "turn")
_HIGHEST_MB = 2


def draw() -> ReportOptions:
    """Title, author, names and logo as widgets."""
    remembered(
        st.text_input,
        say("report.page.title"),
        "",
        key=TITLE,
        max_chars=120,
        placeholder=plain("report.usual_title"),
    )
    remembered(
        st.text_input, say("report.page.author"), "", key=AUTHOR, max_chars=80
    )
    masked = remembered(
        st.toggle,
        say("report.page.masked"),
        True,
        key=MASKED,
        help=say("report.page.masked_help"),
    )
    if not masked:
        st.warning(say("report.names_shown"), icon=":material/visibility:")
    _draw_logo()
    return chosen_options()


def chosen_options() -> ReportOptions:
    """The cover as it was last set."""
    return ReportOptions(
        language=language(),
        title=str(last_chosen(TITLE, "")).strip(),
        author=str(last_chosen(AUTHOR, "")).strip(),
        mask_names=bool(last_chosen(MASKED, True)),
    )


def logo() -> bytes | None:
    """The logo kept in this workspace; None where there is none."""
    saved = workspace().saved_one(_LOGO, "logo")
    return saved.binary("logo") if saved else None


def _take_out() -> None:
    workspace().forget(_LOGO, "logo")


def _draw_logo() -> None:
    kept = logo()
    with st.expander(
        say("report.page.logo_in" if kept else "report.page.logo"),
        icon=":material/image:",
    ):
        if kept:
            st.image(kept, width=160)
            st.button(
                say("report.page.logo_out"),
                key=widget_key("report", "logo", "out"),
                on_click=_take_out,
            )
            return
        file = st.file_uploader(
            say("report.page.logo_file", limit=_HIGHEST_MB),
            type=["png", "jpg", "jpeg"],
            key=widget_key("report", "logo", st.session_state.get(_TURN, 0)),
            max_upload_size=_HIGHEST_MB,
        )
        if file is None:
            return
        content = file.getvalue()
        try:
            Logo.of(content)
        except AnalysisError as problem:
            tell(problem)
            return
        workspace().save(_LOGO, "logo", {}, binaries={"logo": content})
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
        st.rerun()
