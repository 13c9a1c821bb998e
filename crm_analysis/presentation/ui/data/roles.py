"""Which column is what: the kind of the table, and one select box a role."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from crm_analysis.intake import Plan
from crm_analysis.presentation.ui.blocks import card_grid
from crm_analysis.presentation.ui.data.presets import draw_preset
from crm_analysis.presentation.ui.data.remaking import raw_of, remake
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.session import choice_text, plain, say
from crm_analysis.tables.kinds import KINDS, KindName
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.roles import Roles, samples, with_kind, with_role
from crm_analysis.workspace import SavedTable

_SURE = 0.8


def draw_roles(plan: Plan, saved: SavedTable) -> None:
    """The kind of the table and its roles, each with sample values beside it."""
    raw, roles, version = raw_of(plan).value, saved.roles, saved.version.version
    assert roles is not None
    draw_preset(plan, roles)
    kinds: list[KindName] = list(get_args(KindName))
    kind = st.selectbox(
        say("data.kind"),
        kinds,
        index=kinds.index(roles.kind),
        format_func=choice_text("roles.kind.{}"),
        key=widget_key("data", "kind", version),
        width=320,
    )
    if kind != roles.kind:
        remake(plan.with_roles(with_kind(roles, raw, kind)))
    st.caption(say("data.roles_help"))
    grid = card_grid(len(KINDS[kind].roles), 260)
    for role in KINDS[kind].roles:
        with grid.container(border=True, height="stretch"):
            chosen = _draw_role(roles, raw, role.name, version)
            if chosen != roles.columns.get(role.name):
                remake(plan.with_roles(with_role(roles, role.name, chosen)))
    named = set(roles.columns.values())
    others = [column for column in raw.reading.columns if column not in named]
    if others:
        st.caption(say("data.other_columns", columns=others))


def _draw_role(roles: Roles, raw: RawTable, role: str, version: int) -> str | None:
    column = roles.columns.get(role)
    choices = [None, *raw.reading.columns]
    no_column = plain("data.no_column")
    chosen = st.selectbox(
        plain(f"roles.{role}"),
        choices,
        index=choices.index(column),
        format_func=lambda name: no_column if name is None else name,
        key=widget_key("data", "role", role, version),
    )
    if column is not None:
        unsure = roles.confidence.get(role, 1.0) < _SURE
        values = " · ".join(samples(raw, column, 3))
        st.text(f"{plain('data.unsure')} {values}" if unsure else values)
    return chosen
