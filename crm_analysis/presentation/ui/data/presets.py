"""As whose export a table is read; a preset can be taken off, and put on again."""

from __future__ import annotations

import streamlit as st

from crm_analysis.intake import Plan
from crm_analysis.presentation.ui.data.remaking import raw_of, remake
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.session import say
from crm_analysis.tables.presets import presets, recognise
from crm_analysis.tables.roles import Roles, with_preset


def draw_preset(plan: Plan, roles: Roles) -> None:
    """A button that takes the preset off, or puts on the one that the headings speak for."""
    raw = raw_of(plan).value
    own = presets().get(roles.preset or "")
    preset = own or recognise(raw.reading.columns)
    if preset is None:
        return
    label = say(
        "presets.off" if own else "presets.on",
        platform=preset.platform,
        report=preset.report,
    )
    if st.button(label, key=widget_key("data", "preset", preset.name)):
        remake(plan.with_roles(with_preset(raw, None if own else preset)))
