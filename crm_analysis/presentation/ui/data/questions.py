"""What the evidence did not decide, each question with its answers."""

from __future__ import annotations

from typing import Any

import streamlit as st

from crm_analysis.intake import Plan
from crm_analysis.presentation.ui.data.remaking import remake
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.session import (
    choice_text,
    name_column,
    plain,
    say,
)
from crm_analysis.tables.cleaning import CleanOptions
from crm_analysis.workspace import SavedTable


def draw_questions(plan: Plan, saved: SavedTable) -> None:
    """The open questions of a table; an answer makes it anew."""
    version = saved.version.version
    for number, (key, details) in enumerate(saved.questions):
        with st.container(border=True):
            st.markdown(f":material/help: {say(key, **name_column(details))}")
            if details.get("option") == "rates":
                _draw_rates(plan, details, version)
            elif details.get("choices"):
                _draw_choices(
                    plan,
                    details,
                    widget_key("data", "question", number, version),
                )


def _draw_choices(plan: Plan, details: dict[str, Any], key: str) -> None:
    choices, assumed = list(details["choices"]), details.get("default")
    answer = st.segmented_control(
        plain("data.answer"),
        choices,
        default=assumed if assumed in choices else None,
        format_func=choice_text("cleaning.answer.{}"),
        key=key,
        label_visibility="collapsed",
    )
    if answer is not None and answer != assumed:
        remake(plan, clean=_answered(plan.clean, details, answer))


def _answered(
    options: CleanOptions, details: dict[str, Any], answer: Any
) -> CleanOptions:
    setting, column = details["option"], details.get("column")
    if isinstance(getattr(options, setting), tuple) and column:
        return options.with_column(setting, column, answer)
    return options.replace(**{setting: answer})


def _draw_rates(plan: Plan, details: dict[str, Any], version: int) -> None:
    """What one unit of each other currency is worth in the main one.

    Nothing is summed across currencies before.
    """
    main = details["main"]
    form = st.form(widget_key("data", "rates", version), border=False)
    with form, st.container(horizontal=True, vertical_alignment="bottom"):
        rates = {
            currency: st.number_input(
                say("data.rate", currency=currency, main=main),
                min_value=0.0,
                value=0.0,
                format="%.6f",
                key=widget_key("data", "rate", currency, version),
                width=220,
            )
            for currency in details["others"]
        }
        if st.form_submit_button(say("data.apply")):
            given = tuple(
                (currency, rate) for currency, rate in rates.items() if rate > 0
            )
            remake(plan, clean=plan.clean.replace(currency=main, rates=given))
