"""Reports kept by name, to be made anew of what is loaded now by one click."""

from __future__ import annotations

from typing import Any

import streamlit as st

from crm_analysis.presentation.report import ReportOptions
from crm_analysis.presentation.ui import (
    name_to_keep,
    say,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.handing_on import (
    Choice,
    choice_of,
    choose,
    chosen,
)
from crm_analysis.presentation.ui.remembered import remember
from crm_analysis.presentation.ui.report import cover
from crm_analysis.presentation.ui.report.recipes import offered

_KIND = "report template"
_CHANGES = "Changes"


def draw_ready() -> None:
    """A button for each report that was kept: this month's, what changed first."""
    kept = workspace().saved(_KIND)
    if not kept:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for saved in reversed(kept):
            st.button(
                say("report.page.this_month", name=saved.name),
                key=widget_key("report", "open", saved.name),
                icon=":material/event_repeat:",
                type="primary",
                help=say("report.page.this_month_help"),
                on_click=_open,
                args=(saved.payload,),
            )


def draw_saving(options: ReportOptions) -> None:
    """Keep this report under a name; the names that there are, each with a way to drop it."""
    with st.expander(say("report.page.templates"), icon=":material/bookmark:"):
        st.caption(say("report.page.templates_help"))
        fields = widget_key("report", "keep_as"), widget_key("report", "keep")
        name = name_to_keep(
            "report.page.keep_as", "report.page.keep", fields, ready=bool(chosen())
        )
        if name:
            workspace().save(_KIND, name, _payload(options))
            st.rerun()
        for saved in workspace().saved(_KIND):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(saved.name, width="stretch")
                st.button(
                    say("report.page.drop"),
                    key=widget_key("report", "drop", saved.name),
                    type="tertiary",
                    icon=":material/delete:",
                    on_click=_drop,
                    args=(saved.name,),
                )


def _drop(name: str) -> None:
    workspace().forget(_KIND, name)


def _payload(options: ReportOptions) -> dict[str, Any]:
    return {
        "choices": chosen(),
        "title": options.title,
        "author": options.author,
        "masked": options.mask_names,
    }


def _open(payload: dict[str, Any]) -> None:
    """Make the report of a template the one on the page, of what is loaded now."""
    choose(_with_changes(payload["choices"]))
    for key, value, usual in (
        (cover.TITLE, str(payload.get("title", "")), ""),
        (cover.AUTHOR, str(payload.get("author", "")), ""),
        (cover.MASKED, bool(payload.get("masked", True)), True),
    ):
        remember(key, value, usual)
        st.session_state[key] = value


def _with_changes(choices: list[Choice]) -> list[Choice]:
    """What changed comes first, where the orders can say it."""
    if _CHANGES not in offered():
        return choices
    others = [choice for choice in choices if choice["result"] != _CHANGES]
    return [choice_of(_CHANGES), *others]
